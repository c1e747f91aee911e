"""From images to the three splits of a task: official tests stay tests, pixels are standardised by train."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ....primitives import TaskError
from ...task import Data, Split
from .. import tables
from .images import Images, checked

__all__ = ["VALIDATION", "split_images"]

VALIDATION = 0.9
"""Of a set that comes with a test part: what is left of its training part when validation is cut off."""


BLOCK = 1000


def split_images(train: Images, test: Images | None, rows: int | None = None) -> Data:
    """Every class in proportion, in an order fixed for good; channels with mean 0 and deviation 1.

    Validation is a tenth of `train`; where there is no `test`, the parts are 60 / 20 / 20. `rows` is the
    most that training may have, and validation and test each may have half as many. Raises `TaskError`
    where a part is empty or has one class only.
    """
    if rows is not None and rows < 20:
        raise TaskError(f"`rows={rows}` leaves too few images to learn from; 20 or more would do")
    if test is None:
        first, second, third = (train.part(part) for part in tables.stratified(train.classes))
    else:
        first, second = (train.part(part) for part in tables.stratified(train.classes, (VALIDATION,)))
        third = test
    if rows is not None:
        first, second, third = _limited(first, rows), _limited(second, rows // 2), _limited(third, rows // 2)
    for name, part in (("train", first), ("validation", second), ("test", third)):
        checked(part, None, f"the split {name}")
    channels = (0, 2, 3)
    mean = first.pixels.mean(axis=channels, dtype=np.float64, keepdims=True)
    spread = _deviation(first.pixels, mean)
    spread[spread == 0.0] = 1.0
    return Data(
        *(Split.of(_scaled(part.pixels, mean, spread), part.classes) for part in (first, second, third))
    )


def _deviation(pixels: NDArray[Any], mean: NDArray[np.float64]) -> NDArray[np.float64]:
    """Of each channel: (1, channel, 1, 1). In blocks: the squares of a whole set may not fit in memory."""
    blocks = (pixels[start : start + BLOCK] for start in range(0, len(pixels), BLOCK))
    total = sum(np.square(block - mean).sum(axis=(0, 2, 3), keepdims=True) for block in blocks)
    return np.sqrt(total / (pixels.size / pixels.shape[1]))


def _limited(images: Images, rows: int) -> Images:
    if len(images.classes) <= rows:
        return images
    return images.part(tables.stratified(images.classes, (rows / len(images.classes),))[0])


def _scaled(
    pixels: NDArray[Any], mean: NDArray[np.float64], spread: NDArray[np.float64]
) -> NDArray[np.float32]:
    """In float32 from the start: a set may be all that memory holds."""
    scaled = pixels.astype(np.float32)
    scaled -= mean.astype(np.float32)
    scaled /= spread.astype(np.float32)
    return scaled
