"""The image sets that tasks know by name, and any of OpenML whose rows are square images."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ....primitives import TaskError, UnknownName
from .. import datasets
from ..openml import fetch_openml
from .cifar import cifar_images
from .idx import idx_images
from .images import Images, checked

__all__ = ["SETS", "ImageSet", "ReadImages", "image_set", "square_images"]

OPENML = "openml:"
"""In front of a name there."""

RATES = (3e-4, 1e-3, 3e-3, 1e-2)

ReadImages: TypeAlias = Callable[[Path | None], tuple[Images, Images | None]]
"""Train and test from a folder; where the set has no test part, all of it and `None`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageSet:
    """One set, and the budget that its networks get."""

    title: str
    read: ReadImages
    width: int
    """Channels of the first convolution."""
    epochs: int
    batch: int
    rates: tuple[float, ...]
    """The learning rates that are tuned over."""


SETS: Mapping[str, ImageSet] = MappingProxyType(
    {
        "digits": ImageSet(
            title="Handwritten digits, 8 x 8",
            read=lambda folder: (_digits(folder), None),
            width=8,
            epochs=20,
            batch=64,
            rates=(3e-3, 1e-2, 3e-2, 1e-1),  # of few steps
        ),
        "mnist": ImageSet(
            title="MNIST digits, 28 x 28",
            read=lambda folder: idx_images(folder, "mnist", 10),
            width=8,
            epochs=3,
            batch=128,
            rates=RATES,
        ),
        "fashion-mnist": ImageSet(
            title="Fashion-MNIST, 28 x 28",
            read=lambda folder: idx_images(folder, "fashion-mnist", 10),
            width=8,
            epochs=5,
            batch=128,
            rates=RATES,
        ),
        "cifar10": ImageSet(
            title="CIFAR-10, 32 x 32 in colour",
            read=lambda folder: cifar_images(folder, "cifar10", 10),
            width=16,
            epochs=10,
            batch=128,
            rates=RATES,
        ),
        "cifar100": ImageSet(
            title="CIFAR-100, 32 x 32 in colour",
            read=lambda folder: cifar_images(folder, "cifar100", 100),
            width=16,
            epochs=10,
            batch=128,
            rates=RATES,
        ),
    }
)


def image_set(data: str) -> ImageSet:
    """The row of that name, or one for `openml:NAME`. Raises `UnknownName`."""
    if data.startswith(OPENML) and len(data) > len(OPENML):
        name = data.removeprefix(OPENML)
        return ImageSet(
            title=f"`{name}` of OpenML",
            read=lambda folder: (_openml(name), None),
            width=8,
            epochs=5,
            batch=128,
            rates=RATES,
        )
    if data not in SETS:
        raise UnknownName("image set", data, [*SETS, f"{OPENML}NAME"])
    return SETS[data]


def square_images(rows: NDArray[Any], place: str) -> NDArray[Any]:
    """(row, pixel) as (row, channel, side, side): square images, grey or of three planes, plane by plane.

    Raises `TaskError` where the rows are of another length.
    """
    length = rows.shape[1] if rows.ndim == 2 else 0
    for channels in (1, 3):
        side = math.isqrt(length // channels)
        if side and channels * side * side == length:
            return rows.reshape(-1, channels, side, side)
    raise TaskError(
        f"`{place}` has rows of {length} numbers, which are no square image, grey or of three planes; the "
        "task `tabular` takes any rows"
    )


def _digits(folder: Path | None) -> Images:
    if folder is not None:
        raise TaskError("`data=digits` comes with scikit-learn and reads no files; leave `folder=` out")
    pixels, classes = datasets.digits()
    return Images(square_images(pixels, "digits"), classes)


def _openml(name: str) -> Images:
    place = f"{OPENML}{name}"
    table = fetch_openml(name)
    if table.target is None:
        raise TaskError(f"`{place}` names no target, so that nothing says what is on its images")
    pixels: Any = table.frame.drop(columns=table.target)
    _, classes = np.unique(table.frame[table.target].astype(str), return_inverse=True)
    try:
        rows = pixels.to_numpy(dtype=np.float32)
    except (ValueError, TypeError) as error:
        raise TaskError(f"`{place}` has columns that are no numbers ({error}), and so no pixels") from error
    return checked(Images(square_images(rows, place), classes.astype(np.int64)), None, place)
