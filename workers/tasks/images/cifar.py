"""CIFAR-10 and CIFAR-100 in both published versions, pickles and binary, unpacked or in their archives."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from ....primitives import TaskError
from .files import checked_folder, listed, read_archive, read_file, where
from .images import Images, checked, joined
from .pickled import read_pickle

__all__ = ["VERSIONS", "Version", "binary_batch", "cifar_images", "pickled_batch"]

SIDE = 32
PIXELS = 3 * SIDE * SIDE
"""Of one image: red, green, blue, each plane row by row."""


@dataclass(frozen=True, slots=True)
class Version:
    """One way in which a set is published: an archive, and the files in it."""

    archive: str
    folder: str
    """The folder that the archive unpacks to."""
    train: tuple[str, ...]
    test: tuple[str, ...]
    parse: Callable[[bytes, str], Images]


def cifar_images(folder: Path | None, data: str, classes: int) -> tuple[Images, Images]:
    """Train and test from the first version that lies in the folder. Raises `TaskError`."""
    versions = VERSIONS[data]
    wanted = " or ".join(f"`{one.archive}`" for one in versions) + ", or what they unpack to"
    folder = checked_folder(folder, data, wanted)
    for version in versions:
        names = (*version.train, *version.test)
        paths = {name: where(folder, (version.folder,), name) for name in names}
        archive = where(folder, (), version.archive)
        if any(paths.values()):
            batches = _unpacked(folder, paths, version, data)
        elif archive is not None:
            found = read_archive(archive, names, data)
            batches = {name: version.parse(raw, f"{archive}/{name}") for name, raw in found.items()}
        else:
            continue
        train, test = ([batches[name] for name in part] for part in (version.train, version.test))
        place = f"{folder}, {version.train[0]}"
        return checked(joined(train), classes, place), checked(joined(test), classes, place)
    raise TaskError(f"`{folder}` has no files of `{data}`; it should hold {wanted}")


def pickled_batch(raw: bytes, place: str) -> Images:
    """A batch of the Python version: a dictionary with `data` (row, 3072) and a list of classes."""
    batch = read_pickle(raw, place)
    if not isinstance(batch, dict):
        raise TaskError(f"`{place}` holds no dictionary, as batches of CIFAR do; fetch it again")
    known: dict[str, Any] = batch
    pixels, labels = known.get("data"), known.get("fine_labels", known.get("labels"))
    if not isinstance(pixels, np.ndarray) or pixels.dtype != np.uint8 or pixels.shape[1:] != (PIXELS,):
        raise TaskError(f"`{place}` has no `data` of {PIXELS} bytes an image, as batches of CIFAR do")
    if isinstance(labels, np.ndarray) and labels.ndim == 1:
        labels = labels.tolist()
    if not isinstance(labels, list) or not all(type(one) is int and 0 <= one < 256 for one in labels):
        raise TaskError(f"`{place}` has no list of whole numbers from 0 to 255 at `labels` or `fine_labels`")
    return _batch(pixels, np.array(labels, dtype=np.int64), place)


def binary_batch(raw: bytes, place: str, labels: int) -> Images:
    """A batch of the binary version: rows of `labels` bytes, the last of which counts, and 3072 pixels."""
    row = labels + PIXELS
    if not raw or len(raw) % row:
        raise TaskError(
            f"`{place}` has {len(raw)} bytes, which are not rows of {row} (class and pixels); fetch it again"
        )
    rows = np.frombuffer(raw, dtype=np.uint8).reshape(-1, row)
    return _batch(rows[:, labels:], rows[:, labels - 1].astype(np.int64), place)


def _batch(pixels: Any, classes: Any, place: str) -> Images:
    if len(pixels) != len(classes):
        raise TaskError(f"`{place}` holds {len(pixels)} images and {len(classes)} classes; fetch it again")
    return Images(pixels.reshape(-1, 3, SIDE, SIDE), classes)


def _unpacked(
    folder: Path, paths: Mapping[str, Path | None], version: Version, data: str
) -> Mapping[str, Images]:
    missing = [name for name, path in paths.items() if path is None]
    if missing:
        raise TaskError(
            f"`{folder}` lacks {listed(missing)} of `{data}`; unpack `{version.archive}` there, whole, or "
            "put the archive itself"
        )
    return {
        name: version.parse(read_file(path, data), str(path))
        for name, path in paths.items()
        if path is not None
    }


_TEN = tuple(f"data_batch_{number}" for number in range(1, 6))

VERSIONS: Mapping[str, tuple[Version, ...]] = MappingProxyType(
    {
        "cifar10": (
            Version("cifar-10-python.tar.gz", "cifar-10-batches-py", _TEN, ("test_batch",), pickled_batch),
            Version(
                "cifar-10-binary.tar.gz",
                "cifar-10-batches-bin",
                tuple(f"{name}.bin" for name in _TEN),
                ("test_batch.bin",),
                lambda raw, place: binary_batch(raw, place, labels=1),
            ),
        ),
        "cifar100": (
            Version("cifar-100-python.tar.gz", "cifar-100-python", ("train",), ("test",), pickled_batch),
            Version(
                "cifar-100-binary.tar.gz",
                "cifar-100-binary",
                ("train.bin",),
                ("test.bin",),
                lambda raw, place: binary_batch(raw, place, labels=2),
            ),
        ),
    }
)
"""Krizhevsky 2009, Learning multiple layers of features from tiny images."""
