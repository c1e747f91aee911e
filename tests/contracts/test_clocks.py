"""What clocks do, whichever database they stand on: add up, and hold who has run as long as it may."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from actsearch.primitives.errors import JobError
from actsearch.storage import Store, open_store
from tests.contracts.queued import TASK, claim, submit
from tests.storage.stores import DATABASES, emptied, new_database


@pytest.fixture(params=DATABASES, scope="module")
def database(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with open_store(new_database(request.param, tmp_path_factory.mktemp("store"), request)) as store:
        yield store


@pytest.fixture
def store(database: Store) -> Store:
    """The database of the module, emptied."""
    return emptied(database)


def limited(store: Store, limit_s: float | None, ran_s: float) -> None:
    """Job `a`, paused."""
    store.queue.submit("a", TASK, {"wall_limit_s": limit_s})
    store.clocks.add("a", ran_s)
    store.queue.pause("a")


def test_what_runs_is_added_up(store: Store) -> None:
    submit(store, "a", "b")
    assert store.clocks.add("a", 1.5) == (1.5, None)
    assert store.clocks.add("a", 2.0) == (3.5, None)
    assert store.clocks.add("b", 0.0) == (0.0, None)
    assert store.clocks.add("c", 1.0) == (0.0, None), "nobody's time"


def test_those_who_add_at_once_add_all(store: Store) -> None:
    submit(store, "a")
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda _: store.clocks.add("a", 0.5), range(40)))
    assert store.clocks.add("a", 0.0) == (20.0, None)


def test_a_limit_is_part_of_the_request_and_may_change(store: Store) -> None:
    limited(store, 10.0, 4.0)
    assert store.clocks.add("a", 0.0) == (4.0, 10.0)
    store.clocks.allow("a", 20.0)
    assert store.clocks.add("a", 0.0) == (4.0, 20.0)
    assert store.jobs.get("a").spec == {"wall_limit_s": 20.0}
    store.clocks.allow("a", None)
    assert store.clocks.add("a", 0.0) == (4.0, None)
    store.clocks.allow("unknown", 3.0)


@pytest.mark.parametrize("limit_s", [0.0, -1.0, float("inf"), float("nan")])
def test_a_limit_is_a_length_of_time(store: Store, limit_s: float) -> None:
    limited(store, 10.0, 4.0)
    with pytest.raises(JobError, match="`wall_limit_s` should be a number of seconds above 0"):
        store.queue.resume("a", wall_limit_s=limit_s)
    assert store.queue.of("a").state == "paused"


def test_a_job_whose_time_is_up_is_resumed_with_more(store: Store) -> None:
    limited(store, 10.0, 12.0)
    with pytest.raises(JobError, match="job `a` has run 12 s, and its `wall_limit_s` is 10; resume it with"):
        store.queue.resume("a")
    with pytest.raises(JobError, match="its `wall_limit_s` is 12"):
        store.queue.resume("a", wall_limit_s=12.0)
    assert store.queue.of("a").state == "paused"
    assert store.jobs.get("a").spec == {"wall_limit_s": 10.0}, "all of it or nothing"
    assert store.queue.resume("a", wall_limit_s=13.0).state == "queued"
    assert store.jobs.get("a").spec == {"wall_limit_s": 13.0}
    assert claim(store).job_id == "a"


def test_a_job_that_is_asked_for_again_has_the_limit_that_was_asked_for(store: Store) -> None:
    limited(store, 10.0, 12.0)
    store.queue.submit("a", TASK, {"wall_limit_s": 30.0})
    assert store.clocks.add("a", 0.0) == (12.0, 30.0)
    store.queue.submit("a", TASK, {"wall_limit_s": 5.0})
    assert store.clocks.add("a", 0.0) == (12.0, 30.0), "it waits already"
