"""Tests of IDX files: the four of a set, gzipped or not, and every way in which they are wrong."""

import gzip
from pathlib import Path

import numpy as np
import pytest

from actsearch.primitives import TaskError
from actsearch.workers.tasks.images.idx import idx_images, parse_idx

from .made import idx, images, write_idx

TRAIN, TEST = images(60, (1, 28, 28), 10), images(30, (1, 28, 28), 10, seed=1)


@pytest.mark.parametrize("packed", [True, False])
@pytest.mark.parametrize("below", ["", "raw", "MNIST/raw", "FashionMNIST/raw"])
def test_the_four_files_are_read(tmp_path: Path, packed: bool, below: str) -> None:
    folder = tmp_path / below
    folder.mkdir(parents=True, exist_ok=True)
    write_idx(folder, TRAIN, TEST, packed=packed)
    for found, given in zip(idx_images(tmp_path, "mnist", 10), (TRAIN, TEST), strict=True):
        np.testing.assert_array_equal(found.pixels, given.pixels)
        np.testing.assert_array_equal(found.classes, given.classes)


def test_no_folder_and_an_empty_one_say_what_they_should_hold(tmp_path: Path) -> None:
    for folder in (None, tmp_path / "nosuch", tmp_path):
        with pytest.raises(TaskError, match=r"folder.*`train-images-idx3-ubyte`.*`t10k-labels-idx1-ubyte`"):
            idx_images(folder, "mnist", 10)


NAMES = [
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
]


@pytest.mark.parametrize("name", NAMES)
def test_a_missing_file_is_named(tmp_path: Path, name: str) -> None:
    write_idx(tmp_path, TRAIN, TEST, packed=True)
    (tmp_path / f"{name}.gz").unlink()
    with pytest.raises(TaskError, match=f"has no file `{name}`"):
        idx_images(tmp_path, "mnist", 10)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("packed", [True, False])
def test_files_cut_short_are_named(tmp_path: Path, name: str, packed: bool) -> None:
    write_idx(tmp_path, TRAIN, TEST, packed=packed)
    path = tmp_path / (f"{name}.gz" if packed else name)
    whole = path.read_bytes()
    for length in (0, 3, 7, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:length])
        with pytest.raises(TaskError, match=name):
            idx_images(tmp_path, "mnist", 10)


def test_a_page_of_the_web_in_place_of_a_file_is_told(tmp_path: Path) -> None:
    for packed in (True, False):
        write_idx(tmp_path, TRAIN, TEST, packed=packed)
        name = "train-images-idx3-ubyte" + (".gz" if packed else "")
        (tmp_path / name).write_bytes(b"<!DOCTYPE html><html>404</html>")
        with pytest.raises(TaskError, match=r"is no IDX file|breaks off or is not"):
            idx_images(tmp_path, "mnist", 10)
        (tmp_path / name).unlink()


@pytest.mark.parametrize(
    ("raw", "sentence"),
    [
        (idx(np.zeros((2, 3), np.uint8)), "on 2 axes"),
        (b"\0\0\x0d\x03" + bytes(12), "kind 0x0d"),
        (b"\0\0\x08\x03" + b"\xff" * 12 + b"123", "and holds 3"),
        (idx(np.zeros((2, 4, 4), np.uint8)) + b"x", "and holds 33"),
    ],
)
def test_another_head_is_told(raw: bytes, sentence: str) -> None:
    with pytest.raises(TaskError, match=sentence):
        parse_idx(raw, 3, "file")


def test_numbers_that_do_not_fit_are_told(tmp_path: Path) -> None:
    labels = tmp_path / "train-labels-idx1-ubyte"
    for classes, sentence in (
        (np.full(60, 10), "class 10; 0 to 9"),
        (np.zeros(59), "60 images and .* 59 classes"),
        (np.full(60, 3), "one class only, 3"),
    ):
        write_idx(tmp_path, TRAIN, TEST, packed=False)
        labels.write_bytes(idx(classes.astype(np.uint8)))
        with pytest.raises(TaskError, match=sentence):
            idx_images(tmp_path, "mnist", 10)


def test_an_empty_part_is_told(tmp_path: Path) -> None:
    write_idx(tmp_path, TRAIN, images(0, (1, 28, 28), 10), packed=False)
    with pytest.raises(TaskError, match=r"t10k-images-idx3-ubyte` holds no image"):
        idx_images(tmp_path, "mnist", 10)


def test_a_bomb_is_not_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("actsearch.workers.tasks.images.files.MOST_BYTES", 10_000)
    write_idx(tmp_path, TRAIN, TEST, packed=False)
    (tmp_path / "train-images-idx3-ubyte").unlink()
    (tmp_path / "train-images-idx3-ubyte.gz").write_bytes(gzip.compress(bytes(1_000_000)))
    with pytest.raises(TaskError, match="holds more than 10000 bytes"):
        idx_images(tmp_path, "mnist", 10)
