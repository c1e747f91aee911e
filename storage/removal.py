"""Removal: a job and what belongs to it alone goes; what it trained stays, for it answers other jobs."""

from sqlalchemy import delete, select

from ..primitives.errors import JobError
from .database import Database
from .jobs import full_id
from .tables import JobRow, LateRow, LeaseRow, MirroredRow, ProposalRow, StandingRow

__all__ = ["remove_job"]


def remove_job(database: Database, id: str) -> str:
    """Forgets the job: its request, proposals, board and place in the queue; its full id.

    Raises `UnknownName` for an unknown job, `JobError` for one that a runner has or may take.
    """
    with database.write() as session:
        full = full_id(session, id)
        lease = session.scalar(select(LeaseRow).where(LeaseRow.job_id == full).with_for_update())
        state = session.scalars(select(JobRow.state).where(JobRow.id == full)).one()
        if state in ("queued", "running", "confirming") or (lease is not None and lease.owner is not None):
            raise JobError(f"job `{full}` is {state}; cancel it before it is deleted")
        for table in (LeaseRow, LateRow, MirroredRow, StandingRow, ProposalRow):
            session.execute(delete(table).where(table.job_id == full))
        session.execute(delete(JobRow).where(JobRow.id == full))
        return full
