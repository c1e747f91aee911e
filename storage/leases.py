"""Leases: a runner takes a job for a while, and writes only as long as no other has taken it since.

    free -- claim --> held -- release --> free, paused, or closed (done, failed, cancelled)
     ^                 | `-- renew, every RENEW_S
     `--- LEASE_S without a renewal: its runner is gone, and the next claim finds the job free

Time is that of the database's clock alone. Each claim raises `attempt`; a write under a lease first
looks whether owner and attempt are still those of the job, in the same transaction.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, final

from sqlalchemy import ColumnElement, Select, and_, bindparam, func, or_, select, update
from sqlalchemy.orm import Session

from ..primitives.errors import LeaseLost, StoreError, UnknownName
from .database import Database
from .jobs import CLOSED, JobState, change_state
from .tables import LeaseRow, ShareRow

__all__ = [
    "LEASE_S",
    "MOST_LOSSES",
    "RENEW_S",
    "Lease",
    "Leases",
    "Wish",
    "must_hold",
    "must_hold_to_learn",
    "set_place",
    "settle",
]

LEASE_S = 30.0
"""Seconds after its last renewal at which a lease is over."""

RENEW_S = 10.0
"""Seconds between renewals: two may be missed."""

MOST_LOSSES = 10
"""A job that so many runners in succession let go without a word, none of which stored a training of it, has
failed: it may be what kills them."""

RELEASED: tuple[JobState, ...] = ("queued", "paused", *CLOSED)
"""As what a job may be given back."""

Wish: TypeAlias = Literal["run", "pause", "cancel"]

_AFTER: dict[Wish, tuple[JobState, str]] = {
    "run": ("queued", ""),
    "pause": ("paused", "paused as asked"),
    "cancel": ("cancelled", "cancelled as asked"),
}
"""What becomes of a job that no runner has, by what is wished of it."""


@dataclass(frozen=True, slots=True)
class Lease:
    """That `owner` has the job, for `lasts_s` seconds after each renewal."""

    job_id: str
    owner: str
    attempt: int
    lasts_s: float = LEASE_S
    beside: bool = False
    """Other programs train for the job."""


@final
class Leases:
    """What runners do with the queue of one database; each method is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._now = database.kind.now

    def claim(
        self, owner: str, *, lasts_s: float = LEASE_S, kinds: Collection[bool] = (False, True)
    ) -> Lease | None:
        """The job that is next, for `owner` alone, in state `running`; None where nothing waits.

        The highest priority goes first; among equals the token with the fewest jobs running, then the
        one that was served longest ago, then the job that came first. A token that runs as many as it
        may is passed over. No claimer waits for another one's job. `kinds` says whether it is to be one for
        which other programs train, or one for which they do not.
        """
        if not owner:
            raise StoreError("a lease has an owner; name the runner")
        with self._database.write() as session:
            self._free_expired(session)
            found = self._next(session, [int(kind) for kind in kinds])
            if found is None:
                return None
            row, share = found
            lease = Lease(row.job_id, owner, row.attempt + 1, lasts_s, bool(row.beside))
            taken: Any = {"owner": owner, "attempt": lease.attempt, "expires": self._now + lasts_s}
            session.execute(update(LeaseRow).where(LeaseRow.number == row.number).values(taken))
            served = update(ShareRow).where(ShareRow.token == share.token).values(served=self._now)
            session.execute(served)
            change_state(session, lease.job_id, "running", "")
            return lease

    def renew(self, lease: Lease) -> Wish:
        """Holds the job for another while, and says what people wish of it by now.

        Raises `LeaseLost` where another runner has it, or nobody has it any more.
        """
        with self._database.write() as session:
            wish: Any = session.scalar(
                update(LeaseRow)
                .where(_held(lease))
                .values(expires=self._now + lease.lasts_s)
                .returning(LeaseRow.wish)
            )
        if wish is None:
            raise _lost(lease)
        return wish

    def release(self, lease: Lease, state: JobState = "queued", sentence: str = "") -> bool:
        """Gives the job back; False, and nothing happens, where the lease is over already.

        `queued`: what people wish of it happens, be it run by another runner, paused or cancelled.
        `paused`: it waits until somebody resumes it, and `sentence` says why. `done`, `failed`,
        `cancelled`: it is over.
        """
        if state not in RELEASED:
            raise UnknownName("state in which a job is given back", state, RELEASED)
        with self._database.write() as session:
            row = session.scalar(select(LeaseRow).where(_held(lease)).with_for_update(key_share=True))
            if row is None:
                return False
            row.losses = 0
            if state == "queued" or (state == "paused" and row.wish == "cancel"):
                settle(session, row)
            else:
                row.wish = "pause" if state == "paused" else row.wish
                set_place(session, row, state, sentence)
            return True

    def sweep(self) -> int:
        """Frees the jobs whose runners are gone, as each claim does; how many.

        A service calls it where no runner claims, so that its jobs say what is true.
        """
        with self._database.write() as session:
            return self._free_expired(session)

    def _free_expired(self, session: Session) -> int:
        gone = session.scalars(
            select(LeaseRow)
            .where(LeaseRow.open == 1, LeaseRow.expires < self._now)
            .order_by(LeaseRow.number)
            .with_for_update(key_share=True, skip_locked=True)
        ).all()
        for row in gone:
            row.losses += 1
            if row.wish == "run" and row.losses >= MOST_LOSSES:
                said = f"{row.losses} runners in succession went away without a word, `{row.owner}` the last"
                set_place(session, row, "failed", said)
            else:
                settle(session, row, f"its runner `{row.owner}` went away without a word")
        session.flush()
        return len(gone)

    def _next(self, session: Session, kinds: list[int]) -> tuple[LeaseRow, ShareRow] | None:
        """The job that is next and the share of its token, both locked.

        Claims at the same moment choose the same token: all but the first of them find that it was served
        since, give back what they locked, and look again.
        """
        full: list[str] = []
        while True:
            with session.begin_nested() as attempt:
                found = session.execute(_WAITING, {"full": full, "kinds": kinds}).one_or_none()
                if found is None:
                    return None
                row, served = found
                # From here on no other claim counts what this token runs, so that it never has too many.
                share = session.scalars(
                    select(ShareRow)
                    .where(ShareRow.token == row.token)
                    .with_for_update(key_share=True)
                    .execution_options(populate_existing=True)
                ).one()
                running = session.scalars(_running(share.token)).one()
                in_turn = share.served == served
                if in_turn and (share.running is None or running < share.running):
                    return row, share
                if in_turn:
                    full.append(share.token)
                attempt.rollback()


def must_hold(session: Session, lease: Lease) -> None:
    """Raises `LeaseLost` where the lease is over; else nobody takes the job before this transaction ends."""
    held = select(LeaseRow.number).where(_held(lease)).with_for_update(key_share=True)
    if session.scalar(held) is None:
        raise _lost(lease)


def must_hold_to_learn(session: Session, lease: Lease) -> None:
    """As `must_hold`; and since something is learned, the runners that went away before are no succession."""
    must_hold(session, lease)
    session.execute(update(LeaseRow).where(_held(lease), LeaseRow.losses > 0).values(losses=0))


def settle(session: Session, row: LeaseRow, sentence: str = "") -> None:
    """What is wished of a job that no runner has any more happens."""
    wish: Any = row.wish
    state, said = _AFTER[wish]
    set_place(session, row, state, said or sentence)


def set_place(session: Session, row: LeaseRow, state: JobState, sentence: str) -> None:
    """No runner has the job any more, and this is its state."""
    row.owner = row.expires = None
    row.open = 0 if state in CLOSED else 1
    session.flush()  # leases before jobs: all transactions lock in that order
    change_state(session, row.job_id, state, sentence)


def _held(lease: Lease) -> ColumnElement[bool]:
    return and_(
        LeaseRow.job_id == lease.job_id,
        LeaseRow.owner == lease.owner,
        LeaseRow.attempt == lease.attempt,
        LeaseRow.open == 1,
    )


def _lost(lease: Lease) -> LeaseLost:
    return LeaseLost(
        f"runner `{lease.owner}` no longer has job `{lease.job_id}` (attempt {lease.attempt}): its lease ran "
        "out, or the job is over; nothing was changed; claim another"
    )


def _running(token: str) -> Select[int]:
    held = (LeaseRow.open == 1, LeaseRow.token == token, LeaseRow.owner.is_not(None))
    return select(func.count()).select_from(LeaseRow).where(*held)


def _waiting() -> Select[LeaseRow, float]:
    """The first row that waits, but for the tokens `full`, locked unless another claim locked it; and when
    its token was served."""
    running = (
        select(LeaseRow.token, func.count().label("jobs"))
        .where(LeaseRow.open == 1, LeaseRow.owner.is_not(None))
        .group_by(LeaseRow.token)
        .subquery()
    )
    jobs = func.coalesce(running.c.jobs, 0)
    return (
        select(LeaseRow, ShareRow.served)
        .join(ShareRow, ShareRow.token == LeaseRow.token)
        .join(running, running.c.token == LeaseRow.token, isouter=True)
        .where(
            LeaseRow.open == 1,
            LeaseRow.owner.is_(None),
            LeaseRow.wish == "run",
            LeaseRow.beside.in_(bindparam("kinds", expanding=True)),
            LeaseRow.token.not_in(bindparam("full", expanding=True)),
            or_(ShareRow.running.is_(None), jobs < ShareRow.running),
        )
        .order_by(LeaseRow.priority.desc(), jobs, ShareRow.served, LeaseRow.number)
        .limit(1)
        .with_for_update(of=LeaseRow, key_share=True, skip_locked=True)
        .execution_options(populate_existing=True)
    )


_WAITING = _waiting()
