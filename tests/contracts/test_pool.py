"""What every pool promises, asked of each row of POOLS."""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import wait
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from actsearch.primitives import Evaluation, Lane, Outcome, PoolError, TaskError, UnknownName, key, parse
from actsearch.workers import POOLS, Pool, load_task, open_pool, request, train

TASK = f"{Path(__file__).parents[1] / 'workers' / 'tiny.py'}:make_task"

MakeLane: TypeAlias = Callable[..., Lane]

PATIENCE_S = 240.0
"""A Ray that starts on a busy machine takes a minute and more."""


@pytest.fixture(scope="module", params=POOLS)
def pool(request: pytest.FixtureRequest) -> Iterator[Pool]:
    opened = open_pool(request.param, workers=2, time_limit_s=60)
    yield opened
    opened.close()


def lane(text: str, *, seed: int = 0, **protocol: Any) -> Lane:
    info = load_task(TASK).info
    return Lane(
        key(parse(text)), text, TASK, info.hash, replace(info.search, **protocol), info.default, seed=seed
    )


def numbers(evaluation: Evaluation) -> object:
    return (
        evaluation.lane,
        evaluation.outcome,
        evaluation.sentence,
        evaluation.score,
        evaluation.metrics,
        evaluation.curves,
        evaluation.diagnostics,
    )


def failure(pool: Pool, lanes: list[Lane]) -> BaseException:
    """What goes wrong, be it told at once or by a future."""
    try:
        (first, *_) = [future.exception(timeout=PATIENCE_S) for future in pool.submit(lanes)]
    except Exception as error:
        return error
    assert first is not None
    return first


def test_there_is_one_future_a_lane_in_order(pool: Pool) -> None:
    lanes = [lane(text, seed=seed) for seed in range(4) for text in ("relu", "tanh", "sin(x) + x1")]
    futures = pool.submit(lanes)
    assert [future.result(timeout=PATIENCE_S).lane for future in futures] == lanes
    assert all(future.result().outcome is Outcome.OK for future in futures)


def test_a_worker_loads_the_data_of_a_task_once(pool: Pool, tmp_path: Path) -> None:
    noted, head = tmp_path / "noted", "def make_task() -> Task:\n"
    note = f"    with open({str(noted)!r}, 'a') as notes:\n        notes.write(f'{{os.getpid()}}\\n')\n"
    text = Path(TASK.rpartition(":")[0]).read_text()
    (tmp_path / "noting.py").write_text(text.replace(head, head + note, 1))
    name = f"{tmp_path / 'noting.py'}:make_task"
    task_hash = load_task(name).info.hash
    assert noted.read_text().split() == [str(os.getpid())]
    for seeds in (range(6), range(6, 12)):
        lanes = [lane(text, seed=seed) for seed in seeds for text in ("relu", "tanh")]
        futures = pool.submit([replace(one, task=name, task_hash=task_hash) for one in lanes])
        assert all(future.result(timeout=PATIENCE_S).outcome is Outcome.OK for future in futures)
    loaded = noted.read_text().split()
    assert len(loaded) == len(set(loaded)) <= 1 + pool.workers


def test_a_lane_has_the_bits_of_training_it_alone(pool: Pool) -> None:
    asked = [lane("sin(x) + b*x | b=0.5 channel", seed=7, epochs=3), lane("max(x, x1)", phase="confirm")]
    crowd = [lane(text, seed=seed) for seed in range(3) for text in ("relu", "exp(x^2)", "x*sigmoid(x)")]
    futures = pool.submit([*crowd, *asked, *crowd, *asked])
    found = [future.result(timeout=PATIENCE_S) for future in futures]
    for position, alone in enumerate(train(load_task(TASK), asked)):
        assert numbers(found[9 + position]) == numbers(alone)
        assert numbers(found[20 + position]) == numbers(alone)


def test_lanes_trained_together_have_the_same_bits_in_every_pool(pool: Pool) -> None:
    texts = ("tanh", "sin(x) + x1", "exp(x^2)", "b*x^2 | b=0.5 channel", "x*sigmoid(x)", "max(x, x1)")
    asked = [lane(text, seed=seed, stacked=True) for seed in range(3) for text in texts]
    found = [future.result(timeout=PATIENCE_S) for future in pool.submit(asked)]
    for evaluation, alone in zip(found, asked, strict=True):
        (expected,) = train(load_task(TASK), [alone])
        assert numbers(evaluation) == numbers(expected)


def test_what_a_stacked_lane_does_is_an_outcome_and_its_neighbours_finish(pool: Pool) -> None:
    lanes = [lane(text, stacked=True) for text in ("tanh", "atan", "sin", "relu", "gauss")]
    lanes[2] = replace(lanes[2], text="sin(")
    found = [future.result(timeout=PATIENCE_S) for future in pool.submit(lanes)]
    assert [evaluation.lane for evaluation in found] == lanes
    outcomes = [evaluation.outcome for evaluation in found]
    assert outcomes == [Outcome.OK, Outcome.BROKEN, Outcome.REJECTED, Outcome.OK, Outcome.OK]


def test_an_equal_lane_asked_twice_is_answered_twice(pool: Pool) -> None:
    for stacked in (False, True):
        twice = [lane("tanh", stacked=stacked)] * 2
        one, other = (future.result(timeout=PATIENCE_S) for future in pool.submit(twice))
        assert numbers(one) == numbers(other)


def test_a_pool_that_was_started_ahead_trains_as_any_other(pool: Pool) -> None:
    pool.start()
    assert pool.submit([lane("tanh")])[0].result(timeout=PATIENCE_S).outcome is Outcome.OK


def test_what_a_lane_does_is_an_outcome_and_its_neighbours_finish(pool: Pool) -> None:
    lanes = [lane("tanh"), lane("atan"), replace(lane("tanh"), text="tanh("), lane("exp(x^2)"), lane("relu")]
    found = [future.result(timeout=PATIENCE_S) for future in pool.submit(lanes)]
    outcomes = [evaluation.outcome for evaluation in found]
    assert outcomes[:3] == [Outcome.OK, Outcome.BROKEN, Outcome.REJECTED]
    assert outcomes[4] is Outcome.OK
    assert all(evaluation.sentence for evaluation in found)


def test_a_lane_of_another_version_of_the_task_is_the_callers_affair(pool: Pool) -> None:
    error = failure(pool, [replace(lane("tanh"), task_hash="f" * 16)])
    assert isinstance(error, TaskError)
    assert "`ffffffffffffffff`" in str(error)


def test_what_the_caller_got_wrong_arrives_as_it_was_raised(pool: Pool) -> None:
    unknown_task = failure(pool, [replace(lane("tanh"), task="inr-imag")])
    assert isinstance(unknown_task, UnknownName)
    assert (unknown_task.kind, unknown_task.name, unknown_task.known[0]) == ("task", "inr-imag", "inr-image")
    assert isinstance(failure(pool, [lane("tanh", schedule="cosin")]), UnknownName)
    assert pool.submit([lane("tanh")])[0].result(timeout=PATIENCE_S).outcome is Outcome.OK


@pytest.mark.parametrize("name", POOLS)
def test_a_closed_pool_takes_no_lanes_and_leaves_no_future_waiting(name: str) -> None:
    pool = open_pool(name, workers=1)
    futures = pool.submit([lane("tanh", seed=seed, epochs=20) for seed in range(6)])
    pool.close()
    pool.close()
    assert not wait(futures, timeout=0).not_done
    assert {future.result().outcome for future in futures} <= {Outcome.OK, Outcome.LOST}
    with pytest.raises(PoolError, match="closed"):
        pool.submit([lane("tanh")])


def test_a_worker_without_the_kernel_refuses_what_only_the_kernel_computes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(request, "available", lambda device: False)
    monkeypatch.setattr(request, "why_not", lambda device: "it has no C compiler")
    with closing(open_pool("inline")) as pool:
        error = failure(pool, [lane("tanh", stacked=True, fused=True)])
        assert isinstance(error, PoolError)
        assert "it has no C compiler; `actsearch kernel --build`" in str(error)
        assert "`--no-fused`" in str(error)
        assert pool.submit([lane("tanh", stacked=True)])[0].result(timeout=PATIENCE_S).outcome is Outcome.OK
