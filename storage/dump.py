"""All that was learned as JSON lines; canonical ones are equal where what was learned is equal."""

from collections.abc import Iterable, Iterator
from hashlib import sha256

from sqlalchemy import select
from sqlalchemy.orm import Session

from . import plain
from .store import Store
from .tables import Base, EvaluationRow, JobRow, ProposalRow, StandingRow, TaskRow

__all__ = ["LEFT_OUT", "digest", "dump"]

KINDS: dict[str, type[Base]] = {
    "task": TaskRow,
    "evaluation": EvaluationRow,
    "job": JobRow,
    "proposal": ProposalRow,
    "standing": StandingRow,
}
"""One JSON line for each row of these, in this order; what mirrors hold of them is not among it."""

LEFT_OUT: dict[str, frozenset[str]] = {
    "task": frozenset({"number", "created"}),
    "evaluation": frozenset(
        {"number", "created", "task", "sentence", "wall_s", "step_s", "device", "code_version"}
    ),
    "job": frozenset({"number", "created", "updated", "spec", "sentence", "ran_s"}),
    "proposal": frozenset({"sentence"}),
    "standing": frozenset({"position", "step_ratio"}),
}
"""What canonical lines leave out: numbers of rows, times, devices, versions, words for people, the
name by which a task was loaded (its hash stays), and of a job all but its id, which is the hash of
everything in it that changes results."""

ROWS_AT_ONCE = 500


def dump(store: Store, *, canonical: bool) -> Iterator[str]:
    """One JSON line a row, of one moment, by kind and then by content.

    Each line has `kind` and the columns of its table; canonical lines lack those of `LEFT_OUT`.
    """
    with store.database.read() as session:
        for kind, table in KINDS.items():
            lines = _lines(session, kind, table, LEFT_OUT[kind] if canonical else frozenset())
            yield from lines if table is EvaluationRow else sorted(lines)


def digest(lines: Iterable[str]) -> str:
    """SHA-256 in hex over the lines, each ended by a newline."""
    whole = sha256()
    for line in lines:
        whole.update(line.encode() + b"\n")
    return whole.hexdigest()


def _lines(session: Session, kind: str, table: type[Base], left_out: frozenset[str]) -> Iterator[str]:
    """Evaluations are many and large: they come by address, a few at a time."""
    names = [column.key for column in table.__table__.columns if column.key not in left_out]
    statement = select(*(getattr(table, name) for name in names))
    if table is EvaluationRow:
        statement = statement.order_by(EvaluationRow.address)
    for row in session.execute(statement.execution_options(yield_per=ROWS_AT_ONCE)):
        yield plain.compact({"kind": kind} | dict(zip(names, row, strict=True)))
