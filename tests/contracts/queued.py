"""Jobs in a queue, for the suites of the queue and its leases: submitted, claimed, left behind."""

from typing import Any

from sqlalchemy import update

from actsearch.primitives.records import Protocol, TaskInfo, point
from actsearch.storage import Lease, Store
from actsearch.storage.tables import LeaseRow

SEARCH = Protocol(epochs=5, batch=32)
TASK = TaskInfo(
    name="toy",
    hash="h",
    title="A toy",
    description="",
    score="accuracy",
    unit="",
    chance=0.1,
    default=point(lr=0.1),
    grid=(point(lr=0.1),),
    baselines=(),
    search=SEARCH,
    confirm=SEARCH,
)


def submit(store: Store, *ids: str, **how: Any) -> None:
    for id in ids:
        store.queue.submit(id, TASK, {"id": id}, **how)


def claim(store: Store, owner: str = "runner", **how: Any) -> Lease:
    lease = store.leases.claim(owner, **how)
    assert lease is not None
    return lease


def pass_time(store: Store, job_id: str, seconds: float) -> None:
    """As if so much time had gone by for a lease, by the clock of the database."""
    with store.database.write() as session:
        of_job = update(LeaseRow).where(LeaseRow.job_id == job_id)
        session.execute(of_job.values(expires=LeaseRow.expires - seconds))


def claim_and_vanish(store: Store, owner: str = "gone") -> Lease:
    """A lease whose runner is gone, and whose time is over."""
    lease = claim(store, owner)
    pass_time(store, lease.job_id, lease.lasts_s + 0.5)
    return lease
