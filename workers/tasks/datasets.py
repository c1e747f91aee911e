"""The small data sets that ship with scikit-learn, as arrays. The only file that knows scikit-learn.

They are read from its files: to import it takes two seconds of each worker's start.
"""

from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

__all__ = ["breast_cancer", "diabetes", "digits", "photograph", "wine"]


def photograph(side: int) -> NDArray[np.float64]:
    """A temple in China, grey: (side, side), 0 black to 1 white.

    The centre square of `china.jpg` (427 x 640), averaged over boxes, then weighted to luma
    (ITU-R BT.601: 0.299 red + 0.587 green + 0.114 blue).
    """
    from PIL import Image

    with Image.open(_file("images/china.jpg")) as picture:
        colours = np.asarray(picture)  # (row, column, colour), 0 to 255
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
    return _labelled(np.loadtxt(_file("data/digits.csv.gz"), delimiter=","))


def breast_cancer() -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """569 tumours: measures of their cell nuclei (569, 30), and 0 malignant (212) or 1 benign (357).

    Street, Wolberg, Mangasarian 1993 (UCI, Breast Cancer Wisconsin, Diagnostic).
    """
    return _labelled(np.loadtxt(_file("data/breast_cancer.csv"), delimiter=",", skiprows=1))


def wine() -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """178 wines of one region: what is in them (178, 13), and which of three vineyards' grapes (59, 71, 48).

    Aeberhard, Coomans, de Vel 1992; Forina (UCI, Wine).
    """
    return _labelled(np.loadtxt(_file("data/wine_data.csv"), delimiter=",", skiprows=1))


def diabetes() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """442 patients: age, sex, body mass, pressure, six of serum (442, 10), and the course of a year (442,).

    Raw columns, since the scaled ones that scikit-learn offers have seen every row. Efron, Hastie,
    Johnstone, Tibshirani 2004, Least angle regression.
    """
    return np.loadtxt(_file("data/diabetes_data_raw.csv.gz")), np.loadtxt(
        _file("data/diabetes_target.csv.gz")
    )


def _labelled(table: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """All columns but the last, and that one, a class."""
    return np.ascontiguousarray(table[:, :-1]), table[:, -1].astype(np.int64)


def _file(name: str) -> Path:
    """A file that is installed with scikit-learn."""
    found = find_spec("sklearn")
    assert found is not None
    assert found.submodule_search_locations is not None
    return Path(found.submodule_search_locations[0]) / "datasets" / name
