"""Tests of the image tasks: what they read, how well they learn, what a budget and a file change."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from actsearch.primitives import Lane, Outcome, TaskError, UnknownName, key, parse
from actsearch.workers import Task, check_task, load_task, train
from actsearch.workers.tasks.datasets import digits

from .images.made import archive, batches, binary, images, write_idx

NAMES = ["images-cnn", "images-resnet"]
EVERY = pytest.mark.parametrize("name", NAMES)


def trained(task: Task, name: str, text: str, seeds: int, **protocol: object) -> list[float]:
    """Accuracies on test, one a seed."""
    own = replace(task.info.confirm, standardise=False, **protocol)
    lanes = [
        Lane(key(parse(text)), text, name, task.info.hash, own, task.info.default, seed)
        for seed in range(seeds)
    ]
    found = list(train(task, lanes))
    assert all(one.outcome is Outcome.OK for one in found), found[0].sentence
    return [one.metrics["test_accuracy"] for one in found]


@EVERY
def test_digits_are_read_as_images(name: str) -> None:
    data = load_task(name).data
    pixels = np.concatenate(
        [split.inputs.double().numpy() for split in (data.train, data.validation, data.test)]
    )
    assert pixels.shape == (1797, 1, 8, 8)
    given = digits()[0].reshape(1797, 1, 8, 8)
    order, own = (np.lexsort(array.reshape(1797, -1).T.round(3)) for array in (pixels, given))
    assert np.corrcoef(pixels[order].ravel(), given[own].ravel())[0, 1] == pytest.approx(1.0)


@EVERY
def test_tiny_reaches_more_than_half_in_a_moment(name: str) -> None:
    tiny = f"{name}:budget=tiny"
    task = load_task(tiny)
    assert len(task.data.train.inputs) <= 512
    assert task.info.hash != load_task(name).info.hash
    assert min(trained(task, tiny, "relu", 1)) > 0.5


@EVERY
@pytest.mark.slow
def test_the_real_budget_reaches_what_is_known_of_digits(name: str) -> None:
    assert float(np.mean(trained(load_task(name), name, "relu", 3))) > 0.96


@EVERY
@pytest.mark.slow
def test_check_task_finds_nothing_wrong(name: str) -> None:
    for full in (name, f"{name}:budget=tiny"):
        report = check_task(full, elsewhere=full == name)
        assert report.errors == ()
        assert report.warnings == ()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Files of MNIST beside an archive of CIFAR-10."""
    place = tmp_path_factory.mktemp("files")
    write_idx(place, images(200, (1, 28, 28), 10), images(50, (1, 28, 28), 10, seed=1), packed=True)
    parts = batches(images(200, (3, 32, 32), 10), images(50, (3, 32, 32), 10, seed=1))
    files = {f"{name}.bin": binary(one) for name, one in parts.items()}
    archive(place / "cifar-10-binary.tar.gz", files, "cifar-10-batches-bin")
    return place


@EVERY
@pytest.mark.parametrize(("data", "shape"), [("mnist", (1, 28, 28)), ("cifar10", (3, 32, 32))])
def test_files_become_tasks_that_train(folder: Path, name: str, data: str, shape: tuple[int, ...]) -> None:
    full = f"{name}:data={data},folder={folder},budget=tiny"
    task = load_task(full)
    parts = (task.data.train, task.data.validation, task.data.test)
    assert [tuple(one.inputs.shape) for one in parts] == [(rows, *shape) for rows in (180, 20, 50)]
    accuracies = trained(task, full, "gelu", 1, epochs=1)
    assert 0.0 <= accuracies[0] <= 1.0
    outputs = torch.tensor([[2.0, 0.0], [0.0, 3.0]])
    measured = task.metrics(outputs, torch.tensor([0, 0]))
    assert measured["accuracy"] == 0.5
    assert measured["score"] == pytest.approx(float(torch.log_softmax(outputs, 1)[:, 0].mean()))


def test_the_place_of_files_is_no_part_of_the_hash_and_their_content_is(folder: Path, tmp_path: Path) -> None:
    train, test = images(200, (1, 28, 28), 10), images(50, (1, 28, 28), 10, seed=1)
    write_idx(tmp_path, train, test, packed=False)
    name = "images-cnn:data=mnist,folder={}"
    first = load_task(name.format(folder)).info.hash
    assert load_task(name.format(tmp_path)).info.hash == first
    train.pixels[17, 0, 3, 4] ^= 1
    other = tmp_path / "other"
    other.mkdir()
    write_idx(other, train, test, packed=False)
    assert load_task(name.format(other)).info.hash != first


@EVERY
def test_settings_that_do_not_fit_are_told(name: str, tmp_path: Path) -> None:
    for settings, error, sentence in (
        ("data=cifar11", UnknownName, "image set `cifar11`"),
        ("data=cifar10", TaskError, "`folder=` should name"),
        (f"data=cifar10,folder={tmp_path}", TaskError, "has no files of `cifar10`"),
        (f"folder={tmp_path}", TaskError, "reads no files"),
        ("rows=3", TaskError, "`rows=3` leaves too few"),
        ("budget=huge", TaskError, "budget"),
    ):
        with pytest.raises(error, match=sentence):
            load_task(f"{name}:{settings}")
