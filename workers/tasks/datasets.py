"""The small data sets that ship with scikit-learn, as arrays. The only file that knows scikit-learn.

It is imported where it is used: a second that a user's own task need not wait for.
"""

import numpy as np
from numpy.typing import NDArray

__all__ = ["digits", "photograph"]


def photograph(side: int) -> NDArray[np.float64]:
    """A temple in China, grey: (side, side), 0 black to 1 white.

    The centre square of `china.jpg` (427 x 640), averaged over boxes, then weighted to luma
    (ITU-R BT.601: 0.299 red + 0.587 green + 0.114 blue).
    """
    from PIL import Image
    from sklearn.datasets import load_sample_image

    colours = np.asarray(load_sample_image("china.jpg"))  # (row, column, colour), 0 to 255
    rows, columns, _ = colours.shape
    edge = min(rows, columns)
    top, left = (rows - edge) // 2, (columns - edge) // 2
    square = Image.fromarray(colours[top : top + edge, left : left + edge])
    small = np.asarray(square.resize((side, side), Image.Resampling.BOX), dtype=np.float64)
    return small @ np.array([0.299, 0.587, 0.114]) / 255.0


def digits() -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """1,797 handwritten digits: pixels (1797, 64) from 0 to 16, and the digit of each (1797,).

    The test part of the optical digits of Alpaydin and Kaynak (UCI, 1998), 8 x 8 pixels.
    """
    from sklearn.datasets import load_digits

    pixels, classes = load_digits(return_X_y=True)
    return np.asarray(pixels, dtype=np.float64), np.asarray(classes, dtype=np.int64)
