"""Claims: what studies that were trained elsewhere say of functions.

They are kept apart from evaluations. Nobody here saw these trainings, so that they stand on no board, answer
no request, and no sampler hears of them; they say which functions may be worth a training.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, final

from sqlalchemy import func, select

from ..primitives.errors import JobError
from ..primitives.records import Outcome
from . import plain
from .database import Database
from .tables import ImportedRow

__all__ = ["Claim", "Claims"]

_FIELDS = (
    *("study", "number", "source", "key", "text", "choices", "outcome", "sentence", "value"),
    *("job_id", "place"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What one trial of a study says of a function."""

    study: str
    number: int
    """Of the trial."""
    source: str
    """Where the study was: a file, or a URL without its password."""
    key: str
    text: str
    """Canonical."""
    choices: Mapping[str, str]
    """The answer at each path of its derivation, where it is known."""
    outcome: Outcome
    sentence: str
    value: float | None
    maximise: bool
    """Whether a larger value is better."""
    job_id: str = ""
    """Of the job that was written as this study; empty where another program made it."""
    place: str = ""
    """Batch and index in that job, `3.7`."""

    def as_dict(self) -> dict[str, Any]:
        """Ready for JSON; a number that JSON lacks is the text `inf` or `-inf`."""
        return plain.plain(self)


@final
class Claims:
    """The claims of one database; each method is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, claims: Iterable[Claim]) -> int:
        """Stores those of one study, all or nothing; what is there already stays. How many were not there.

        Raises `JobError` where another trial stands at the place of one of them: that is another study.
        """
        given = {claim.number: claim for claim in claims}
        if not given:
            return 0
        study = next(iter(given.values())).study
        now = datetime.now(UTC)
        with self._database.write() as session:
            self._database.take_turn(session, "imported")
            rows = session.scalars(select(ImportedRow).where(ImportedRow.study == study))
            there = {row.number: _claim(row) for row in rows}
            for number, claim in given.items():
                old = there.get(number)
                if old is not None and _said(old) != _said(claim):
                    raise JobError(
                        f"database `{self._database.name}` holds another study `{study}`, of whose trial "
                        f"{number} it says something else; nothing was changed; give another `--as`"
                    )
            new = [
                {name: getattr(claim, name) for name in _FIELDS}
                | {"choices": dict(claim.choices), "maximise": int(claim.maximise), "created": now}
                for number, claim in given.items()
                if number not in there
            ]
            if new:
                session.execute(self._database.insert(ImportedRow), new)
        return len(new)

    def studies(self) -> dict[str, int]:
        """How many trials of each study are here, by its name."""
        statement = select(ImportedRow.study, func.count()).group_by(ImportedRow.study)
        with self._database.read() as session:
            return dict(session.execute(statement.order_by(ImportedRow.study)).all())

    def of(self, study: str) -> list[Claim]:
        """By the numbers of trials; none of a study that is not here."""
        statement = select(ImportedRow).where(ImportedRow.study == study).order_by(ImportedRow.number)
        with self._database.read() as session:
            return [_claim(row) for row in session.scalars(statement)]


def _claim(row: ImportedRow) -> Claim:
    return Claim(**{name: getattr(row, name) for name in _FIELDS}, maximise=bool(row.maximise))


def _said(claim: Claim) -> tuple[Any, ...]:
    """What does not change where the study's file is moved."""
    return (claim.key, claim.outcome, claim.value, claim.maximise, claim.job_id, claim.place)
