"""What leases do, whichever database they stand on: claims, fences, evidence, release."""

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from actsearch.primitives.errors import JobError, LeaseLost, StoreError, UnknownName
from actsearch.primitives.records import Evaluation, Lane, Outcome, Proposal, point
from actsearch.storage import JOB_STATES, LEASE_S, RENEW_S, Lease, Store, open_store
from actsearch.storage.jobs import CLOSED
from actsearch.storage.leases import MOST_LOSSES, RELEASED
from actsearch.storage.offers import OWN
from tests.contracts.queued import SEARCH, TASK, claim, claim_and_vanish, pass_time, submit
from tests.storage.stores import DATABASES, emptied, new_database


@pytest.fixture(params=DATABASES, scope="module")
def database(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with open_store(new_database(request.param, tmp_path_factory.mktemp("store"), request)) as store:
        yield store


@pytest.fixture
def store(database: Store) -> Store:
    """The database of the module, emptied."""
    return emptied(database)


def evaluation(key: str = "k", score: float = 0.5) -> Evaluation:
    lane = Lane(key=key, text="x", task="toy", task_hash="h", protocol=SEARCH, point=point(lr=0.1), seed=0)
    return Evaluation(lane=lane, outcome=Outcome.OK, sentence="", score=score)


# Claims ------------------------------------------------------------------------------------------


def test_a_job_is_one_runners_alone(store: Store) -> None:
    submit(store, "a", "b")
    first, second = claim(store, "one"), claim(store, "two")
    assert (first.job_id, first.owner, first.attempt) == ("a", "one", 1)
    assert (second.job_id, second.owner, second.attempt) == ("b", "two", 1)
    assert store.leases.claim("three") is None
    assert store.jobs.get("a").state == "running"
    place = store.queue.of("a")
    assert (place.owner, place.attempt, place.wish, place.state) == ("one", 1, "run", "running")
    assert place.left_s is not None
    assert 0 < place.left_s <= first.lasts_s


def test_what_nobody_submitted_is_nobodys_to_claim(store: Store) -> None:
    """As a search in a terminal makes its jobs."""
    for state in JOB_STATES:
        store.jobs.create(state, TASK, {})
        store.jobs.set_state(state, state)
    assert store.leases.claim("runner") is None
    for act in (store.queue.pause, store.queue.cancel, store.queue.resume, store.queue.of):
        with pytest.raises(JobError, match="job `queued` is run by whoever began it"):
            act("queued")


def test_a_runner_has_a_name(store: Store) -> None:
    with pytest.raises(StoreError, match="name the runner"):
        store.leases.claim("")


def test_a_lease_lasts_from_its_last_renewal(store: Store) -> None:
    submit(store, "a")
    lease = claim(store)
    assert lease.lasts_s == LEASE_S == 3 * RENEW_S
    for _ in range(4):
        pass_time(store, "a", LEASE_S - 5)
        assert store.leases.claim("another") is None
        assert store.leases.renew(lease) == "run"
    pass_time(store, "a", LEASE_S + 0.5)
    again = claim(store, "another")
    assert (again.job_id, again.attempt) == ("a", 2)


def test_a_lease_that_ran_out_is_good_until_another_has_the_job(store: Store) -> None:
    submit(store, "a")
    lease = claim_and_vanish(store)
    assert store.leases.renew(lease) == "run"
    pass_time(store, "a", LEASE_S + 0.5)
    store.under(lease).jobs.set_state("a", "confirming")
    claim(store, "another")
    with pytest.raises(LeaseLost, match=r"runner `gone` no longer has job `a` \(attempt 1\)"):
        store.leases.renew(lease)
    assert store.leases.release(lease, "done") is False
    assert store.jobs.get("a").state == "running"


def test_the_local_clock_is_not_asked(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """A runner whose clock is wrong by years claims, renews and expires as any other."""
    submit(store, "a")
    for wrong in (0.0, 4e9):
        with monkeypatch.context() as patched:
            patched.setattr(time, "time", lambda now=wrong: now)
            lease = claim(store, lasts_s=60.0)
            store.leases.renew(lease)
        left_s = store.queue.of("a").left_s
        assert left_s is not None
        assert 50 < left_s <= 60
        assert store.leases.claim("another") is None
        store.leases.release(lease)


def test_a_sweep_frees_what_runners_left(store: Store) -> None:
    submit(store, "a", "b")
    kept = claim(store, "alive")
    claim_and_vanish(store)
    assert store.leases.sweep() == 1
    assert store.leases.sweep() == 0
    assert (store.jobs.get("b").state, store.queue.of("b").owner) == ("queued", None)
    assert store.jobs.get("b").sentence == "its runner `gone` went away without a word"
    assert store.leases.renew(kept) == "run"


def test_a_job_that_kills_its_runners_fails_in_the_end(store: Store) -> None:
    submit(store, "a")
    for n in range(MOST_LOSSES):
        claim_and_vanish(store, f"r{n}")
    assert store.leases.claim("runner") is None
    job = store.jobs.get("a")
    assert job.state == "failed"
    assert job.sentence == f"{MOST_LOSSES} runners in succession went away without a word, `r9` the last"
    store.queue.resume("a")
    assert claim(store).attempt == MOST_LOSSES + 1


def test_a_job_that_is_given_back_starts_its_count_anew(store: Store) -> None:
    submit(store, "a")
    for _ in range(MOST_LOSSES - 1):
        claim_and_vanish(store)
    store.leases.release(claim(store))
    claim_and_vanish(store)
    assert claim(store).job_id == "a"


def test_a_job_that_goes_on_outlives_any_number_of_runners(store: Store) -> None:
    submit(store, "a")
    for n in range(2 * MOST_LOSSES):
        lease = claim(store, f"r{n}")
        store.under(lease).evaluations.add([evaluation(f"k{n}")])
        pass_time(store, "a", lease.lasts_s + 0.5)
    for n in range(MOST_LOSSES - 2):
        claim_and_vanish(store, f"s{n}")
    assert claim(store, "last").attempt == 3 * MOST_LOSSES - 1
    assert store.jobs.get("a").state == "running"


# Fences ------------------------------------------------------------------------------------------

PROPOSAL = Proposal(batch=0, index=0, key="k", text="x", choices={})

WRITES: dict[str, Callable[[Store], Any]] = {
    "task": lambda store: store.tasks.put(TASK),
    "job": lambda store: store.jobs.create("new", TASK, {}),
    "state": lambda store: store.jobs.set_state("a", "confirming"),
    "proposals": lambda store: store.proposals.add("a", [PROPOSAL]),
    "finished": lambda store: store.proposals.finish("a", [PROPOSAL]),
    "standings": lambda store: store.standings.replace("a", []),
    "evaluations": lambda store: store.evaluations.add([evaluation()]),
}


@pytest.mark.parametrize("write", WRITES)
def test_the_holder_of_a_lease_writes_and_nobody_else(store: Store, write: str) -> None:
    submit(store, "a")
    lost = claim_and_vanish(store)
    held = claim(store, "another")
    store.under(held).proposals.add("a", [PROPOSAL])
    before = [store.jobs.all(), store.proposals.of("a"), store.evaluations.of(), store.tasks.of()]
    for wrong in (lost, Lease("a", "gone", 2), Lease("a", "another", 1), Lease("b", "another", 2)):
        with pytest.raises(LeaseLost, match=r"no longer has job .*; nothing was changed; claim another"):
            WRITES[write](store.under(wrong))
    assert [store.jobs.all(), store.proposals.of("a"), store.evaluations.of(), store.tasks.of()] == before
    WRITES[write](store.under(held))
    WRITES[write](store)


def test_a_late_result_is_kept_as_evidence_and_not_counted(store: Store) -> None:
    submit(store, "a")
    lost = claim_and_vanish(store)
    held = claim(store, "another")
    store.under(held).evaluations.add([evaluation("k", 0.25)])
    for _ in range(2):
        with pytest.raises(LeaseLost):
            store.under(lost).evaluations.add([evaluation("k", 0.75), evaluation("new", 0.5)])
    assert [(one.lane.key, one.score) for one in store.evaluations.of()] == [("k", 0.25)]
    late = store.late.of("a")
    assert {one.evaluation["lane"]["key"]: one.evaluation["score"] for one in late} == {"k": 0.75, "new": 0.5}
    assert len(late) == 2
    assert {(one.owner, one.attempt) for one in late} == {("gone", 1)}
    assert late[0].as_dict()["created"]


def test_a_job_that_is_over_ends_its_lease_with_its_state(store: Store) -> None:
    for state in CLOSED:
        submit(store, state)
        lease = claim(store)
        store.under(lease).jobs.set_state(state, state, "over")
        assert store.queue.of(state).owner is None
        with pytest.raises(LeaseLost):
            store.leases.renew(lease)
        assert store.leases.release(lease, "queued") is False
        assert (store.jobs.get(state).state, store.jobs.get(state).sentence) == (state, "over")
    assert store.leases.claim("runner") is None


def test_closing_a_fenced_store_closes_nothing(store: Store) -> None:
    submit(store, "a")
    with store.under(claim(store)) as fenced:
        fenced.jobs.set_state("a", "confirming")
    assert store.jobs.get("a").state == "confirming"


# Release -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", RELEASED)
def test_a_job_is_given_back_in_a_state(store: Store, state: Any) -> None:
    submit(store, "a")
    lease = claim(store)
    assert store.leases.release(lease, state, "why")
    place = store.queue.of("a")
    assert (place.state, place.owner, place.left_s) == (state, None, None)
    assert place.sentence == ("" if state == "queued" else "why")
    assert (store.leases.claim("runner") is not None) is (state == "queued")


def test_a_job_is_given_back_in_a_state_that_is_known(store: Store) -> None:
    submit(store, "a")
    running: Any = "running"
    with pytest.raises(UnknownName, match="no state in which a job is given back `running`"):
        store.leases.release(claim(store), running)


# Jobs for which others train ---------------------------------------------------------------------


def test_a_claim_takes_one_of_the_kinds_that_it_wants(store: Store) -> None:
    submit(store, "a")
    store.queue.submit("own", TASK, {"executor": OWN}, priority=5)
    assert store.leases.claim("runner", kinds=()) is None
    heavy = claim(store, "one", kinds=(False,))
    assert (heavy.job_id, heavy.beside) == ("a", False)
    assert store.leases.claim("one", kinds=(False,)) is None
    light = claim(store, "one")
    assert (light.job_id, light.beside) == ("own", True)
    store.under(light).jobs.set_state("own", "confirming")


def test_who_trains_a_job_is_not_changed_by_asking_again(store: Store) -> None:
    store.queue.submit("a", TASK, {"executor": OWN})
    with pytest.raises(JobError, match="job `a` is there already, with executor `own`; delete it"):
        store.queue.submit("a", TASK, {"executor": "local"})
    store.jobs.set_state("a", "done")
    assert store.queue.submit("a", TASK, {"executor": "local"}).state == "done"
