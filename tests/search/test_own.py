"""`OwnPool`: lanes go out as offers, and futures resolve with what programs tell."""

import math
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, wait
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from actsearch.primitives import Evaluation, LeaseLost, Outcome, PoolError, Protocol, StoreError
from actsearch.search import Job
from actsearch.search import own as module
from actsearch.search.opening import pool_of
from actsearch.search.own import OwnPool
from actsearch.storage import Lease, Store, open_store
from tests.contracts.offered import lane, let_run_out, ok, running_job, take
from tests.contracts.queued import pass_time

TIME = Protocol(phase="time", epochs=1, batch=8)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(tmp_path / "home") as store:
        running_job(store)
        yield store


@pytest.fixture
def pool(store: Store, monkeypatch: pytest.MonkeyPatch) -> Iterator[OwnPool]:
    monkeypatch.setattr(module, "POLL_S", 0.02)
    monkeypatch.setattr(module, "SWEEP_S", 0.05)
    with closing(OwnPool(store, "job", programs=3, patience_s=0.2)) as pool:
        yield pool


def result(future: Future[Evaluation]) -> Evaluation:
    return future.result(timeout=30)


def test_lanes_are_offered_and_what_is_told_resolves_them(store: Store, pool: OwnPool) -> None:
    assert (pool.workers, pool.together > 1) == (3, True)
    asked = [lane("a"), lane("b"), lane("a")]
    futures = pool.submit(asked)
    taken = take(store, lanes=9)
    assert [one.lane.key for one in taken] == ["a", "b"]
    for score, one in enumerate(taken):
        store.holds.tell({one.hold: ok(float(score))})
    assert [result(future).score for future in futures] == [0.0, 1.0, 0.0]
    assert [result(future).lane for future in futures] == asked


def test_a_lane_comes_back_under_the_name_that_was_asked_for(store: Store, pool: OwnPool) -> None:
    (future,) = pool.submit([lane("a")])
    (one,) = take(store)
    store.holds.tell({one.hold: ok()})
    result(future)
    (again,) = pool.submit([replace(lane("a"), task="elsewhere")])
    assert result(again).lane.task == "elsewhere", "and it was known already"


def test_a_candidate_that_ends_programs_is_broken_though_nobody_asks_again(
    store: Store, pool: OwnPool
) -> None:
    (future,) = pool.submit([lane("a")])
    for _ in range(3):
        while not take(store):
            time.sleep(0.01)
        let_run_out(store)
    assert result(future).outcome is Outcome.BROKEN


def test_what_nobody_measures_has_no_time(store: Store, pool: OwnPool) -> None:
    futures = pool.submit([lane("a", TIME), lane("b", TIME)])
    for future in futures:
        assert (result(future).outcome, math.isnan(result(future).step_s)) == (Outcome.LOST, True)
        assert "no program measured it" in result(future).sentence
    assert take(store, measures=True) == []


def test_who_measures_takes_all_of_a_company(store: Store, pool: OwnPool) -> None:
    futures = pool.submit([lane("a", TIME), lane("b", TIME)])
    taken = take(store, measures=True)
    time.sleep(0.5)
    store.holds.tell({one.hold: ok(0.0, step_s=0.25) for one in taken})
    assert [result(future).step_s for future in futures] == [0.25, 0.25]


def test_a_loop_that_only_tells_scores_is_not_measured(pool: OwnPool) -> None:
    (future,) = pool.submit([lane("a", replace(TIME, optimiser="own"))])
    assert future.done()
    assert math.isnan(result(future).step_s)


def test_a_closed_pool_withdraws_and_leaves_no_future_waiting(store: Store, pool: OwnPool) -> None:
    futures = pool.submit([lane("a"), lane("b")])
    (mine,) = take(store)
    pool.close()
    pool.close()
    assert not wait(futures, timeout=0).not_done
    assert {result(future).outcome for future in futures} == {Outcome.LOST}
    assert take(store, "two") == []
    store.holds.tell({mine.hold: ok()})
    with pytest.raises(PoolError, match="closed"):
        pool.submit([lane("c")])
    with closing(OwnPool(store, "job")) as again:
        (future,) = again.submit([lane("a")])
        assert result(future).score == 0.5, "what was told in between is known"


def test_a_runner_that_lost_its_job_hears_so(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "POLL_S", 0.02)
    monkeypatch.setattr(module, "SWEEP_S", 0.0)
    place = store.queue.of("job")
    lease = Lease("job", str(place.owner), place.attempt)
    with closing(OwnPool(store.under(lease), "job")) as pool:
        (future,) = pool.submit([lane("a")])
        pass_time(store, "job", 1000)
        assert store.leases.claim("another") is not None
        assert isinstance(future.exception(timeout=30), LeaseLost)
        with pytest.raises(PoolError):
            pool.submit([lane("b")])


def test_a_database_that_does_not_answer_is_asked_again(
    store: Store, pool: OwnPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    known: Callable[..., dict[str, Evaluation]] = store.offers.told
    failures = iter(range(3))

    def told(job_id: str, addresses: list[str]) -> dict[str, Evaluation]:
        if next(failures, None) is not None:
            raise StoreError("it is away")
        return known(job_id, addresses)

    monkeypatch.setattr(store.offers, "told", told)
    (future,) = pool.submit([lane("a")])
    (one,) = take(store)
    store.holds.tell({one.hold: ok()})
    assert result(future).score == 0.5


def test_a_search_in_a_terminal_has_no_such_pool() -> None:
    with pytest.raises(PoolError, match="actsearch jobs submit"):
        pool_of(Job(task="wine-mlp", executor="own"))
