"""What offers and holds do, whichever database they stand on: takes, reports, fences, evidence, blame."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from actsearch.primitives.errors import LeaseLost
from actsearch.primitives.records import Outcome, Protocol
from actsearch.storage import Store, holds, open_store
from actsearch.storage.evaluations import address_text
from actsearch.storage.holds import MOST_LOSSES, Hold, Report, Result
from actsearch.storage.offers import OWN
from actsearch.storage.removal import remove_job
from tests.storage.stores import DATABASES, emptied, new_database

from .offered import lane, let_run_out, ok, running_job, take, take_one
from .queued import SEARCH, TASK, claim, pass_time

TIME = Protocol(phase="time", epochs=1, batch=8)


@pytest.fixture(params=DATABASES, scope="module")
def database(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with open_store(new_database(request.param, tmp_path_factory.mktemp("store"), request)) as store:
        yield store


@pytest.fixture
def store(database: Store) -> Store:
    """The database of the module, emptied, with a job that runs and offers nothing yet."""
    running_job(emptied(database))
    return database


def offer(store: Store, *keys: str, job_id: str = "job") -> None:
    store.offers.offer(job_id, [lane(key) for key in keys])


def keys(store: Store, owner: str = "one", **how: object) -> list[str]:
    return [one.lane.key for one in take(store, owner, **how)]


# Taking ------------------------------------------------------------------------------------------


def test_a_lane_is_one_programs_alone_in_the_order_of_offers(store: Store) -> None:
    offer(store, "a", "b", "c")
    (first,) = take(store, "one")
    assert first.lane == lane("a")
    assert (first.hold.job_id, first.hold.owner, first.hold.attempt) == ("job", "one", 1)
    assert keys(store, "two", lanes=5) == ["b", "c"]
    assert keys(store, "three", lanes=5) == []


def test_an_offer_made_again_is_the_same_offer(store: Store) -> None:
    offer(store, "a", "a")
    hold = take_one(store)
    offer(store, "a")
    assert keys(store, "two") == []
    store.holds.tell({hold: ok()})
    offer(store, "a")
    assert keys(store, "two") == []


def test_nobody_takes_from_a_job_that_does_not_run(store: Store) -> None:
    store.queue.submit("waits", TASK, {"executor": OWN})
    offer(store, "a", job_id="waits")
    assert keys(store) == []
    offer(store, "b")
    store.queue.pause("job")
    assert keys(store) == []
    store.queue.resume("job")
    assert keys(store) == ["b"]


def test_lanes_of_one_job_of_one_task_of_one_token(store: Store) -> None:
    running_job(store, "other", token="somebody", priority=5)
    offer(store, "a")
    offer(store, "b", job_id="other")
    assert keys(store, task_hash="another") == []
    assert keys(store, job_id="job", token="somebody") == []
    assert keys(store, "one", task_hash="h", token="somebody") == ["b"]
    offer(store, "c", job_id="other")
    assert keys(store, "two", lanes=2, task_hash="h") == ["c", "a"], "the higher priority first"


def test_two_at_once_never_take_the_same_lane(store: Store) -> None:
    names = [f"{n:02}" for n in range(40)]
    offer(store, *names)

    def some(owner: int) -> list[str]:
        found: list[str] = []
        while more := keys(store, str(owner), lanes=3):
            found += more
        return found

    with ThreadPoolExecutor(4) as threads:
        taken = [key for part in threads.map(some, range(4)) for key in part]
    assert sorted(taken) == names


# Reports -----------------------------------------------------------------------------------------


def test_a_report_holds_the_lane_for_another_while(store: Store) -> None:
    offer(store, "a")
    hold = take_one(store)
    for epoch in (1, 2):
        let_run_out(store)
        (answer,) = store.holds.report([Report(hold, epoch, 0.25 * epoch)])
        assert (answer.word, answer.why) == ("continue", "")
        assert keys(store, "two") == []
    store.holds.tell({hold: ok()})
    (told,) = store.evaluations.of()
    assert told.curves == {"score": (0.25, 0.5)}
    assert told.wall_s >= 0


def test_a_lane_that_another_has_is_stopped(store: Store) -> None:
    offer(store, "a")
    hold = take_one(store)
    let_run_out(store)
    take_one(store, "two")
    (answer,) = store.holds.report([Report(hold)])
    assert answer.word == "stop"
    assert "`one` no longer has this lane of job `job` (attempt 1)" in answer.why


@pytest.mark.parametrize(("wish", "state"), [("pause", "paused"), ("cancel", "cancelled")])
def test_a_job_that_is_to_stop_says_so_and_what_comes_in_time_is_kept(
    store: Store, wish: str, state: str
) -> None:
    offer(store, "a", "b")
    hold = take_one(store)
    getattr(store.queue, wish)("job")
    (answer,) = store.holds.report([Report(hold)])
    assert (answer.word, answer.why) == ("stop", f"job `job` is {state}")
    store.holds.tell({hold: ok(0.75)})
    assert [one.score for one in store.evaluations.of()] == [0.75]
    assert set(store.offers.told("job", [hold.address])) == {hold.address}


def test_a_job_whose_runner_is_gone_goes_on(store: Store) -> None:
    offer(store, "a")
    hold = take_one(store)
    pass_time(store, "job", 1000)
    store.leases.sweep()
    assert store.jobs.get("job").state == "queued"
    (answer,) = store.holds.report([Report(hold)])
    assert answer.word == "continue"
    store.holds.tell({hold: ok()})
    assert len(store.evaluations.of()) == 1


# Telling -----------------------------------------------------------------------------------------


def test_what_is_told_is_stored_with_the_lane_that_was_offered(store: Store) -> None:
    offer(store, "a")
    hold = take_one(store)
    result = ok(0.5, metrics={"val_loss": 0.5}, curves={"val_loss": (1.0, 0.5)}, wall_s=3.0, device="cuda")
    for _ in range(2):
        store.holds.tell({hold: result})
    (told,) = store.evaluations.of()
    assert (told.lane, told.outcome, told.score, told.wall_s) == (lane("a"), Outcome.OK, 0.5, 3.0)
    assert (dict(told.metrics), dict(told.curves)) == (result.metrics, result.curves)
    assert store.offers.told("job", [hold.address, "unknown"])[hold.address].score == 0.5


def test_a_late_result_is_refused_kept_as_evidence_and_not_counted(store: Store) -> None:
    offer(store, "a")
    lost = take_one(store)
    let_run_out(store)
    held = take_one(store, "two")
    for _ in range(2):
        with pytest.raises(LeaseLost, match=r"nothing was counted; ask for another"):
            store.holds.tell({lost: ok(0.75)})
    store.holds.tell({held: ok(0.25)})
    assert [one.score for one in store.evaluations.of()] == [0.25]
    assert store.offers.told("job", [lost.address])[lost.address].score == 0.25
    (late,) = store.late.of("job")
    assert (late.owner, late.attempt, late.evaluation["score"]) == ("one", 1, 0.75)


def test_results_are_told_all_or_none(store: Store) -> None:
    offer(store, "a", "b")
    one, other = (offered.hold for offered in take(store, lanes=2))
    for wrong in (replace(other, attempt=7), replace(other, owner="x"), replace(other, address="0" * 32)):
        with pytest.raises(LeaseLost):
            store.holds.tell({one: ok(), wrong: ok()})
    assert store.evaluations.of() == []
    store.holds.tell({one: ok(), other: Result(outcome=Outcome.DIVERGED, sentence="it diverged")})
    assert {found.outcome for found in store.evaluations.of()} == {Outcome.OK, Outcome.DIVERGED}


def test_what_is_given_back_another_takes(store: Store) -> None:
    offer(store, "a")
    hold = take_one(store)
    store.holds.give_back([hold, Hold("job", "0" * 32, "one", 1, 30.0)])
    with pytest.raises(LeaseLost):
        store.holds.tell({hold: ok()})
    assert take_one(store, "two").attempt == 2
    store.holds.give_back([hold])
    assert keys(store, "three") == [], "it is no longer his to give"


# Losses ------------------------------------------------------------------------------------------


def test_a_lane_whose_program_went_away_is_given_alone(store: Store) -> None:
    offer(store, "a", "b", "c")
    assert keys(store, "one", lanes=2) == ["a", "b"]
    let_run_out(store)
    assert store.holds.sweep() == 2
    assert store.holds.sweep() == 0
    assert keys(store, "two", lanes=3) == ["a"]
    assert keys(store, "two", lanes=3) == [], "until it is told, nothing else"
    assert keys(store, "three", lanes=3) == ["b"]
    assert keys(store, "four", lanes=3) == ["c"]


def test_who_has_something_gets_none_that_is_to_be_had_alone(store: Store) -> None:
    offer(store, "a", "b", "c")
    take_one(store, "gone")
    let_run_out(store)
    store.holds.sweep()
    with_one = take(store, "busy", lanes=1)
    assert [one.lane.key for one in with_one] == ["a"]
    store.holds.give_back([with_one[0].hold])
    offer(store, "d")
    (held, *_) = take(store, "late", lanes=1)
    assert held.lane.key == "a"
    store.holds.tell({held.hold: ok()})
    assert keys(store, "late", lanes=1) == ["b"]
    take_one(store, "gone")
    let_run_out(store)
    store.holds.report([])
    assert keys(store, "other", lanes=9) == ["b"], "the first of those that were lost"


def test_a_lane_that_ends_its_programs_is_broken_and_its_neighbours_are_not(store: Store) -> None:
    offer(store, "kills", "sane")
    for number in range(MOST_LOSSES):
        taken = take(store, f"p{number}", lanes=2)
        for one in taken:
            if one.lane.key == "sane":
                store.holds.give_back([one.hold])
        let_run_out(store)
        store.holds.sweep()
    assert keys(store) == ["sane"]
    (broken,) = store.evaluations.of()
    assert (broken.lane.key, broken.outcome, broken.score) == ("kills", Outcome.BROKEN, None)
    assert broken.sentence == f"{MOST_LOSSES} programs in succession went away with it, the last of them `p2`"
    with pytest.raises(LeaseLost):
        store.holds.tell({Hold("job", address_text(broken.lane.address), "p2", MOST_LOSSES, 30.0): ok()})
    assert len(store.late.of("job")) == 1


# Companies ---------------------------------------------------------------------------------------


def test_lanes_that_are_measured_go_together_to_one_that_does_nothing_else(store: Store) -> None:
    offer(store, "a", "b")
    store.offers.offer("job", [lane(key, TIME) for key in "xyz"], together=True)
    assert keys(store, "user", lanes=9) == ["a", "b"], "who does not measure gets none"
    assert keys(store, "user", lanes=9, measures=True) == []
    taken = take(store, "two", lanes=1, measures=True)
    assert [one.lane.key for one in taken] == ["x", "y", "z"]
    assert len({one.company for one in taken}) == 1
    offer(store, "c")
    assert keys(store, "two", lanes=9, measures=True) == []
    store.holds.tell({one.hold: ok(0.0, step_s=0.001) for one in taken})
    assert store.evaluations.of() == []
    told = store.offers.told("job", [one.hold.address for one in taken])
    assert {one.step_s for one in told.values()} == {0.001}
    assert keys(store, "two", lanes=9, measures=True) == ["c"]


def test_a_company_that_is_left_in_part_is_one_of_its_own(store: Store) -> None:
    store.offers.offer("job", [lane(key, TIME) for key in "xyz"], together=True)
    first, *_ = take(store, measures=True)
    store.holds.tell({first.hold: ok(0.0)})
    let_run_out(store)
    assert keys(store, "two", measures=True) == ["y", "z"]


# The job -----------------------------------------------------------------------------------------


def test_a_runner_that_begins_anew_finds_what_was_told_and_offers_afresh(store: Store) -> None:
    offer(store, "told", "held", "free", "late")
    told, held = (one.hold for one in take(store, lanes=2))
    store.holds.tell({told: ok()})
    limited = take_one(store, "two")
    store.holds.tell({limited: Result(outcome=Outcome.TIMED_OUT, sentence="too slow")})
    store.offers.begin("job")
    assert keys(store) == [], "nothing is offered but what one has already"
    assert set(store.offers.told("job", [told.address, held.address, limited.address])) == {told.address}
    offer(store, "free", "told", "held")
    assert keys(store, lanes=9) == ["free"]
    store.holds.tell({held: ok()})


def test_what_is_withdrawn_nobody_takes_and_who_has_it_may_tell(store: Store) -> None:
    offer(store, "a", "b")
    hold = take_one(store)
    free = address_text(lane("b").address)
    assert store.offers.withdraw("job", [hold.address, free]) == [free]
    assert keys(store, "two") == []
    store.holds.tell({hold: ok()})
    assert len(store.evaluations.of()) == 1


def test_offers_of_a_job_that_another_runner_has_are_not_changed(store: Store) -> None:
    store.queue.submit("mine", TASK, {})
    lost = claim(store, "gone")
    pass_time(store, "mine", 1000)
    claim(store, "another")
    fenced = store.under(lost).offers
    for write in (lambda: fenced.begin("mine"), lambda: fenced.offer("mine", [lane()])):
        with pytest.raises(LeaseLost):
            write()
    assert keys(store) == []


def test_a_job_is_forgotten_with_its_offers(store: Store) -> None:
    offer(store, "a", "b")
    hold = take_one(store)
    store.holds.tell({hold: ok()})
    claimed = store.queue.cancel("job")
    pass_time(store, claimed.job_id, 1000)
    store.leases.sweep()
    remove_job(store.database, "job")
    assert store.offers.told("job", [hold.address]) == {}
    assert len(store.evaluations.of()) == 1
    (answer,) = store.holds.report([Report(hold)])
    assert answer.word == "stop"
    with pytest.raises(LeaseLost):
        store.holds.tell({hold: ok()})


def test_lanes_of_any_seed_and_setting_come_back_as_they_were(store: Store) -> None:
    odd = replace(lane("odd"), seed=2**70, protocol=replace(SEARCH, weight_decay=float("inf")))
    store.offers.offer("job", [odd])
    (one,) = take(store)
    assert one.lane == odd


def test_reports_without_end_are_not_kept_without_end(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(holds, "MOST_REPORTS", 3)
    offer(store, "a")
    hold = take_one(store)
    for epoch in range(9):
        (answer,) = store.holds.report([Report(hold, epoch, float(epoch))])
        assert answer.word == "continue"
    store.holds.tell({hold: ok()})
    assert store.evaluations.of()[0].curves["score"] == (0.0, 1.0, 2.0)
