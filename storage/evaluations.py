"""Evaluations, found by the address of their lanes, so that nothing is trained twice."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from itertools import islice
from typing import Any, final

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from ..primitives.errors import LeaseLost
from ..primitives.records import Address, Evaluation, Lane, Outcome
from . import plain
from .database import Database
from .ranks import rank, ranking
from .tables import EvaluationRow

__all__ = ["ANSWERS", "Evaluations", "address_text", "evaluation_of"]

ANSWERS = tuple(outcome for outcome in Outcome if outcome.answers)

SOUGHT_AT_ONCE = 500
"""Addresses a statement; SQLite takes 32,766 values in one."""

LANE = ("key", "text", "task", "task_hash", "protocol", "point", "seed")
RESULT = (
    *("outcome", "sentence", "score", "metrics", "curves", "diagnostics"),
    *("wall_s", "step_s", "device", "code_version"),
)
REPLACED = ("text", "task", *RESULT, "created")
"""What a later evaluation of the same address may bring anew."""


def address_text(address: Address) -> str:
    """32 hex digits of SHA-256 over the address; equal addresses have equal texts."""
    point = plain.plain_point(address.point)
    parts = [address.key, address.task_hash, address.protocol_hash, point, int(address.seed)]
    return sha256(plain.compact(parts).encode()).hexdigest()[:32]


def evaluation_of(row: EvaluationRow) -> Evaluation:
    lane = Lane(**{name: getattr(row, name) for name in LANE})
    result = {name: getattr(row, name) for name in RESULT}
    return Evaluation(lane=lane, **result)


@final
class Evaluations:
    """The evaluations of one database; each method is one transaction."""

    def __init__(
        self, database: Database, late: Callable[[Sequence[Evaluation]], None] | None = None
    ) -> None:
        """`late` keeps what comes after a lease was lost."""
        self._database, self._late = database, late
        insert = database.insert(EvaluationRow)
        self._insert = insert.on_conflict_do_update(
            index_elements=[EvaluationRow.address],
            set_={name: insert.excluded[name] for name in REPLACED},
            where=and_(*(EvaluationRow.outcome != answer for answer in ANSWERS)),
        )
        self._ranking = ranking(database)

    def find(self, addresses: Iterable[Address]) -> dict[Address, Evaluation]:
        """What is stored at these addresses, whatever its outcome, in the order asked for."""
        sought = {address_text(address): address for address in addresses}
        found: dict[str, Evaluation] = {}
        with self._database.read() as session:
            for some in _chunks(sought):
                rows = session.scalars(select(EvaluationRow).where(EvaluationRow.address.in_(some)))
                found.update((row.address, evaluation_of(row)) for row in rows)
        return {address: found[text] for text, address in sought.items() if text in found}

    def add(self, evaluations: Iterable[Evaluation]) -> None:
        """Store all in one transaction. What answers is never replaced, what does not answer is.

        Raises `StoreError` for a score that is not a number; then nothing of this call is stored. Raises
        `LeaseLost` where it is to be stored under a lease that is over; then it is kept as evidence.
        """
        given = list(evaluations)
        if not given:
            return
        try:
            with self._database.write() as session:
                self.put(session, given)
        except LeaseLost:
            if self._late is not None:
                self._late(given)
            raise

    def put(self, session: Session, evaluations: Iterable[Evaluation]) -> None:
        """`add` in a write transaction."""
        rows: dict[str, dict[str, Any]] = {}
        for evaluation in evaluations:
            row = self._row(evaluation)
            before = rows.get(row["address"])
            if before is None or not before["outcome"].answers:
                rows[row["address"]] = row
        self._database.take_turn(session, "evaluations")
        session.execute(self._insert, list(rows.values()))
        rank(session, self._ranking, _searched(rows.values()))

    def of(
        self, *, key: str | None = None, task_hash: str | None = None, phase: str | None = None
    ) -> list[Evaluation]:
        """All evaluations of a function, a task, a phase, or of everything; oldest first."""
        asked = {"key": key, "task_hash": task_hash, "phase": phase}
        statement = select(EvaluationRow).order_by(EvaluationRow.number)
        statement = statement.filter_by(**{name: value for name, value in asked.items() if value is not None})
        with self._database.read() as session:
            return [evaluation_of(row) for row in session.scalars(statement)]

    def _row(self, evaluation: Evaluation) -> dict[str, Any]:
        lane, address = evaluation.lane, evaluation.lane.address
        return {
            **{name: getattr(lane, name) for name in LANE},
            **{name: getattr(evaluation, name) for name in RESULT},
            "address": address_text(address),
            "protocol_hash": address.protocol_hash,
            "phase": lane.protocol.phase,
            "score": self._database.scored(evaluation.score, lane.text),
            "created": datetime.now(UTC),
        }


def _searched(rows: Iterable[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    """Task hash and key of each function whose rank may be another one now."""
    for row in rows:
        if row["phase"] == "search" and row["outcome"] in (Outcome.OK, Outcome.DIVERGED):
            yield row["task_hash"], row["key"]


def _chunks(texts: Iterable[str]) -> Iterator[list[str]]:
    rest = iter(texts)
    while some := list(islice(rest, SOUGHT_AT_ONCE)):
        yield some
