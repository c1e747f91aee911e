"""Trials that were never trained, stored as searches store theirs: databases that hold many of them."""

from sqlalchemy import text

from actsearch.primitives import Evaluation, Lane, Outcome, Proposal, Protocol, TaskInfo, point
from actsearch.storage import Store

__all__ = ["BATCH", "JOB", "TASK", "add", "grow", "key_of"]

JOB = "5f2a9c01d3e4"
"""Whose trials they are."""

BATCH = 16
"""Proposals of one batch, as by default."""

AT_ONCE = 1000
EPOCHS = 20

_SEARCH = Protocol(epochs=EPOCHS, batch=64)

TASK = TaskInfo(
    hash="0123456789abcdef",
    name="made-up",
    title="Made up",
    description="Nothing is trained.",
    score="accuracy",
    unit="%",
    chance=10.0,
    baselines=(),
    default=point(lr=0.01),
    grid=(point(lr=0.01),),
    search=_SEARCH,
    confirm=Protocol(phase="confirm", epochs=EPOCHS, batch=64),
)


def key_of(number: int) -> str:
    return f"{number:016x}"


def add(store: Store, batch: int, size: int = BATCH) -> None:
    """One batch, as a search stores it: proposed together, trained one by one, finished together."""
    numbers = range(batch * BATCH, batch * BATCH + size)
    store.proposals.add(JOB, map(_proposal, numbers))
    for number in numbers:
        store.evaluations.add([_evaluation(number)])
    store.proposals.finish(JOB, [_proposal(number, finished=True) for number in numbers])


def grow(store: Store, most: int) -> None:
    """The job with so many trials; the database is empty before."""
    store.queue.submit(JOB, TASK, {"task": TASK.name, "trials": most})
    for start in range(0, most, AT_ONCE):
        some = range(start, min(start + AT_ONCE, most))
        store.evaluations.add(map(_evaluation, some))
        store.proposals.add(JOB, [_proposal(number, finished=True) for number in some])
    with store.database.write() as session:  # as PostgreSQL does by itself after some minutes
        session.execute(text("ANALYZE"))


def _score(number: int) -> float:
    """Of all places on a board, in no order."""
    return number * 7919 % 100_003 / 1000


def _evaluation(number: int) -> Evaluation:
    curve = tuple(1 / (1 + epoch) for epoch in range(EPOCHS))
    return Evaluation(
        lane=Lane(key_of(number), _text(number), TASK.name, TASK.hash, _SEARCH, TASK.default, seed=0),
        outcome=Outcome.OK,
        sentence="",
        score=_score(number),
        metrics={"val_loss": curve[-1], "val_accuracy": _score(number)},
        curves={"train_loss": curve, "val_loss": curve},
    )


def _proposal(number: int, *, finished: bool = False) -> Proposal:
    return Proposal(
        batch=number // BATCH,
        index=number % BATCH,
        key=key_of(number),
        text=_text(number),
        choices={"0": "binary", "0.0": "sin(x)", "0.1": "c*x", "0.1.0": str(number)},
        outcome=Outcome.OK if finished else None,
        score=_score(number) if finished else None,
    )


def _text(number: int) -> str:
    return f"sin(x) + {number}*x"
