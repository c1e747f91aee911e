"""What the queue does, whichever database it stands on: wishes, order, shares, limits."""

from collections.abc import Iterator
from typing import Any

import pytest

from actsearch.primitives.errors import JobError
from actsearch.storage import JOB_STATES, Place, Store, open_store
from actsearch.storage.jobs import CLOSED
from actsearch.storage.leases import RELEASED
from actsearch.storage.queue import Quota
from tests.contracts.queued import TASK, claim, claim_and_vanish, pass_time, submit
from tests.storage.stores import DATABASES, emptied, new_database


@pytest.fixture(params=DATABASES, scope="module")
def database(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with open_store(new_database(request.param, tmp_path_factory.mktemp("store"), request)) as store:
        yield store


@pytest.fixture
def store(database: Store) -> Store:
    """The database of the module, emptied."""
    return emptied(database)


def claimed(store: Store, count: int) -> list[str]:
    """Ids in the order in which they are claimed, each given back done before the next."""
    found: list[str] = []
    for _ in range(count):
        lease = claim(store)
        found.append(lease.job_id)
        store.leases.release(lease, "done")
    return found


# Wishes ------------------------------------------------------------------------------------------

WISHES = {"pause": "paused", "cancel": "cancelled"}


def wish(store: Store, what: str) -> Place:
    return {"pause": store.queue.pause, "cancel": store.queue.cancel, "resume": store.queue.resume}[what]("a")


@pytest.mark.parametrize("what", WISHES)
def test_a_job_that_waits_is_paused_or_cancelled_at_once(store: Store, what: str) -> None:
    submit(store, "a")
    assert wish(store, what).state == WISHES[what]
    assert store.leases.claim("runner") is None
    assert wish(store, what).state == WISHES[what]
    assert wish(store, "resume").state == "queued"
    assert claim(store).job_id == "a"


@pytest.mark.parametrize("what", WISHES)
def test_a_job_that_runs_is_paused_or_cancelled_by_its_runner(store: Store, what: str) -> None:
    submit(store, "a")
    lease = claim(store)
    assert (wish(store, what).state, wish(store, what).wish) == ("running", what)
    assert store.leases.renew(lease) == what
    store.leases.release(lease)
    assert store.jobs.get("a").state == WISHES[what]
    assert store.leases.claim("runner") is None


@pytest.mark.parametrize("what", WISHES)
def test_a_job_whose_runner_is_gone_is_paused_or_cancelled_all_the_same(store: Store, what: str) -> None:
    submit(store, "a", "b")
    claim_and_vanish(store)
    assert wish(store, what).state == WISHES[what]
    lease = claim(store, "alive")
    store.queue.cancel("b")
    pass_time(store, "b", lease.lasts_s + 0.5)
    store.leases.sweep()
    assert store.jobs.get("b").state == "cancelled"


@pytest.mark.parametrize("what", WISHES)
def test_the_last_wish_counts(store: Store, what: str) -> None:
    submit(store, "a")
    lease = claim(store)
    wish(store, what)
    assert wish(store, "resume").state == "running"
    assert store.leases.renew(lease) == "run"
    store.leases.release(lease)
    assert claim(store).job_id == "a"


def test_what_was_paused_by_an_error_may_still_be_cancelled(store: Store) -> None:
    submit(store, "a")
    lease = claim(store)
    store.queue.cancel("a")
    store.leases.release(lease, "paused", "the disk is full")
    assert store.jobs.get("a").state == "cancelled"


@pytest.mark.parametrize("state", CLOSED)
def test_what_is_over_takes_no_wish_but_to_run_again(store: Store, state: Any) -> None:
    submit(store, "a")
    store.leases.release(claim(store), state)
    with pytest.raises(JobError, match=f"job `a` is {state}: there is nothing to pause"):
        store.queue.pause("a")
    if state == "done":
        with pytest.raises(JobError, match="job `a` is done"):
            store.queue.resume("a")
        submit(store, "a")
        assert store.jobs.get("a").state == "done"
    else:
        assert store.queue.resume("a").state == "queued"
        assert claim(store).attempt == 2


@pytest.mark.parametrize("state", JOB_STATES)
def test_submitting_again_takes_up_what_stopped_and_leaves_what_goes_on(store: Store, state: Any) -> None:
    submit(store, "a")
    lease = claim(store)
    if state in RELEASED:
        store.leases.release(lease, state)
    else:
        store.under(lease).jobs.set_state("a", state)
    for _ in range(2):
        record = store.queue.submit("a", TASK, {"other": 1}, token="t", priority=5)
        assert record.state == {"paused": "queued", "failed": "queued", "cancelled": "queued"}.get(
            state, state
        )
        assert record.spec == {"id": "a"}
    assert (store.leases.claim("runner") is not None) is (state not in ("done", "running", "confirming"))


def test_a_job_of_a_terminal_may_be_handed_to_the_queue(store: Store) -> None:
    store.jobs.create("a", TASK, {})
    store.jobs.set_state("a", "paused", "stopped")
    submit(store, "a")
    assert claim(store).job_id == "a"


# Shares ------------------------------------------------------------------------------------------


def test_first_come_is_first_served(store: Store) -> None:
    submit(store, *"cab")
    assert claimed(store, 3) == ["c", "a", "b"]


def test_the_highest_priority_goes_first(store: Store) -> None:
    for id, priority in (("low", -1), ("a", 0), ("b", 0), ("high", 7)):
        submit(store, id, priority=priority)
    store.queue.set_priority("b", 3)
    assert store.queue.of("b").priority == 3
    assert claimed(store, 4) == ["high", "b", "a", "low"]


def test_tokens_take_turns_however_many_jobs_each_has(store: Store) -> None:
    submit(store, "a1", "a2", "a3", "a4", token="a")
    submit(store, "b1", "b2", token="b")
    assert claimed(store, 6) == ["a1", "b1", "a2", "b2", "a3", "a4"]


def test_the_token_with_fewer_jobs_running_goes_first(store: Store) -> None:
    submit(store, "a1", "a2", "a3", token="a")
    submit(store, "b1", "b2", "b3", token="b")
    leases = [claim(store) for _ in range(4)]
    assert [lease.job_id for lease in leases] == ["a1", "b1", "a2", "b2"]
    store.leases.release(leases[1], "done")
    store.leases.release(leases[3], "done")
    assert [claim(store).job_id, claim(store).job_id] == ["b3", "a3"]


def test_a_token_runs_no_more_at_once_than_it_may(store: Store) -> None:
    store.queue.allow("a", running=1)
    submit(store, "a1", "a2", token="a", priority=9)
    submit(store, "b1", token="b")
    first = claim(store)
    assert [first.job_id, claim(store).job_id] == ["a1", "b1"]
    assert store.leases.claim("runner") is None
    store.leases.release(first, "done")
    assert claim(store).job_id == "a2"
    store.queue.allow("a")
    submit(store, "a3", token="a")
    assert claim(store).job_id == "a3"


def test_a_token_has_no_more_open_jobs_than_it_may(store: Store) -> None:
    store.queue.allow("a", open=2)
    submit(store, "a1", "a2", "a1", token="a")
    with pytest.raises(JobError, match="there are 2 open jobs already, and no more are allowed"):
        submit(store, "a3", token="a")
    assert [job.id for job in store.jobs.all()] == ["a1", "a2"]
    submit(store, "b", token="b")
    store.queue.cancel("a1")
    submit(store, "a3", token="a")
    with pytest.raises(JobError, match="2 open jobs already"):
        store.queue.resume("a1")
    assert store.jobs.get("a1").state == "cancelled"


def test_a_token_has_no_job_of_more_trials_than_it_may(store: Store) -> None:
    store.queue.allow("a", trials=10)
    store.queue.submit("a1", TASK, {"trials": 10}, token="a")
    with pytest.raises(JobError, match="10 trials at most, not 11; ask for fewer"):
        store.queue.submit("a2", TASK, {"trials": 11}, token="a")
    store.queue.submit("b1", TASK, {"trials": 11}, token="b")
    assert [job.id for job in store.jobs.all()] == ["a1", "b1"]
    store.queue.allow("a")
    store.queue.submit("a2", TASK, {"trials": 11}, token="a")


def test_a_quota_says_what_a_token_may_have_and_has(store: Store) -> None:
    assert store.queue.quota("a") == Quota(token="a")
    submit(store, "a1", "a2", "a3", token="a")
    submit(store, "b1", token="b")
    store.leases.release(claim(store), "done")
    claim(store)
    told = store.queue.allow("a", running=2, open=5, trials=9)
    assert told == Quota(token="a", running=2, open=5, trials=9, now_running=0, now_open=2)
    claim(store)
    assert store.queue.quota("a").now_running == 1
    assert store.queue.quota("b") == Quota(token="b", now_running=1, now_open=1)


@pytest.mark.parametrize("limit", ["running", "open", "trials"])
@pytest.mark.parametrize("count", [-1, 2**31])
def test_a_limit_is_a_count(store: Store, limit: str, count: int) -> None:
    limits: Any = {limit: count}
    with pytest.raises(JobError, match=f"a token cannot have .*`{count}`.*; write 0 or more, up to"):
        store.queue.allow("a", **limits)


def test_a_place_is_ready_for_json(store: Store) -> None:
    submit(store, "a", token="me")
    assert store.queue.of("a").as_dict() == {
        "job_id": "a",
        "state": "queued",
        "sentence": "",
        "token": "me",
        "priority": 0,
        "wish": "run",
        "owner": None,
        "attempt": 0,
        "left_s": None,
    }
