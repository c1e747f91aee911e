"""Tests of the splits of images: disjoint, in proportion, standardised by train; and of faulty images."""

from typing import Any

import numpy as np
import pytest
import torch

from actsearch.primitives import TaskError, UnknownName
from actsearch.workers.tasks.images import Images, image_set, split_images
from actsearch.workers.tasks.images.images import checked, joined
from actsearch.workers.tasks.images.sets import square_images
from actsearch.workers.tasks.openml import OpenmlTable

from .made import images

SHAPE = (3, 6, 5)


def numbered(rows: int, seed: int = 0) -> Images:
    """Images whose first red pixel counts them."""
    made = images(rows, SHAPE, 4, seed)
    made.pixels[:, 0, 0, 0] = np.arange(rows)
    return made


@pytest.mark.parametrize("tested", [True, False])
def test_every_row_is_in_one_split_and_classes_are_in_proportion(tested: bool) -> None:
    train, test = numbered(200), numbered(40, seed=1)
    data = split_images(train, test if tested else None)
    sizes = [len(split.inputs) for split in (data.train, data.validation, data.test)]
    assert sizes == ([180, 20, 40] if tested else [120, 40, 40])
    for split in (data.train, data.validation, data.test):
        assert torch.bincount(split.targets).tolist() == [len(split.targets) // 4] * 4
    mean, spread = [
        getattr(train.pixels[np.isin(np.arange(200), _rows(data.train, train))], which)(
            axis=(0, 2, 3), keepdims=True
        )
        for which in ("mean", "std")
    ]
    for split, given in (
        (data.train, train),
        (data.validation, train),
        (data.test, test if tested else train),
    ):
        raw = split.inputs.double().numpy() * spread + mean
        rows = raw[:, 0, 0, 0].round().astype(int)
        np.testing.assert_allclose(raw, given.pixels[rows], atol=1e-3)
        np.testing.assert_array_equal(given.classes[rows], split.targets.numpy())
    if not tested:
        splits = (data.train, data.validation, data.test)
        assert sorted(row for one in splits for row in _rows(one, train)) == list(range(200))
    assert data.train.inputs.dtype == torch.float32
    np.testing.assert_allclose(data.train.inputs.double().mean((0, 2, 3)), 0.0, atol=1e-6)
    np.testing.assert_allclose(data.train.inputs.double().std((0, 2, 3), correction=0), 1.0, atol=1e-5)


def _rows(split: Any, given: Images) -> list[int]:
    """Numbers of the rows, found by their pixels, which differ by an affine map a channel."""
    flat = given.pixels.reshape(len(given.pixels), -1).astype(float)
    blue = np.s_[:, 60:]
    own = split.inputs.double().numpy().reshape(len(split.inputs), -1)
    return [int(np.argmax(np.corrcoef(row, flat[blue])[0, 1:])) for row in own[blue]]


def test_rows_are_limited_in_proportion() -> None:
    data = split_images(numbered(200), numbered(100, seed=1), rows=40)
    assert [len(split.inputs) for split in (data.train, data.validation, data.test)] == [40, 20, 20]
    assert torch.bincount(data.train.targets).tolist() == [10] * 4
    with pytest.raises(TaskError, match=r"`rows=5` leaves too few"):
        split_images(numbered(200), None, rows=5)


def test_the_same_images_are_split_alike() -> None:
    one, other = (split_images(numbered(200), None, rows=50) for _ in range(2))
    assert torch.equal(one.train.inputs, other.train.inputs)
    assert torch.equal(one.test.targets, other.test.targets)


def test_a_channel_of_one_value_stays_finite() -> None:
    made = images(100, SHAPE, 4)
    made.pixels[:, 1] = 9
    assert split_images(made, None).train.inputs.isfinite().all()


def with_pixel(value: float) -> Images:
    made = images(100, SHAPE, 4)
    pixels = made.pixels.astype(np.float64)
    pixels[17, 0, 2, 2] = value
    return Images(pixels, made.classes)


@pytest.mark.parametrize(
    ("faulty", "sentence"),
    [
        (images(0, SHAPE, 4), "holds no image"),
        (Images(images(9, SHAPE, 4).pixels, np.zeros(8, np.int64)), "9 images and 8 classes"),
        (images(9, (1, 3, 8), 4), "3 x 8 places; sides of 4"),
        (images(9, (1, 8, 600), 4), "sides of 4 to 512"),
        (with_pixel(np.nan), "not finite .NaN or infinite., the first in row 17"),
        (with_pixel(np.inf), "not finite .NaN or infinite., the first in row 17"),
        (Images(images(9, SHAPE, 4).pixels, np.arange(9) - 1), "class -1; 0 to 3"),
        (images(9, SHAPE, 5), "class 4; 0 to 3"),
        (images(9, SHAPE, 1), "one class only, 0"),
    ],
)
def test_faults_of_images_are_one_sentence_each(faulty: Images, sentence: str) -> None:
    with pytest.raises(TaskError, match=sentence) as caught:
        checked(faulty, 4, "place")
    assert str(caught.value).startswith("`place`")


def test_a_split_that_comes_out_empty_or_of_one_class_is_named() -> None:
    with pytest.raises(TaskError, match=r"`the split validation` holds no image"):
        split_images(images(8, SHAPE, 4), images(20, SHAPE, 4))
    with pytest.raises(TaskError, match=r"`the split test` holds one class only"):
        split_images(images(100, SHAPE, 4), images(20, SHAPE, 1))


def test_parts_are_joined_in_order() -> None:
    one, other = numbered(5), numbered(7, seed=1)
    both = joined([one, other])
    np.testing.assert_array_equal(both.pixels, np.concatenate((one.pixels, other.pixels)))
    np.testing.assert_array_equal(both.classes, np.concatenate((one.classes, other.classes)))


@pytest.mark.parametrize(("length", "shape"), [(64, (1, 8, 8)), (784, (1, 28, 28)), (3072, (3, 32, 32))])
def test_rows_of_numbers_become_square_images(length: int, shape: tuple[int, ...]) -> None:
    rows = np.arange(2 * length).reshape(2, length)
    np.testing.assert_array_equal(square_images(rows, "place"), rows.reshape(2, *shape))


@pytest.mark.parametrize("length", [0, 7, 785, 3071])
def test_other_rows_are_refused(length: int) -> None:
    with pytest.raises(TaskError, match=f"rows of {length} numbers"):
        square_images(np.zeros((2, length)), "place")


def test_unknown_sets_list_the_known_ones() -> None:
    for name in ("cifar11", "openml:", ""):
        with pytest.raises(UnknownName, match=r"image set.*`openml:NAME`"):
            image_set(name)


def test_tables_of_openml_are_read_as_images(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the network: a frame as scikit-learn gives it, pixels and a target of texts."""
    pandas = pytest.importorskip("pandas")
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 17, size=(30, 64)).astype(float)
    frame = pandas.DataFrame(pixels, columns=[f"p{number}" for number in range(64)])
    frame["class"] = pandas.Categorical(np.where(np.arange(30) % 3 == 0, "odd", "even"))
    tables = {
        "good": OpenmlTable(frame, "class"),
        "aimless": OpenmlTable(frame, None),
        "words": OpenmlTable(frame.assign(p0="a"), "class"),
        "holes": OpenmlTable(frame.assign(p0=np.nan), "class"),
        "oblong": OpenmlTable(frame.drop(columns="p0"), "class"),
    }
    monkeypatch.setattr("actsearch.workers.tasks.images.sets.fetch_openml", tables.__getitem__)
    found, test = image_set("openml:good").read(None)
    assert test is None
    np.testing.assert_array_equal(found.pixels, pixels.reshape(30, 1, 8, 8))
    assert found.classes.tolist() == [1 if number % 3 == 0 else 0 for number in range(30)]
    for name, sentence in (
        ("aimless", "names no target"),
        ("words", "no numbers"),
        ("holes", "not finite"),
        ("oblong", "rows of 63 numbers"),
    ):
        with pytest.raises(TaskError, match=sentence):
            image_set(f"openml:{name}").read(None)
