"""Pages, submissions and removals: a part of a list, a key that asks once, a job that is forgotten."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from sqlalchemy import update

from actsearch.primitives.errors import JobError, UnknownName
from actsearch.primitives.records import Outcome, Proposal
from actsearch.storage import Store, open_store
from actsearch.storage.pages import Counts, Pages
from actsearch.storage.removal import remove_job
from actsearch.storage.submissions import KEPT, Submissions
from actsearch.storage.tables import SubmissionRow

from .stores import DATABASES, new_database

ENDS = [Outcome.OK, Outcome.REJECTED, Outcome.DIVERGED, Outcome.OK, None]


@pytest.fixture(params=DATABASES)
def store(request: pytest.FixtureRequest, tmp_path: Path, make: SimpleNamespace) -> Iterator[Store]:
    """Nine jobs, each with some proposals."""
    with open_store(new_database(request.param, tmp_path, request)) as store:
        for n in range(9):
            store.jobs.create(f"{n:012x}", make.task("h", "even" if n % 2 == 0 else "h"), {"trials": n})
            given = [Proposal(batch=i // 2, index=i % 2, key=f"k{i}", text="x", choices={}) for i in range(n)]
            store.proposals.add(f"{n:012x}", given)
            told = [(one, ENDS[i % 5], i) for i, one in enumerate(given)]
            store.proposals.finish(
                f"{n:012x}",
                [
                    replace(one, outcome=end, score=float(i) if end is Outcome.OK else None)
                    for one, end, i in told
                    if end is not None
                ],
            )
        yield store


def ids(store: Store, **asked: object) -> list[str]:
    return [line.record.id for line in Pages(store.database).jobs(**{"limit": 100, **asked})]  # type: ignore[arg-type]


def test_jobs_come_latest_first(store: Store) -> None:
    whole = [job.id for job in reversed(store.jobs.all())]
    assert ids(store) == whole
    assert ids(store, limit=4) == whole[:4]
    fourth = Pages(store.database).jobs(limit=4)[-1].number
    assert ids(store, before=fourth) == whole[4:]
    assert ids(store, id=whole[2]) == [whole[2]]
    assert ids(store, id="0") == []
    store.jobs.set_state(whole[1], "failed")
    assert ids(store, states=["failed"]) == [whole[1]]
    assert ids(store, task="nothing") == []


def test_counts_are_those_of_the_proposals(store: Store) -> None:
    for line in Pages(store.database).jobs(limit=100):
        proposals = store.proposals.of(line.record.id)
        outcomes = [one.outcome for one in proposals]
        wanted = Counts(
            done=sum(one not in (None, Outcome.REJECTED) for one in outcomes),
            rejected=outcomes.count(Outcome.REJECTED),
            waiting=outcomes.count(None),
            best=max((one.score for one in proposals if one.score is not None), default=None),
        )
        assert line.counts == wanted


@pytest.mark.parametrize("limit", [1, 3, 100])
def test_proposals_are_walked_in_their_order(limit: int, store: Store) -> None:
    pages, found, place = Pages(store.database), list[Proposal](), (0, -1)
    while some := pages.proposals(f"{8:012x}", after=place, limit=limit):
        found += some
        place = (some[-1].batch, some[-1].index)
    assert found == store.proposals.of(f"{8:012x}")
    assert [one.score for one in pages.best(f"{8:012x}", limit=2)] == [5.0, 3.0]


def test_evaluations_and_keys(store: Store, make: SimpleNamespace) -> None:
    some = [make.evaluation("ab01", seed=seed) for seed in range(5)] + [make.evaluation("ab02")]
    store.evaluations.add(some)
    store.standings.replace(f"{8:012x}", [make.standing("ab03"), make.standing("cd")])
    pages = Pages(store.database)
    found: list[int] = []
    after = 0
    while page := pages.evaluations("ab01", after=after, limit=2):
        found += [one.lane.seed for _, one in page]
        after = page[-1][0]
    assert found == [0, 1, 2, 3, 4]
    assert pages.keys("ab", limit=9) == {key: f"f({key})" for key in ("ab01", "ab02", "ab03")}
    assert pages.keys("ab01", limit=9) == {"ab01": "f(ab01)"}
    assert pages.keys("b", limit=9) == {}


def test_a_census(store: Store, make: SimpleNamespace) -> None:
    store.queue.submit("f" * 12, make.task(), {})
    assert store.leases.claim("me") is not None
    store.evaluations.add([make.evaluation()])
    jobs, rows = Pages(store.database).census()
    assert jobs == {"queued": 9, "running": 1}
    assert rows == {"tasks": 1, "evaluations": 1, "leases": 1}


def test_a_page_of_many_jobs_takes_as_many_statements_as_one_of_one(
    store: Store, counted: Callable[[Store], AbstractContextManager[list[str]]]
) -> None:
    def statements(limit: int) -> int:
        with counted(store) as asked:
            assert len(Pages(store.database).jobs(limit=limit)) == limit
        return len(asked)

    assert 1 <= statements(1) == statements(9) <= 2


def test_a_key_asks_once(store: Store) -> None:
    submissions = Submissions(store.database)
    assert submissions.find("me", "k", "digest") is None
    assert submissions.enter("me", "k", "digest", "a") is None
    assert submissions.find("me", "k", "digest") == "a"
    assert submissions.find("you", "k", "digest") is None
    with pytest.raises(JobError, match="`Idempotency-Key: k`"):
        submissions.find("me", "k", "other")
    assert submissions.enter("me", "k", "digest", "b") == "a"
    assert submissions.enter("you", "k", "other", "b") is None
    with pytest.raises(JobError, match="`Idempotency-Key: k`"):
        submissions.enter("me", "k", "other", "b")
    with store.database.write() as session:
        row = session.get_one(SubmissionRow, ("me", "k"))
        session.execute(update(SubmissionRow).values(created=row.created - KEPT - timedelta(seconds=1)))
    assert submissions.find("me", "k", "digest") is None
    assert submissions.enter("me", "k", "other", "b") is None, "it was forgotten after a week"


def test_a_job_is_forgotten_with_all_that_is_its_own(store: Store, make: SimpleNamespace) -> None:
    id, other = f"{8:012x}", f"{7:012x}"
    store.standings.replace(id, [make.standing()])
    store.evaluations.add([make.evaluation()])
    with pytest.raises(JobError, match="cancel it"):
        remove_job(store.database, id)
    store.jobs.set_state(id, "failed")
    assert remove_job(store.database, id[:12]) == id
    with pytest.raises(UnknownName):
        remove_job(store.database, id)
    assert id not in ids(store)
    assert store.standings.of(id) == store.proposals.of(id) == []
    assert len(store.proposals.of(other)) == 7
    assert len(store.evaluations.of()) == 1


def test_a_job_that_a_runner_has_is_not_forgotten(store: Store, make: SimpleNamespace) -> None:
    store.queue.submit("f" * 12, make.task(), {})
    lease = store.leases.claim("me")
    assert lease is not None
    store.jobs.set_state("f" * 12, "paused")
    with pytest.raises(JobError):
        remove_job(store.database, "f" * 12)
    store.leases.release(lease, "paused")
    assert remove_job(store.database, "f" * 12) == "f" * 12
