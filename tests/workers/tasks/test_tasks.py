"""Tests of every task in the table: splits, baselines, grid, equal cost; and of what each one promises."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from actsearch.primitives import Baseline, Lane, Outcome, UnknownName, key, parse, point
from actsearch.workers import TASKS, Activation, fit, load_task, train
from actsearch.workers.tasks.datasets import digits, photograph

EVERY = pytest.mark.parametrize("name", TASKS)
BASELINES = [(name, baseline) for name in TASKS for baseline in load_task(name).info.baselines]


@EVERY
def test_the_table_and_the_task_agree_on_the_name(name: str) -> None:
    info = load_task(name).info
    assert info.name == name
    assert info.title
    assert info.description
    assert info.search.phase == "search"
    assert info.confirm == replace(info.search, phase="confirm")


@EVERY
def test_the_default_point_is_one_of_the_grid(name: str) -> None:
    info = load_task(name).info
    assert info.default in info.grid
    assert len(set(info.grid)) == len(info.grid)


@EVERY
def test_splits_share_no_row(name: str) -> None:
    data = load_task(name).data
    rows = [
        {tuple(row) for row in torch.cat((split.inputs, split.targets.reshape(-1, 1)), 1).tolist()}
        for split in (data.train, data.validation, data.test)
    ]
    assert rows[0].isdisjoint(rows[1])
    assert rows[0].isdisjoint(rows[2])
    assert rows[1].isdisjoint(rows[2])


@pytest.mark.parametrize(("name", "baseline"), BASELINES, ids=lambda value: getattr(value, "name", value))
def test_every_baseline_trains_in_both_forms(name: str, baseline: Baseline) -> None:
    task = load_task(name)
    for form in (True, False):
        protocol = replace(
            task.info.search,
            epochs=4,
            initialisation="torch" if form else baseline.initialisation,
            inputs=baseline.inputs,
            standardise=form,
        )
        text, info = baseline.text, task.info
        lane = Lane(key(parse(text)), text, name, info.hash, protocol, info.default, seed=0)
        (evaluation,) = train(task, [lane])
        assert evaluation.outcome is Outcome.OK, evaluation.sentence
        assert evaluation.score is not None
        assert evaluation.curves["train_loss"][-1] < evaluation.curves["train_loss"][0]


@EVERY
@pytest.mark.parametrize("text", ["max(x, x1)", "x*sigmoid(x1)"])
def test_gates_have_as_many_weights_as_relu(name: str, text: str) -> None:
    task = load_task(name)

    def weights(expr: str) -> int:
        model = task.model(Activation(parse(expr)), task.info.default, task.info.search)
        return sum(parameter.numel() for parameter in model.parameters())

    assert abs(weights(text) - weights("relu")) < 0.03 * weights("relu")


@EVERY
def test_unknown_encodings_and_initialisations_are_refused(name: str) -> None:
    task = load_task(name)
    for field in ("inputs", "initialisation"):
        protocol = replace(task.info.search, **{field: "nosuch"})
        with pytest.raises(UnknownName):
            task.model(Activation(parse("relu")), task.info.default, protocol)


def test_the_photograph_is_the_mean_over_boxes_of_its_centre() -> None:
    from sklearn.datasets import load_sample_image

    square = load_sample_image("china.jpg")[:, 106:533].astype(float)
    assert square.shape == (427, 427, 3)
    luma = square @ [0.299, 0.587, 0.114] / 255.0
    grey = photograph(48)
    assert grey.shape == (48, 48)
    # a box of 427 / 48 = 8.9 pixels a side covers these 7 x 7 whole
    for row, column in [(0, 0), (20, 11), (47, 47)]:
        top, left = int(np.ceil(row * 427 / 48)), int(np.ceil(column * 427 / 48))
        assert grey[row, column] == pytest.approx(luma[top : top + 8, left : left + 8].mean(), abs=0.03)
    assert grey.mean() == pytest.approx(luma.mean(), abs=2e-3)


def test_inr_image_knows_every_pixel_by_its_place() -> None:
    task = load_task("inr-image")
    data, image = task.data, photograph(48)
    assert [len(split.inputs) for split in (data.train, data.validation, data.test)] == [1728, 288, 288]
    for split in (data.train, data.validation, data.test):
        column, row = ((split.inputs.double().numpy() + 1) / 2 * 47).round().astype(int).T
        np.testing.assert_allclose(split.targets[:, 0].numpy(), 2 * image[row, column] - 1, atol=1e-6)


def test_psnr_is_that_of_images_between_0_and_1() -> None:
    task = load_task("inr-image")
    rng = np.random.default_rng(0)
    truth, answer = rng.uniform(size=(2, 50))
    expected = 10 * np.log10(1 / ((truth - answer) ** 2).mean())
    measured = task.metrics(torch.tensor(2 * answer - 1), torch.tensor(2 * truth - 1))
    assert measured["score"] == pytest.approx(expected)
    assert task.info.chance == pytest.approx(10.5, abs=0.1)


def test_the_picture_shows_the_truth_to_a_model_that_knows_it() -> None:
    task = load_task("inr-image")
    picture = task.picture
    assert picture is not None
    assert picture.target.shape == (48, 48)

    class Oracle(nn.Linear):
        def forward(self, input: torch.Tensor) -> torch.Tensor:
            column, row = ((input.double().numpy() + 1) / 2 * 47).round().astype(int).T
            return torch.from_numpy(2 * picture.target[row, column] - 1)[:, None]

    np.testing.assert_allclose(picture.draw(Oracle(2, 1)), picture.target, atol=1e-6)


def test_digits_are_split_in_proportion() -> None:
    data = load_task("digits-mlp").data
    sizes = [len(split.inputs) for split in (data.train, data.validation, data.test)]
    assert sum(sizes) == 1797
    for split, share in zip((data.train, data.validation, data.test), (0.6, 0.2, 0.2), strict=True):
        counts = torch.bincount(split.targets, minlength=10)
        whole = np.bincount(digits()[1], minlength=10)
        assert np.abs(counts.numpy() - share * whole).max() <= 1.0
    assert float(data.train.inputs.mean()) == pytest.approx(0.0, abs=1e-5)
    assert float(data.train.inputs.std()) == pytest.approx(1.0, abs=1e-3)


def test_digits_score_is_negated_cross_entropy_with_accuracy_beside_it() -> None:
    task = load_task("digits-mlp")
    outputs = torch.tensor([[2.0, 0.0, 1.0], [0.0, 0.0, 3.0]])
    measured = task.metrics(outputs, torch.tensor([0, 1]))
    wide = outputs.double().numpy()
    shares = np.exp(wide) / np.exp(wide).sum(1, keepdims=True)
    assert measured["score"] == pytest.approx(np.log([shares[0, 0], shares[1, 1]]).mean(), rel=1e-5)
    assert measured["accuracy"] == 0.5
    assert task.info.chance == pytest.approx(-np.log(10), abs=0.01)


def test_periodic_functions_lead_relu_on_the_photograph() -> None:
    task = load_task("inr-image")
    scores: dict[str, float] = {}
    for text, at in (("relu", point(lr=3e-3, omega=10)), ("sin", point(lr=1e-2, omega=30))):
        lane = Lane(key(parse(text)), text, "inr-image", task.info.hash, task.info.search, at, seed=0)
        scores[text] = fit(task, lane)[1].score or 0.0
    assert 19.5 < scores["relu"] < 22.5
    assert scores["sin"] > scores["relu"] + 1.5
