"""Whatever a record may hold, however odd, comes back from the store as it was put."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from actsearch.primitives.records import (
    Baseline,
    Evaluation,
    Lane,
    Outcome,
    Proposal,
    Protocol,
    Standing,
    TaskInfo,
    Verdict,
    point,
)
from actsearch.storage import Store, open_store

from .stores import DATABASES, emptied, new_database


@pytest.fixture(params=DATABASES, scope="module")
def database(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with open_store(new_database(request.param, tmp_path_factory.mktemp("store"), request)) as store:
        yield store


words = st.text(st.characters(), max_size=8)  # NUL and half surrogates included
anything = st.floats() | st.integers()
finite = st.floats(allow_nan=False) | st.integers(-(2**53), 2**53)  # what a float can hold
points = st.dictionaries(words, st.floats(allow_nan=False), max_size=3).map(lambda named: point(**named))
protocols = st.builds(
    Protocol,
    phase=st.sampled_from(["search", "confirm"]),
    epochs=st.integers(),
    batch=st.integers(),
    optimiser=words,
    weight_decay=finite,
    standardise=st.booleans(),
)
evaluations = st.builds(
    Evaluation,
    lane=st.builds(
        Lane,
        key=words,
        text=words,
        task=words,
        task_hash=words,
        protocol=protocols,
        point=points,
        seed=st.integers(),
    ),
    outcome=st.sampled_from(Outcome),
    sentence=words,
    score=st.none() | finite,
    metrics=st.dictionaries(words, anything, max_size=3),
    curves=st.dictionaries(words, st.lists(anything, max_size=4).map(tuple), max_size=2),
    diagnostics=st.dictionaries(words, anything, max_size=2),
    wall_s=st.floats(),
    step_s=st.floats(),
    device=words,
    code_version=words,
)
tasks = st.builds(
    TaskInfo,
    name=words,
    hash=words,
    title=words,
    description=words,
    score=words,
    unit=words,
    chance=st.floats(),
    default=points,
    grid=st.lists(points, max_size=2).map(tuple),
    baselines=st.lists(st.builds(Baseline, name=words, text=words, inputs=words), max_size=2).map(tuple),
    search=protocols,
    confirm=protocols,
    max_pieces=st.integers(),
)
proposals = st.builds(
    Proposal,
    batch=st.just(0),
    index=st.just(0),
    key=words,
    text=words,
    choices=st.dictionaries(words, words, max_size=3),
    outcome=st.none() | st.sampled_from(Outcome),
    sentence=words,
    score=st.none() | finite,
)
standings = st.builds(
    Standing,
    key=words,
    text=words,
    name=words,
    role=st.sampled_from(["leader", "baseline"]),
    protocol=protocols,
    point=points,
    seeds=st.lists(st.integers(), max_size=3).map(tuple),
    scores=st.lists(st.none() | st.floats(), max_size=3).map(tuple),
    mean=st.floats(),
    low=st.floats(),
    high=st.floats(),
    diverged=st.integers(0, 10),
    step_ratio=st.floats(),
    weights=st.integers(0, 2**62),
    verdicts=st.lists(
        st.builds(
            Verdict,
            against=words,
            difference=st.floats(),
            low=st.floats(),
            high=st.floats(),
            p=st.floats(),
            word=st.sampled_from(["better", "worse", "not distinguishable"]),
        ),
        max_size=2,
    ).map(tuple),
)

odd = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    derandomize=True,
)


def same(one: Any, other: Any) -> bool:
    """`==`, except that NaN is the same as NaN, and that types are looked at where it matters."""
    if is_dataclass(one):
        return type(one) is type(other) and all(
            same(getattr(one, field.name), getattr(other, field.name)) for field in fields(one)
        )
    if isinstance(one, Mapping):
        return one.keys() == other.keys() and all(same(one[name], other[name]) for name in one)
    if isinstance(one, tuple):
        return isinstance(other, tuple) and len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, float) and math.isnan(one):
        return isinstance(other, float) and math.isnan(other)
    return one == other


@odd
@given(info=tasks)
def test_a_task_comes_back_as_it_was_put(database: Store, info: TaskInfo) -> None:
    database.tasks.put(info)
    assert same(database.tasks.get(info.hash), info)


@odd
@given(trained=evaluations)
def test_an_evaluation_is_found_as_it_was_added(database: Store, trained: Evaluation) -> None:
    emptied(database)
    database.evaluations.add([trained])
    found = database.evaluations.find([trained.lane.address])
    assert list(found) == [trained.lane.address]
    assert same(found[trained.lane.address], trained)
    assert same(tuple(database.evaluations.of(key=trained.lane.key)), (trained,))


@odd
@given(given_=proposals)
def test_a_proposal_comes_back_as_it_was_added(make: Any, database: Store, given_: Proposal) -> None:
    emptied(database).jobs.create("job", make.task(), {})
    database.proposals.add("job", [given_])
    assert database.proposals.of("job") == [given_]


@odd
@given(board=st.lists(standings, max_size=3))
def test_a_board_comes_back_as_it_was_put(make: Any, database: Store, board: list[Standing]) -> None:
    database.jobs.create("job", make.task(), {})
    database.standings.replace("job", board)
    assert same(tuple(database.standings.of("job")), tuple(board))
