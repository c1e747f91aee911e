"""The tasks on text: settings, content and hash, faults, what trains, and what is known of such networks."""

from dataclasses import replace
from pathlib import Path

import pytest

from actsearch.primitives import Lane, Outcome, TaskError, UnknownName, key, parse
from actsearch.workers import Activation, Task, check_task, load_task, train
from actsearch.workers.tasks.text_gpt import BUDGETS

NAMES = ("text-gpt", "rnn-text")
PROSE = "".join(
    f"{number} bottles of beer stand on the wall, {number * 7919 % 1009}.\n" for number in range(200)
)

every = pytest.mark.parametrize("name", NAMES)


def weights(task: Task, text: str) -> int:
    model = task.model(Activation(parse(text)), task.info.default, task.info.search)
    return sum(parameter.numel() for parameter in model.parameters())


def score(name: str, text: str, seed: int = 0) -> float:
    task = load_task(name)
    protocol = replace(task.info.confirm, standardise=False)
    lane = Lane(key(parse(text)), text, name, task.info.hash, protocol, task.info.default, seed)
    (evaluation,) = train(task, [lane])
    assert evaluation.outcome is Outcome.OK, evaluation.sentence
    assert evaluation.metrics["test_bits"] == pytest.approx(
        -evaluation.metrics["test_score"] / 0.6931471805599453
    )
    return evaluation.metrics["test_score"]


@every
def test_the_content_of_a_file_counts_and_not_its_place(name: str, tmp_path: Path) -> None:
    one, other = tmp_path / "one.txt", tmp_path / "other.txt"
    one.write_text(PROSE)
    other.write_text(PROSE)
    tasks = [load_task(f"{name}:file={file},budget=tiny") for file in (one, other)]
    assert tasks[0].info.hash == tasks[1].info.hash != load_task(f"{name}:budget=tiny").info.hash
    other.write_text(PROSE.replace("beer", "wine"))
    assert load_task(f"{name}:file={other},budget=tiny").info.hash != tasks[0].info.hash


@every
def test_sizes_are_settings(name: str) -> None:
    plain, long = load_task(f"{name}:budget=tiny"), load_task(f"{name}:budget=tiny,length=24")
    assert long.data.train.inputs.shape[1:] == long.data.train.targets.shape[1:] == (24,)
    assert long.info.hash != plain.info.hash
    wide = load_task(f"{name}:budget=tiny,width=48")
    assert weights(wide, "relu") > 1.3 * weights(plain, "relu")
    for bad in ("length=0", "width=0", "width=-16"):
        with pytest.raises(TaskError, match="whole numbers from 1 on would do"):
            load_task(f"{name}:budget=tiny,{bad}")


def test_a_transformer_has_whole_heads_and_blocks() -> None:
    assert weights(load_task("text-gpt:budget=tiny,depth=1"), "relu") < weights(
        load_task("text-gpt:budget=tiny"), "relu"
    )
    for bad in ("width=30", "depth=0"):
        with pytest.raises(TaskError, match="a multiple of 16"):
            load_task(f"text-gpt:budget=tiny,{bad}")


@every
def test_faults_of_a_file_are_those_of_the_task(name: str, tmp_path: Path) -> None:
    (tmp_path / "short.txt").write_text("too short")
    with pytest.raises(TaskError, match="would do for windows of"):
        load_task(f"{name}:file={tmp_path / 'short.txt'}")
    with pytest.raises(UnknownName, match="budget"):
        load_task(f"{name}:bugdet=tiny")


@every
@pytest.mark.parametrize("text", ["swiglu", "geglu", "reglu", "x*sigmoid(x1)"])
def test_gates_have_as_many_weights_as_relu(name: str, text: str) -> None:
    task = load_task(f"{name}:budget=tiny")
    assert abs(weights(task, text) - weights(task, "relu")) < 0.03 * weights(task, "relu")


@every
def test_the_match_stands_in_the_description(name: str) -> None:
    task = load_task(f"{name}:budget=tiny,match=operations")
    assert task.info.matched == "operations"
    plain = load_task(f"{name}:budget=tiny")
    assert plain.info.matched == "parameters"
    assert weights(task, "tanh") < weights(plain, "tanh") == weights(plain, "relu") == weights(task, "relu")


def test_baselines_are_those_that_people_put_into_transformers() -> None:
    names = {baseline.name for baseline in load_task("text-gpt:budget=tiny").info.baselines}
    assert names == {"gelu", "silu", "relu", "squared_relu", "swiglu", "geglu", "reglu", "xielu"}
    assert {baseline.name for baseline in load_task("rnn-text:budget=tiny").info.baselines} >= {
        "tanh",
        "relu",
    }


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("text-gpt", "gelu"),
        pytest.param("text-gpt", "swiglu", marks=pytest.mark.slow),
        pytest.param("rnn-text", "relu", marks=pytest.mark.slow),
        pytest.param("rnn-text", "tanh(x)*sigmoid(x1)", marks=pytest.mark.slow),
    ],
)
def test_networks_learn_more_than_frequencies(name: str, text: str) -> None:
    assert score(f"{name}:budget=tiny", text) > load_task(f"{name}:budget=tiny").info.chance + 0.4


@pytest.mark.slow
@every
def test_every_baseline_trains_and_the_middle_of_the_grid_is_best(name: str) -> None:
    task = load_task(f"{name}:budget=tiny")
    for baseline in task.info.baselines:
        losses: list[float] = []
        for at in task.info.grid:
            lane = Lane(
                key(parse(baseline.text)),
                baseline.text,
                f"{name}:budget=tiny",
                task.info.hash,
                replace(task.info.confirm, standardise=False),
                at,
                0,
            )
            (evaluation,) = train(task, [lane])
            losses.append(-(evaluation.score or task.info.chance))
        assert min(losses) < -task.info.chance - 0.5
        assert losses[1] < min(losses) + 0.1


@pytest.mark.slow
def test_the_real_budget_is_larger_in_all() -> None:
    tiny, real = BUDGETS["tiny"], BUDGETS["real"]
    assert real.length > tiny.length
    assert real.width > tiny.width
    assert real.windows > tiny.windows
    for name in NAMES:
        report = check_task(name, elsewhere=False)
        assert report.errors == ()
