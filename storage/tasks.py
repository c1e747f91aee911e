"""Tasks by the hash of their content: a changed task is another one of the same name."""

from datetime import UTC, datetime
from typing import final

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..primitives.records import TaskInfo
from .database import Database
from .projects import EVERYBODY, Whose, only_tasks
from .tables import TaskRow

__all__ = ["Tasks", "put_task"]


@final
class Tasks:
    """The tasks of one database; each method is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, info: TaskInfo) -> None:
        """Store what is known of a task; the newest words on the same content stay."""
        with self._database.write() as session:
            put_task(self._database, session, info)

    def get(self, task_hash: str) -> TaskInfo | None:
        with self._database.read() as session:
            return session.scalar(select(TaskRow.info).where(TaskRow.hash == task_hash))

    def of(self, name: str | None = None, whose: Whose = EVERYBODY) -> list[TaskInfo]:
        """All tasks, or all versions of the one of that name; oldest first. Of some jobs, those that they
        are for."""
        statement = select(TaskRow.info).order_by(TaskRow.number).where(*only_tasks(TaskRow.hash, whose))
        if name is not None:
            statement = statement.where(TaskRow.name == name)
        with self._database.read() as session:
            return list(session.scalars(statement))


def put_task(database: Database, session: Session, info: TaskInfo) -> None:
    row = {"hash": info.hash, "name": info.name, "info": info, "created": datetime.now(UTC)}
    statement = database.insert(TaskRow).on_conflict_do_update(
        index_elements=[TaskRow.hash], set_={"name": info.name, "info": info}
    )
    session.execute(statement, [row])
