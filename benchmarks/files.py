"""Data in the formats that people have: a CSV table, pictures as IDX files, written for a benchmark."""

import gzip
import struct
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from actsearch.workers.tasks import datasets

__all__ = ["pictures", "table"]

ROWS = 4000
"""Of the table."""
PICTURES = {"train": 1500, "t10k": 290}
"""Digits are 1,797."""


def table(folder: Path) -> str:
    """A regression of 4,000 rows and 10 columns (Friedman 1991, his first function) as CSV."""
    path = folder / "friedman.csv"
    if not path.exists():
        rng = np.random.default_rng(0)
        inputs = rng.uniform(size=(ROWS, 10))
        a, b, c, d, e = inputs.T[:5]  # the other five columns tell nothing
        targets = 10 * np.sin(np.pi * a * b) + 20 * (c - 0.5) ** 2 + 10 * d + 5 * e + rng.normal(size=ROWS)
        columns = [f"x{column}" for column in range(10)]
        header = ",".join([*columns, "y"])
        np.savetxt(path, np.column_stack((inputs, targets)), "%.6f", ",", header=header, comments="")
    return f"tabular:file={path},target=y"


def pictures(folder: Path) -> str:
    """The bundled digits, enlarged to 28 x 28, in the files and the format of MNIST."""
    place = folder / "mnist"
    if not place.exists():
        place.mkdir()
        pixels, classes = datasets.digits()
        greys = np.clip(pixels.reshape(-1, 8, 8) * 16.0, 0.0, 255.0)
        large = np.pad(greys.repeat(3, axis=1).repeat(3, axis=2), ((0, 0), (2, 2), (2, 2)))
        start = 0
        for part, count in PICTURES.items():
            chosen = slice(start, start + count)
            _write(place / f"{part}-images-idx3-ubyte.gz", large[chosen].astype(np.uint8))
            _write(place / f"{part}-labels-idx1-ubyte.gz", classes[chosen].astype(np.uint8))
            start += count
    return f"images-cnn:data=mnist,folder={place}"


def _write(path: Path, values: NDArray[np.uint8]) -> None:
    """An IDX file: two zero bytes, 8 for bytes, the number of axes, their sizes, the values."""
    head = struct.pack(f">BBBB{values.ndim}I", 0, 0, 8, values.ndim, *values.shape)
    path.write_bytes(gzip.compress(head + values.tobytes()))
