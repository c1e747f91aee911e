"""IDX files, as MNIST and Fashion-MNIST are published: two zeros, kind, axes, sizes, then the bytes."""

import struct
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ....primitives import TaskError
from .files import checked_folder, read_file, where
from .images import Images, checked

__all__ = ["idx_images", "parse_idx"]

BYTES = 0x08
"""The kind of number that images and classes are stored in: unsigned bytes."""

PARTS = ("train", "t10k")

BELOW = ("raw", "MNIST/raw", "FashionMNIST/raw")


def idx_images(folder: Path | None, data: str, classes: int) -> tuple[Images, Images]:
    """Train and test from four files, each gzipped or not. Raises `TaskError`."""
    names = {part: (f"{part}-images-idx3-ubyte", f"{part}-labels-idx1-ubyte") for part in PARTS}
    wanted = ", ".join(f"`{name}`" for pair in names.values() for name in pair) + " (or with `.gz`)"
    folder = checked_folder(folder, data, wanted)
    found: list[Images] = []
    for pair in names.values():
        paths = [where(folder, BELOW, name) for name in pair]
        images, labels = paths
        if images is None or labels is None:
            name = pair[paths.index(None)]
            raise TaskError(f"`{folder}` has no file `{name}` or `{name}.gz`; it should hold {wanted}")
        pixels = parse_idx(read_file(images, data), 3, str(images))
        numbers = parse_idx(read_file(labels, data), 1, str(labels))
        if len(pixels) != len(numbers):
            raise TaskError(
                f"`{images}` holds {len(pixels)} images and `{labels}` {len(numbers)} classes; fetch both "
                "again"
            )
        found.append(checked(Images(pixels[:, None], numbers.astype(np.int64)), classes, str(images)))
    train, test = found
    return train, test


def parse_idx(raw: bytes, axes: int, place: str) -> NDArray[np.uint8]:
    """The array of so many axes that `raw` holds: (size, ...) as its head says, bytes in C order.

    Raises `TaskError` where the head is another or the bytes are not as many as it says.
    """
    head = 4 + 4 * axes
    if len(raw) < head or raw[:2] != b"\0\0":
        raise TaskError(f"`{place}` is no IDX file: its first bytes are {raw[:4].hex(' ')}; fetch it again")
    if raw[2] != BYTES or raw[3] != axes:
        raise TaskError(
            f"`{place}` holds numbers of kind {raw[2]:#04x} on {raw[3]} axes; bytes ({BYTES:#04x}) on {axes} "
            "would do"
        )
    sizes = struct.unpack(f">{axes}I", raw[4:head])
    count = 1
    for size in sizes:
        count *= size
    if len(raw) - head != count:
        raise TaskError(
            f"`{place}` promises {' x '.join(map(str, sizes))} bytes and holds {len(raw) - head}; fetch it "
            "again"
        )
    return np.frombuffer(raw, dtype=np.uint8, offset=head).reshape(sizes)
