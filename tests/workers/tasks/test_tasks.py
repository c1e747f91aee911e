"""Tests of every task in the table: splits, baselines, grid, equal cost; and of what each one promises."""

import inspect
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from actsearch.primitives import Baseline, Lane, Outcome, UnknownName, key, parse, point
from actsearch.workers import TASKS, Activation, Split, fit, load_task, train
from actsearch.workers.tasks.datasets import digits, photograph

NAMES = [
    f"{name}:budget=tiny" if "budget" in inspect.signature(make).parameters else name
    for name, make in TASKS.items()
]
EVERY = pytest.mark.parametrize("name", NAMES)
BASELINES = [(name, baseline) for name in NAMES for baseline in load_task(name).info.baselines]


@EVERY
def test_the_table_and_the_task_agree_on_the_name(name: str) -> None:
    info = load_task(name).info
    assert info.name == name.partition(":")[0]
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
        {
            tuple(row)
            for row in torch.cat(
                (split.inputs.flatten(1), split.targets.reshape(len(split.targets), -1)), 1
            ).tolist()
        }
        for split in (data.train, data.validation, data.test)
    ]
    assert rows[0].isdisjoint(rows[1])
    assert rows[0].isdisjoint(rows[2])
    assert rows[1].isdisjoint(rows[2])


@pytest.mark.parametrize(("name", "baseline"), BASELINES, ids=lambda value: getattr(value, "name", value))
def test_every_baseline_trains_in_both_forms(name: str, baseline: Baseline) -> None:
    task = load_task(name)
    train_part = Split(
        *(part[: 20 * task.info.search.batch] for part in (task.data.train.inputs, task.data.train.targets))
    )
    task = replace(task, data=replace(task.data, train=train_part))
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


SIZES = {
    "breast-cancer-mlp": (569, [341, 115, 113]),
    "wine-mlp": (178, [107, 35, 36]),
    "diabetes-mlp": (442, [265, 89, 88]),
}
TABLES = pytest.mark.parametrize("name", SIZES)


def whole(name: str) -> tuple[np.ndarray, np.ndarray]:
    """The raw table as scikit-learn gives it."""
    from sklearn import datasets

    load = {"breast-cancer-mlp": datasets.load_breast_cancer, "wine-mlp": datasets.load_wine}
    if name in load:
        table, targets = load[name](return_X_y=True)
    else:
        table, targets = datasets.load_diabetes(return_X_y=True, scaled=False)
    return np.asarray(table), np.asarray(targets)


@TABLES
def test_tables_are_split_whole_and_scaled_by_the_training_rows_alone(name: str) -> None:
    data, (table, targets) = load_task(name).data, whole(name)
    splits = (data.train, data.validation, data.test)
    assert [len(split.inputs) for split in splits] == SIZES[name][1]
    train = data.train.inputs.double()
    np.testing.assert_allclose(train.mean(0), 0.0, atol=1e-6)
    np.testing.assert_allclose(train.std(0, correction=0), 1.0, atol=1e-5)
    given = torch.cat([split.inputs for split in splits]).double().numpy()
    answers = torch.cat([split.targets for split in splits]).double().numpy().ravel()
    # each column of the raw table is an increasing affine function of the given one, row by row
    order, own = np.lexsort((*given.T, answers)), np.lexsort((*table.T, targets))
    for column in range(table.shape[1]):
        assert np.corrcoef(given[order, column], table[own, column])[0, 1] == pytest.approx(1.0)
    assert np.corrcoef(answers[order], targets[own])[0, 1] == pytest.approx(1.0)
    assert abs(float(data.test.inputs.mean())) > 1e-4  # the other splits have their own means


@pytest.mark.parametrize("name", ["breast-cancer-mlp", "wine-mlp"])
def test_classes_of_tables_are_split_in_proportion(name: str) -> None:
    data = load_task(name).data
    counts = np.bincount(whole(name)[1])
    for split, share in zip((data.train, data.validation, data.test), (0.6, 0.2, 0.2), strict=True):
        own = np.bincount(split.targets.long().ravel(), minlength=len(counts))
        assert np.abs(own - share * counts).max() <= 1.0
    if name == "breast-cancer-mlp":
        shares = np.bincount(data.train.targets.long().ravel()) / len(data.train.targets)
        held = np.bincount(data.validation.targets.long().ravel()) / len(data.validation.targets)
        assert load_task(name).info.chance == pytest.approx(float(held @ np.log(shares)), abs=1e-5)


def test_fifths_of_the_course_are_split_in_proportion() -> None:
    data, course = load_task("diabetes-mlp").data, whole("diabetes-mlp")[1]
    edges = np.quantile(course, (0.2, 0.4, 0.6, 0.8))
    train = data.train.targets.double().numpy().ravel()
    ranked = np.sort(course)
    assert train.mean() == pytest.approx(0.0, abs=1e-6)
    assert train.std() == pytest.approx(1.0, abs=1e-5)
    scale, mean = 76.5, course.mean()
    for split in (data.train, data.validation, data.test):
        raw = split.targets.double().numpy().ravel() * scale + mean
        shares = np.bincount(np.searchsorted(edges, raw), minlength=5) / len(raw)
        assert np.abs(shares - 0.2).max() < 0.05
    assert ranked[0] == 25.0


def test_the_score_of_one_logit_has_accuracy_and_area_beside_it() -> None:
    from sklearn.metrics import accuracy_score, log_loss, roc_auc_score

    task, rng = load_task("breast-cancer-mlp"), np.random.default_rng(0)
    truth = rng.integers(2, size=60)
    logits = np.round(rng.normal(size=60) + truth, 1)  # with ties
    measured = task.metrics(torch.tensor(logits)[:, None], torch.tensor(truth, dtype=torch.float64)[:, None])
    shares = 1 / (1 + np.exp(-logits))
    assert measured["score"] == pytest.approx(-log_loss(truth, shares))
    assert measured["accuracy"] == pytest.approx(accuracy_score(truth, logits > 0))
    assert measured["auc"] == pytest.approx(roc_auc_score(truth, logits))
    lone = task.metrics(torch.zeros(3, 1), torch.ones(3, 1))
    assert lone["auc"] == 0.5


def test_the_score_of_regression_has_its_share_of_variance_beside_it() -> None:
    from sklearn.metrics import mean_squared_error, r2_score

    task, rng = load_task("diabetes-mlp"), np.random.default_rng(0)
    truth, answer = rng.normal(size=(2, 40, 1))
    measured = task.metrics(torch.tensor(answer), torch.tensor(truth))
    assert measured["score"] == pytest.approx(-mean_squared_error(truth, answer))
    assert measured["r2"] == pytest.approx(r2_score(truth, answer))


KNOWN = {
    # what is known of these data: a metric, and bounds for a network that is trained well
    "breast-cancer-mlp": ("test_accuracy", 0.955, 1.0),
    "wine-mlp": ("test_accuracy", 0.955, 1.0),
    "diabetes-mlp": ("test_r2", 0.45, 0.62),
}


@TABLES
def test_networks_reach_what_is_known_and_the_grid_holds_its_best_inside(name: str) -> None:
    task = load_task(name)
    metric, low, high = KNOWN[name]
    losses: list[float] = []
    for at in task.info.grid:
        protocol = replace(task.info.confirm, standardise=False)
        lanes = [
            Lane(key(parse("relu")), "relu", name, task.info.hash, protocol, at, seed) for seed in range(4)
        ]
        found = list(train(task, lanes))
        losses.append(float(np.mean([one.metrics["val_loss"] for one in found])))
        if at == task.info.default:
            assert low <= float(np.mean([one.metrics[metric] for one in found])) <= high
            assert all((one.score or -9.0) > task.info.chance for one in found)
    assert 0 < int(np.argmin(losses)) < len(losses) - 1


@TABLES
def test_a_linear_model_and_selu_as_its_paper_wants_it_stand_among_the_baselines(name: str) -> None:
    named = {baseline.name: baseline for baseline in load_task(name).info.baselines}
    assert named["linear"].text == "x"
    assert named["selu"].initialisation == "selu"
    assert {"relu", "gelu", "silu", "tanh", "elu", "leaky_relu", "mish"} <= set(named)


def test_periodic_functions_lead_relu_on_the_photograph() -> None:
    task = load_task("inr-image")
    scores: dict[str, float] = {}
    for text, at in (("relu", point(lr=3e-3, omega=10)), ("sin", point(lr=1e-2, omega=30))):
        lane = Lane(key(parse(text)), text, "inr-image", task.info.hash, task.info.search, at, seed=0)
        scores[text] = fit(task, lane)[1].score or 0.0
    assert 19.5 < scores["relu"] < 22.5
    assert scores["sin"] > scores["relu"] + 1.5
