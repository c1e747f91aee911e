"""Projects: who asked for a job, in which project, and when; and whose jobs a question is about.

A job's id is its content, so that several people may ask for one job. Each is kept, once a project; who
asked first owns it.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeAlias

from sqlalchemy import ColumnElement, Select, func, select, union_all
from sqlalchemy.orm import Session

from ..primitives.errors import ActsearchError
from .database import Database
from .tables import AskedRow, JobRow, ProposalRow, StandingRow

__all__ = [
    "DEFAULT_PROJECT",
    "EVERYBODY",
    "PROJECT",
    "Asked",
    "Asker",
    "Whose",
    "first_asked",
    "must_be_project",
    "only_jobs",
    "only_tasks",
    "put_asked",
]

DEFAULT_PROJECT = "default"

PROJECT = "[A-Za-z0-9][A-Za-z0-9._-]{0,63}"
"""What a project may be called."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """Who asks for a job. Raises `ActsearchError` for a project that cannot be called so."""

    project: str = DEFAULT_PROJECT
    token: str = ""
    """As shares are counted; empty where none is needed."""
    owner: str = ""
    """What the asker is called."""

    def __post_init__(self) -> None:
        must_be_project(self.project)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Who was the first to ask for a job in a project."""

    project: str
    owner: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Whose:
    """Whose jobs are meant: those of a project, those that one of that name asked for, or both."""

    project: str | None = None
    owner: str | None = None


EVERYBODY = Whose()

_Texts: TypeAlias = Any
"""A column of texts, of a table or of a statement."""


def must_be_project(name: str) -> None:
    """Raises `ActsearchError` for a name that no project may have."""
    if not re.fullmatch(PROJECT, name):
        raise ActsearchError(
            f"`{name[:100]}` is no name of a project; 1 to 64 letters, digits, dots, dashes and underscores "
            "would do, the first a letter or digit, such as `vision`"
        )


def put_asked(database: Database, session: Session, job_id: str, asker: Asker) -> None:
    """That `asker` asks for a stored job, in the transaction that stores it; once, however often."""
    row = {"project": asker.project, "token": asker.token, "owner": asker.owner}
    insert = database.insert(AskedRow).on_conflict_do_nothing(
        index_elements=[AskedRow.job_id, AskedRow.project, AskedRow.token]
    )
    session.execute(insert, [{"job_id": job_id, "created": datetime.now(UTC)} | row])


def first_asked(session: Session, ids: Sequence[str]) -> dict[str, tuple[Asked, ...]]:
    """By job, in the order in which projects came to it; one statement."""
    first = (
        select(func.min(AskedRow.number))
        .where(AskedRow.job_id.in_(ids))
        .group_by(AskedRow.job_id, AskedRow.project)
    )
    found: dict[str, tuple[Asked, ...]] = {}
    rows = session.scalars(select(AskedRow).where(AskedRow.number.in_(first)).order_by(AskedRow.number))
    for row in rows:
        found[row.job_id] = (*found.get(row.job_id, ()), Asked(project=row.project, owner=row.owner))
    return found


def only_jobs(job_id: _Texts, whose: Whose) -> list[ColumnElement[bool]]:
    """The condition that a job is among those that are meant; none where all are."""
    return [] if whose == EVERYBODY else [job_id.in_(_jobs(whose))]


def only_tasks(task_hash: _Texts, whose: Whose, key: str | None = None) -> list[ColumnElement[bool]]:
    """The condition that a job that is meant is of that version of a task, and proposed or confirmed the
    function `key`, where one is named."""
    if whose == EVERYBODY:
        return []
    if key is None:
        return [task_hash.in_(select(JobRow.task_hash).where(JobRow.id.in_(_jobs(whose))))]
    of_key = (
        select(JobRow.task_hash)
        .join(table, table.job_id == JobRow.id)
        .where(table.key == key, *only_jobs(JobRow.id, whose))
        for table in (ProposalRow, StandingRow)
    )
    return [task_hash.in_(union_all(*of_key))]


def _jobs(whose: Whose) -> Select[str]:
    asked = {AskedRow.project: whose.project, AskedRow.owner: whose.owner}
    return select(AskedRow.job_id).where(*(one == name for one, name in asked.items() if name is not None))
