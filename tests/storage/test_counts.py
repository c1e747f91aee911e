"""How far each job is, against a count of all its proposals: after any changes, replays and deaths."""

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from actsearch.primitives.errors import StoreError
from actsearch.primitives.records import Outcome, Proposal
from actsearch.storage import Store, open_store
from actsearch.storage.pages import Counts, Pages

from .stores import DATABASES, LASTING, emptied, new_database


@pytest.fixture(params=DATABASES, scope="module")
def database(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with open_store(new_database(request.param, tmp_path_factory.mktemp("store"), request)) as store:
        yield store


def counted(store: Store, job_id: str = "job") -> Counts:
    """One by one."""
    proposals = store.proposals.of(job_id)
    outcomes = [one.outcome for one in proposals]
    return Counts(
        done=sum(one not in (None, Outcome.REJECTED) for one in outcomes),
        rejected=outcomes.count(Outcome.REJECTED),
        waiting=outcomes.count(None),
        best=max((one.score for one in proposals if one.outcome is Outcome.OK), default=None),  # type: ignore[type-var]
    )


def kept(store: Store, job_id: str = "job") -> Counts:
    return Pages(store.database).jobs(limit=1, id=job_id)[0].counts


def proposal(place: int, outcome: Outcome | None = None, score: float | None = None) -> Proposal:
    made = Proposal(batch=place // 4, index=place % 4, key=f"k{place}", text="x", choices={"0": "x"})
    return replace(made, outcome=outcome, score=score)


told = st.one_of(
    st.just((None, None)),
    st.sampled_from([one for one in Outcome if one is not Outcome.OK]).map(lambda one: (one, 0.1)),
    st.floats(-5, 5).map(lambda score: (Outcome.OK, score)),
)
some = st.dictionaries(st.integers(0, 11), told, min_size=1, max_size=6)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(steps=st.lists(st.tuples(st.sampled_from(["add", "finish"]), some), max_size=8))
def test_counts_are_those_of_the_proposals_whatever_was_added_finished_and_told_anew(
    make: SimpleNamespace, database: Store, steps: list[tuple[str, Any]]
) -> None:
    store = emptied(database)
    store.jobs.create("job", make.task(), {})
    store.jobs.create("other", make.task(), {})
    for act, places in steps:
        given_ = [proposal(place, *end) for place, end in places.items()]
        there = {one.batch * 4 + one.index for one in store.proposals.of("job")}
        if act == "finish" and not there.issuperset(places):
            before = kept(store)
            with pytest.raises(StoreError, match="lacks a proposal"):
                store.proposals.finish("job", given_)
            assert kept(store) == before
        else:
            getattr(store.proposals, act)("job", given_)
        assert kept(store) == counted(store)
    assert kept(store, "other") == Counts()


def test_told_twice_counts_once(database: Store, make: SimpleNamespace) -> None:
    store = emptied(database)
    store.jobs.create("job", make.task(), {})
    store.proposals.add("job", [proposal(0), proposal(0), proposal(1)][1:])
    for _ in range(2):
        store.proposals.finish("job", [proposal(0, Outcome.DIVERGED, 0.1), proposal(0, Outcome.OK, 2.0)])
    assert kept(store) == counted(store) == Counts(done=1, waiting=1, best=2.0)


@pytest.fixture(params=LASTING)
def home(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return new_database(request.param, tmp_path, request)


def test_writers_at_once_count_everything(home: str, make: SimpleNamespace) -> None:
    with open_store(home) as store:
        store.jobs.create("job", make.task(), {})

        def work(thread: int) -> None:
            for n in range(thread, 80, 4):
                store.proposals.add("job", [proposal(n)])
                store.proposals.finish("job", [proposal(n, Outcome.OK, float(n))])
                store.proposals.finish("job", [proposal(n - n % 4, Outcome.OK, float(n))])

        store.proposals.add("job", [proposal(n) for n in range(0, 80, 4)])
        with ThreadPoolExecutor(4) as threads:
            list(threads.map(work, range(4)))
        assert kept(store) == counted(store)
        assert kept(store).done == 80


DIES = """
import os, signal, sys
from sqlalchemy import event
from actsearch.primitives.records import Outcome, Proposal
from actsearch.storage import open_store
store, left = open_store(sys.argv[1]), [int(sys.argv[2])]

@event.listens_for(store.database.engine, "before_cursor_execute")
def count(connection, cursor, statement, *rest):
    if connection.get_execution_options().get("write"):
        left[0] -= 1
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)

some = [Proposal(batch=0, index=n, key=f"k{n}", text="x", choices={"0": "x"}) for n in range(4)]
told = [Proposal(batch=0, index=n, key="", text="", choices={}, outcome=Outcome.OK, score=float(n))
        for n in range(4)]
store.proposals.add("job", some)
store.proposals.finish("job", told)
"""


@pytest.mark.slow
def test_a_death_between_any_two_statements_leaves_counts_that_are_true(
    home: str, make: SimpleNamespace
) -> None:
    with open_store(home) as store:
        store.jobs.create("job", make.task(), {})
        deaths, code = 0, -9
        while code == -9:
            died = subprocess.run(
                [sys.executable, "-c", DIES, home, str(deaths + 1)], check=False, timeout=60
            )
            code = died.returncode
            deaths += 1
            assert kept(store) == counted(store)
        assert (code, deaths > 5) == (0, True)
        assert kept(store) == Counts(done=4, best=3.0)
