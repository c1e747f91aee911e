"""Removal: a job and what belongs to it alone goes; what it trained stays, for it answers other jobs."""

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from ..primitives.errors import JobError
from .database import Database
from .jobs import full_id
from .queue import make_share
from .tables import (
    AskedRow,
    CountRow,
    JobRow,
    LateRow,
    LeaseRow,
    MirroredRow,
    OfferRow,
    ProposalRow,
    StandingRow,
)

__all__ = ["remove_job"]


def remove_job(database: Database, id: str, project: str | None = None) -> str:
    """Forgets the job: its request, proposals, board and place in the queue; its full id.

    Of a `project`, that it asked for it: where another one did too, the job stays, and counts for whoever
    asked first of those that are left.

    Raises `UnknownName` for an unknown job, `JobError` for one that a runner has or may take.
    """
    with database.write() as session:
        full = full_id(session, id)
        lease = session.scalar(select(LeaseRow).where(LeaseRow.job_id == full).with_for_update())
        state = session.scalars(select(JobRow.state).where(JobRow.id == full)).one()
        if state in ("queued", "running", "confirming") or (lease is not None and lease.owner is not None):
            raise JobError(f"job `{full}` is {state}; cancel it before it is deleted")
        if project is not None and _leave(database, session, full, project, lease):
            return full
        for table in (AskedRow, LeaseRow, LateRow, OfferRow, MirroredRow, StandingRow, CountRow, ProposalRow):
            session.execute(delete(table).where(table.job_id == full))
        session.execute(delete(JobRow).where(JobRow.id == full))
        return full


def _leave(database: Database, session: Session, id: str, project: str, lease: LeaseRow | None) -> bool:
    """Takes the job out of a project; whether it is in another one."""
    session.execute(delete(AskedRow).where(AskedRow.job_id == id, AskedRow.project == project))
    left = session.scalars(select(AskedRow.token).where(AskedRow.job_id == id).order_by(AskedRow.number))
    tokens = left.all()
    if tokens and lease is not None and lease.token not in tokens:
        make_share(database, session, tokens[0])
        lease.token = tokens[0]
    return bool(tokens)
