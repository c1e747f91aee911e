"""Choices: how lanes of a task train best, as it was measured first."""

from datetime import UTC, datetime
from typing import final

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..primitives.records import Choice
from .database import Database
from .tables import ChoiceRow

__all__ = ["Choices"]


@final
class Choices:
    """The choices of one database; each method is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def find(self, key: str) -> Choice | None:
        """None where nothing was measured."""
        with self._database.read() as session:
            return _found(session, key)

    def keep(self, key: str, choice: Choice) -> Choice:
        """What counts from now on: this one, or the one that was there before."""
        row = {
            "key": key,
            "stacked": int(choice.stacked),
            "fused": int(choice.fused),
            "sentence": choice.sentence,
            "created": datetime.now(UTC),
        }
        insert = self._database.insert(ChoiceRow).on_conflict_do_nothing(index_elements=[ChoiceRow.key])
        with self._database.write() as session:
            session.execute(insert, [row])
            return _found(session, key) or choice


def _found(session: Session, key: str) -> Choice | None:
    row = session.scalar(select(ChoiceRow).where(ChoiceRow.key == key))
    return None if row is None else Choice(bool(row.stacked), bool(row.fused), row.sentence)
