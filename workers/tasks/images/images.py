"""`Images`: image arrays with the class of each, and what may be wrong with them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ....primitives import TaskError

__all__ = ["Images", "checked", "joined"]

SIDES = (4, 512)
"""Places that a side of an image may have."""


@dataclass(frozen=True, slots=True)
class Images:
    """Rows of one shape. Whole numbers stand as they came from a file, 0 to 255."""

    pixels: NDArray[Any]  # (row, channel, height, width), uint8 or real
    classes: NDArray[np.int64]  # (row,)

    def part(self, rows: NDArray[np.intp]) -> "Images":
        return Images(self.pixels[rows], self.classes[rows])


def checked(images: Images, classes: int | None, place: str) -> Images:
    """The same images. `TaskError` where they cannot be learnt from; `place` is named by the sentence.

    `classes` is how many there may be, `None` where any number will do.
    """
    pixels, labels = images.pixels, images.classes
    if not len(pixels):
        raise TaskError(f"`{place}` holds no image; a split wants rows")
    if len(pixels) != len(labels):
        raise TaskError(f"`{place}` holds {len(pixels)} images and {len(labels)} classes; one each would do")
    if not all(SIDES[0] <= side <= SIDES[1] for side in pixels.shape[2:]):
        height, width = pixels.shape[2:]
        raise TaskError(
            f"`{place}` holds images of {height} x {width} places; sides of {SIDES[0]} to {SIDES[1]} would do"
        )
    if np.issubdtype(pixels.dtype, np.floating) and not np.isfinite(pixels).all():
        row = int(np.argwhere(~np.isfinite(pixels))[0, 0])
        raise TaskError(
            f"`{place}` holds pixels that are not finite (NaN or infinite), the first in row {row}; drop "
            "such rows, or fill them in"
        )
    low, high = int(labels.min()), int(labels.max())
    if low < 0 or (classes is not None and high >= classes):
        wanted = f"0 to {classes - 1}" if classes is not None else "whole numbers from 0"
        raise TaskError(f"`{place}` holds the class {low if low < 0 else high}; {wanted} would do")
    if low == high:
        raise TaskError(f"`{place}` holds one class only, {low}: there is nothing to tell apart")
    return images


def joined(parts: Sequence[Images]) -> Images:
    """All rows, part after part."""
    return Images(
        np.concatenate([part.pixels for part in parts]), np.concatenate([part.classes for part in parts])
    )
