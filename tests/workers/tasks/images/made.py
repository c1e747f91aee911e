"""Image files in the formats of their authors, written for the tests from arrays that the tests know."""

import gzip
import io
import pickle
import struct
import tarfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from actsearch.workers.tasks.images import Images

TEN = [f"data_batch_{number}" for number in range(1, 6)]


def images(rows: int, shape: tuple[int, int, int], classes: int, seed: int = 0) -> Images:
    """Random pixels, and every class in turn."""
    rng = np.random.default_rng(seed)
    pixels = rng.integers(0, 256, size=(rows, *shape), dtype=np.uint8)
    return Images(pixels, np.arange(rows, dtype=np.int64) % classes)


def idx(array: NDArray[np.uint8]) -> bytes:
    return bytes([0, 0, 8, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape) + array.tobytes()


def write_idx(folder: Path, train: Images, test: Images, *, packed: bool) -> None:
    for part, one in (("train", train), ("t10k", test)):
        for name, array in (
            (f"{part}-images-idx3-ubyte", one.pixels[:, 0]),
            (f"{part}-labels-idx1-ubyte", one.classes.astype(np.uint8)),
        ):
            raw = idx(array)
            (folder / (f"{name}.gz" if packed else name)).write_bytes(gzip.compress(raw) if packed else raw)


def pickled(one: Images, key: str = "labels", protocol: int = 2) -> bytes:
    batch = {
        "batch_label": b"one",
        key: one.classes.tolist(),
        "data": one.pixels.reshape(len(one.pixels), -1),
        "filenames": [b"a.png"] * len(one.classes),
    }
    return pickle.dumps(batch, protocol=protocol)


def python2(one: Images) -> bytes:
    """As Python 2 wrote it: texts are bytes of the instruction `U`, numpy stands at its old place."""

    def text(value: bytes) -> bytes:
        short = b"U" + bytes([len(value)]) if len(value) < 256 else b"T" + struct.pack("<i", len(value))
        return short + value

    rows, pixels = one.pixels.reshape(len(one.pixels), -1).shape
    kind = b"cnumpy\ndtype\n" + text(b"u1") + b"K\x00K\x01\x87R" + b"(K\x03" + text(b"|") + b"NNN"
    kind += b"J\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb"
    array = b"cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85" + text(b"b") + b"\x87R"
    array += b"(K\x01M" + struct.pack("<H", rows) + b"M" + struct.pack("<H", pixels) + b"\x86" + kind
    array += b"\x89" + text(one.pixels.tobytes()) + b"tb"
    labels = b"](" + b"".join(b"K" + bytes([label]) for label in one.classes.tolist()) + b"e"
    return b"\x80\x02}(" + text(b"data") + array + text(b"labels") + labels + b"u."


def binary(one: Images, labels: int = 1) -> bytes:
    """`labels` bytes before each image; with two, the first is a coarse class."""
    count = len(one.classes)
    numbers = one.classes.astype(np.uint8)[:, None]
    coarse = np.full((count, labels - 1), 7, dtype=np.uint8)
    return np.concatenate((coarse, numbers, one.pixels.reshape(count, -1)), axis=1).tobytes()


def batches(train: Images, test: Images) -> dict[str, Images]:
    """The training rows as five files, in order, and the test rows."""
    cut = np.array_split(np.arange(len(train.classes)), 5)
    return {**{name: train.part(rows) for name, rows in zip(TEN, cut, strict=True)}, "test_batch": test}


def archive(path: Path, files: dict[str, bytes], folder: str) -> None:
    with tarfile.open(path, "w:gz") as packed:
        for name, raw in files.items():
            member = tarfile.TarInfo(f"{folder}/{name}")
            member.size = len(raw)
            packed.addfile(member, io.BytesIO(raw))
