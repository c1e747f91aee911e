"""Lanes on offer, for the suites of those who take them: lanes, results, time that goes by."""

from typing import Any

from sqlalchemy import update

from actsearch.primitives.records import Lane, Outcome, Protocol, point
from actsearch.storage import Store
from actsearch.storage.holds import Hold, Offered, Result
from actsearch.storage.offers import OWN
from actsearch.storage.tables import OfferRow

from .queued import SEARCH, TASK, claim

LASTS_S = 30.0


def lane(key: str = "a", protocol: Protocol = SEARCH, seed: int = 0) -> Lane:
    return Lane(key, f"f({key})", "toy", TASK.hash, protocol, point(lr=0.1), seed)


def running_job(store: Store, id: str = "job", **how: Any) -> None:
    """A job in the hands of a runner."""
    store.queue.submit(id, TASK, {"executor": OWN}, **how)
    claim(store, "runner of " + id)


def take(store: Store, owner: str = "one", **how: Any) -> list[Offered]:
    return store.holds.take(owner, lasts_s=LASTS_S, **how)


def take_one(store: Store, owner: str = "one", **how: Any) -> Hold:
    (one,) = take(store, owner, **how)
    return one.hold


def ok(score: float = 0.5, **more: Any) -> Result:
    return Result(outcome=Outcome.OK, score=score, **more)


def let_run_out(store: Store) -> None:
    """As if all programs that have lanes had been silent for too long."""
    with store.database.write() as session:
        session.execute(update(OfferRow).where(OfferRow.expires.is_not(None)).values(expires=0.0))
