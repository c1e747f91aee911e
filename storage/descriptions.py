"""Descriptions: what a task is, asked by a service that cannot load it, answered by whoever can.

    ask --> open -- take --> held -- finish --> answered
             ^                | `-- renew
             `--- LASTS_S without a renewal: whoever had it is gone, and the next one finds it

Time is that of the database's clock alone. Each taking raises `attempt`; who finishes is first compared
with who has the question by now, in the same transaction.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, final

from sqlalchemy import ColumnElement, and_, delete, func, or_, select, update
from sqlalchemy.orm import Session

from ..primitives.errors import LeaseLost, StoreError
from ..primitives.records import content_hash
from .database import Database
from .tables import DescriptionRow

__all__ = ["FRESH_S", "LASTS_S", "MOST_LOSSES", "Descriptions", "Question"]

LASTS_S = 15.0
"""Seconds after its last renewal at which a question is free again."""

FRESH_S = 60.0
"""Seconds for which an answer is told again without a look at the task."""

MOST_LOSSES = 3
"""A question that so many in succession let go without a word is answered with that."""

_KEPT_S = 7 * 86400.0
"""Seconds after which a question that nobody asks again is forgotten."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """That `owner` is to answer it, for `lasts_s` seconds after each renewal."""

    place: str
    """Its hash."""
    asked: Mapping[str, Any]
    before: Mapping[str, Any] | None
    """The latest answer, which may be out of date."""
    owner: str
    attempt: int
    lasts_s: float


@final
class Descriptions:
    """The questions of one database; each method is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._now = database.kind.now

    def ask(self, asked: Mapping[str, Any], *, module: str, waits_s: float) -> Mapping[str, Any] | None:
        """The answer where it is fresh; else None, and the question is open for so many seconds.

        `module` is the Python module whose code answers it, empty where no user's code does.
        """
        place = content_hash(asked)
        here = DescriptionRow.place == place
        row = {"place": place, "question": dict(asked), "module": module, "open": 1}
        insert = self._database.insert(DescriptionRow).on_conflict_do_nothing(
            index_elements=[DescriptionRow.place]
        )
        stale = or_(DescriptionRow.answered.is_(None), DescriptionRow.answered < self._now - FRESH_S)
        again: Any = {"open": 1, "losses": 0, "owner": None, "expires": None}
        waited: Any = {"until": self._now + waits_s}
        with self._database.write() as session:
            session.execute(delete(DescriptionRow).where(DescriptionRow.until < self._now - _KEPT_S))
            session.execute(insert.values(row | waited | {"attempt": 0, "losses": 0}))
            session.execute(update(DescriptionRow).where(here, DescriptionRow.open == 0, stale).values(again))
            longer = DescriptionRow.until < self._now + waits_s
            session.execute(update(DescriptionRow).where(here, longer).values(waited))
            return _answer(session, here)

    def answer(self, asked: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """None as long as it is open, or where it was never asked."""
        with self._database.read() as session:
            return _answer(session, DescriptionRow.place == content_hash(asked))

    def owner(self, asked: Mapping[str, Any]) -> str | None:
        """Who is at it; None where nobody is, or was when it was last heard of."""
        here = DescriptionRow.place == content_hash(asked)
        alive = DescriptionRow.expires >= self._now
        with self._database.read() as session:
            return session.scalar(select(DescriptionRow.owner).where(here, DescriptionRow.open == 1, alive))

    def take(self, owner: str, modules: Sequence[str] = (), *, lasts_s: float = LASTS_S) -> Question | None:
        """A question that somebody waits for, for `owner` alone; None where there is none.

        It is one whose answer runs no user's code but that of `modules` and what is in them. No taker
        waits for another one's question.
        """
        if not owner:
            raise StoreError("a question has an owner; name the runner")
        with self._database.read() as session:  # nothing is locked where nobody asks
            wanted = (DescriptionRow.open == 1, DescriptionRow.until >= self._now)
            if session.scalar(select(DescriptionRow.number).where(*wanted).limit(1)) is None:
                return None
        with self._database.write() as session:
            self._free_expired(session)
            row = session.scalar(
                select(DescriptionRow)
                .where(*wanted, DescriptionRow.owner.is_(None), _of(modules))
                .order_by(DescriptionRow.losses, DescriptionRow.number)
                .limit(1)
                .with_for_update(skip_locked=True)
            )
            if row is None:
                return None
            taken: Any = {"owner": owner, "attempt": row.attempt + 1, "expires": self._now + lasts_s}
            found = Question(
                place=row.place,
                asked=row.question,
                before=row.answer,
                owner=owner,
                attempt=row.attempt + 1,
                lasts_s=lasts_s,
            )
            session.execute(update(DescriptionRow).where(DescriptionRow.number == row.number).values(taken))
            return found

    def renew(self, question: Question) -> None:
        """Keeps it for another while; for no time at all it counts as lost. Raises `LeaseLost`."""
        self._change(question, {"expires": self._now + question.lasts_s})

    def finish(self, question: Question, answer: Mapping[str, Any], *, keep: bool) -> None:
        """Tells who waits; with `keep` also who asks within `FRESH_S`. Raises `LeaseLost` where another has
        it, or nobody."""
        told: Any = {"open": 0, "answer": dict(answer), "answered": self._now if keep else None}
        self._change(question, told | {"owner": None, "expires": None, "losses": 0})

    def give_back(self, question: Question) -> None:
        """For another, and no loss. Raises `LeaseLost`."""
        self._change(question, {"owner": None, "expires": None})

    def _change(self, question: Question, values: Any) -> None:
        held = and_(
            DescriptionRow.place == question.place,
            DescriptionRow.owner == question.owner,
            DescriptionRow.attempt == question.attempt,
            DescriptionRow.open == 1,
        )
        change = update(DescriptionRow).where(held).values(values).returning(DescriptionRow.number)
        with self._database.write() as session:
            if session.scalar(change) is None:
                raise LeaseLost(
                    f"`{question.owner}` no longer has the question `{question.place}` (attempt "
                    f"{question.attempt}): it was too late with it; nothing was changed"
                )

    def _free_expired(self, session: Session) -> None:
        gone = session.scalars(
            select(DescriptionRow)
            .where(DescriptionRow.open == 1, DescriptionRow.expires < self._now)
            .order_by(DescriptionRow.number)
            .with_for_update(skip_locked=True)
        )
        for row in gone:
            row.losses += 1
            if row.losses >= MOST_LOSSES:
                row.open, row.answered = 0, None
                row.answer = {
                    "error": f"{row.losses} processes in succession that looked at it went away without a "
                    f"word, that of `{row.owner}` the last"
                }
            row.owner = row.expires = None
        session.flush()


def _answer(session: Session, here: ColumnElement[bool]) -> Mapping[str, Any] | None:
    return session.scalar(select(DescriptionRow.answer).where(here, DescriptionRow.open == 0))


def _of(modules: Sequence[str]) -> ColumnElement[bool]:
    """What is answered without a user's code, or by that of these modules."""
    named = DescriptionRow.module
    within = (func.substr(named, 1, len(one) + 1) == f"{one}." for one in modules)
    return or_(named == "", named.in_(modules), *within)
