"""Tests of CIFAR in both versions, unpacked and in archives, and every way in which files are wrong."""

import io
import pickle
import tarfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from actsearch.primitives import TaskError
from actsearch.workers.tasks.images.cifar import VERSIONS, binary_batch, cifar_images, pickled_batch

from .made import archive, batches, binary, images, pickled, python2

SHAPE = (3, 32, 32)
TRAIN, TEST = images(50, SHAPE, 10), images(20, SHAPE, 10, seed=1)
HUNDRED = images(200, SHAPE, 100, seed=2)


def files_of(data: str, version: str) -> dict[str, bytes]:
    """The files of a set as its archive holds them, with two that nobody reads."""
    extra = {"readme.html": b"<html>", "batches.meta": pickle.dumps({"label_names": []})}
    if data == "cifar10":
        if version == "python":
            return {**extra, **{name: python2(one) for name, one in batches(TRAIN, TEST).items()}}
        return {**extra, **{f"{name}.bin": binary(one) for name, one in batches(TRAIN, TEST).items()}}
    if version == "python":
        return {**extra, "train": pickled(HUNDRED, "fine_labels"), "test": pickled(HUNDRED, "fine_labels")}
    return {**extra, "train.bin": binary(HUNDRED, 2), "test.bin": binary(HUNDRED, 2)}


CASES = pytest.mark.parametrize(
    ("data", "version"), [(data, version) for data in VERSIONS for version in ("python", "binary")]
)


@CASES
@pytest.mark.parametrize("how", ["beside", "below", "packed"])
def test_both_sets_are_read_in_both_versions(tmp_path: Path, data: str, version: str, how: str) -> None:
    known = {one.archive.split("-")[2].split(".")[0]: one for one in VERSIONS[data]}[version]
    files = files_of(data, version)
    if how == "packed":
        archive(tmp_path / known.archive, files, known.folder)
    else:
        folder = tmp_path if how == "beside" else tmp_path / known.folder
        folder.mkdir(exist_ok=True)
        for name, raw in files.items():
            (folder / name).write_bytes(raw)
    classes = 10 if data == "cifar10" else 100
    given = (TRAIN, TEST) if data == "cifar10" else (HUNDRED, HUNDRED)
    for found, expected in zip(cifar_images(tmp_path, data, classes), given, strict=True):
        np.testing.assert_array_equal(found.pixels, expected.pixels)
        np.testing.assert_array_equal(found.classes, expected.classes)


@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_batches_that_were_pickled_anew_are_read(protocol: int) -> None:
    found = pickled_batch(pickled(TRAIN, protocol=protocol), "batch")
    np.testing.assert_array_equal(found.pixels, TRAIN.pixels)
    np.testing.assert_array_equal(found.classes, TRAIN.classes)


@pytest.mark.parametrize("data", VERSIONS)
def test_no_files_say_which_are_wanted(tmp_path: Path, data: str) -> None:
    for folder in (None, tmp_path / "nosuch", tmp_path):
        with pytest.raises(
            TaskError, match=rf"`{VERSIONS[data][0].archive}` or `{VERSIONS[data][1].archive}`"
        ):
            cifar_images(folder, data, 10)


def test_a_missing_batch_is_named(tmp_path: Path) -> None:
    files = files_of("cifar10", "python")
    del files["data_batch_3"]
    archive(tmp_path / "cifar-10-python.tar.gz", files, "cifar-10-batches-py")
    with pytest.raises(TaskError, match="lacks `data_batch_3`"):
        cifar_images(tmp_path, "cifar10", 10)
    (tmp_path / "cifar-10-python.tar.gz").unlink()
    for name, raw in files.items():
        (tmp_path / name).write_bytes(raw)
    with pytest.raises(TaskError, match="lacks `data_batch_3` of `cifar10`; unpack"):
        cifar_images(tmp_path, "cifar10", 10)


@pytest.mark.parametrize("share", [0.0, 0.001, 0.3, 0.99])
def test_archives_that_break_off_are_named(tmp_path: Path, share: float) -> None:
    path = tmp_path / "cifar-10-binary.tar.gz"
    archive(path, files_of("cifar10", "binary"), "cifar-10-batches-bin")
    whole = path.read_bytes()
    path.write_bytes(whole[: int(share * len(whole))])
    with pytest.raises(TaskError, match=r"cifar-10-binary.tar.gz` (breaks off|lacks)"):
        cifar_images(tmp_path, "cifar10", 10)


def test_an_archive_of_something_else_is_told(tmp_path: Path) -> None:
    path = tmp_path / "cifar-10-python.tar.gz"
    path.write_bytes(b"<html>busy</html>" * 100)
    with pytest.raises(TaskError, match="breaks off or is not what its name says"):
        cifar_images(tmp_path, "cifar10", 10)
    archive(path, {"notes.txt": b"nothing"}, "..")
    with pytest.raises(TaskError, match="lacks `data_batch_1`"):
        cifar_images(tmp_path, "cifar10", 10)


def test_links_and_huge_members_of_an_archive_are_not_followed(tmp_path: Path) -> None:
    path = tmp_path / "cifar-100-binary.tar.gz"
    secret = tmp_path / "secret"
    secret.write_bytes(binary(HUNDRED, 2))
    with tarfile.open(path, "w:gz") as packed:
        link = tarfile.TarInfo("cifar-100-binary/train.bin")
        link.type, link.linkname = tarfile.SYMTYPE, str(secret)
        packed.addfile(link)
        member = tarfile.TarInfo("cifar-100-binary/test.bin")
        member.size = secret.stat().st_size
        packed.addfile(member, io.BytesIO(secret.read_bytes()))
    with pytest.raises(TaskError, match=r"lacks `train\.bin`"):
        cifar_images(tmp_path, "cifar100", 100)
    with tarfile.open(path, "w:gz") as packed:
        packed.addfile(tarfile.TarInfo("small"))
    huge = tarfile.TarInfo("train.bin")
    huge.size = 1 << 40
    with tarfile.open(path, "w:gz") as packed:
        packed.fileobj.write(huge.tobuf())  # type: ignore[union-attr]
    with pytest.raises(TaskError, match=r"`train\.bin`, which is larger than any file"):
        cifar_images(tmp_path, "cifar100", 100)


PIXELS = np.zeros((2, 3072), dtype=np.uint8)


@pytest.mark.parametrize(
    ("batch", "sentence"),
    [
        ([1, 2], "holds no dictionary"),
        ({}, "no `data` of 3072 bytes"),
        ({"data": PIXELS[:, :-1], "labels": [0, 1]}, "no `data` of 3072 bytes"),
        ({"data": PIXELS.astype(float), "labels": [0, 1]}, "no `data` of 3072 bytes"),
        ({"data": PIXELS}, "no list of whole numbers"),
        ({"data": PIXELS, "labels": ["a", "b"]}, "no list of whole numbers"),
        ({"data": PIXELS, "labels": [0.5, 1.0]}, "no list of whole numbers"),
        ({"data": PIXELS, "labels": [[0], [1, 2]]}, "no list of whole numbers"),
        ({"data": PIXELS, "labels": [2**70, 1]}, "no list of whole numbers"),
        ({"data": PIXELS, "labels": [0, 1, 2]}, "2 images and 3 classes"),
    ],
)
def test_pickles_of_something_else_are_told(batch: Any, sentence: str) -> None:
    with pytest.raises(TaskError, match=sentence):
        pickled_batch(pickle.dumps(batch), "batch")


@pytest.mark.parametrize("length", [0, 1, 3072, 3074])
def test_binary_rows_of_another_length_are_told(length: int) -> None:
    with pytest.raises(TaskError, match=f"has {length} bytes, which are not rows of 3073"):
        binary_batch(bytes(length), "batch", labels=1)


def test_classes_out_of_range_are_told(tmp_path: Path) -> None:
    for name, one in batches(HUNDRED, TEST).items():
        (tmp_path / f"{name}.bin").write_bytes(binary(one))
    with pytest.raises(TaskError, match="class 99; 0 to 9 would do"):
        cifar_images(tmp_path, "cifar10", 10)
