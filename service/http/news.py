"""News of a job, made from what the database holds: what a listener has not heard, in one fixed order.

    0.3.1767346330927411    behind the second candidate (index + 1) of batch 0, and that change of state

Such an id says all that was heard, so that who comes back with it hears the rest, from whichever
process. Candidates come in the order in which they were proposed: one that is not known yet holds back
those after it.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from ...search.board import headline
from ...storage import Store
from ...storage.pages import JobLine, Pages
from .models import Event
from .views import candidate_view, progress_view

__all__ = ["OVER", "Heard", "News", "news", "said_of"]

OVER = ("done", "failed", "cancelled")
"""States after which nothing is to be heard until somebody resumes the job."""

_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Heard:
    """What a listener knows: all candidates up to a place, and a change of state by its microsecond."""

    batch: int = 0
    index: int = -1
    changed: int = 0

    @property
    def id(self) -> str:
        return f"{self.batch}.{self.index + 1}.{self.changed}"

    @classmethod
    def of(cls, id: str) -> "Heard":
        batch, index, changed = map(int, id.split("."))
        return cls(batch, index - 1, changed)


@dataclass(frozen=True, slots=True)
class News:
    """What a listener had not heard, what it has heard then, and whether the job is over."""

    events: tuple[Event, ...]
    heard: Heard
    over: bool


def news(store: Store, pages: Pages, job_id: str, heard: Heard) -> News:
    """At most 500 candidates; a change of state comes behind all that are known.

    The state is looked at first: what a job proposed before it was over is then there. A job that was
    deleted is over.
    """
    lines = pages.jobs(limit=1, id=job_id)
    if not lines:
        return News((), heard, True)
    events: list[Event] = []
    for one in pages.proposals(job_id, after=(heard.batch, heard.index), limit=_AT_ONCE):
        if one.outcome is None:
            break
        heard = replace(heard, batch=one.batch, index=one.index)
        events.append(Event(id=heard.id, kind="candidate", data=candidate_view(one).model_dump(mode="json")))
    changed = _microseconds(lines[0].record.updated)
    if len(events) < _AT_ONCE and changed != heard.changed:
        heard = replace(heard, changed=changed)
        events.append(Event(id=heard.id, kind="state", data=_state(store, lines[0])))
    return News(tuple(events), heard, lines[0].record.state in OVER)


def said_of(store: Store, line: JobLine) -> str:
    """What may be claimed of a job."""
    standings = store.standings.of(line.record.id)
    if standings:
        return headline(standings, line.record.task.unit)
    counts = line.counts
    if not counts.done:
        return "no candidate has been trained"
    if counts.best is None:
        return f"none of {counts.done} candidates came through its training"
    return (
        f"nothing is confirmed yet; of {counts.done} candidates the best search score was {counts.best:.4g}"
    )


def _state(store: Store, line: JobLine) -> dict[str, Any]:
    record = line.record
    return {
        "state": record.state,
        "sentence": record.sentence,
        "headline": said_of(store, line) if record.state in OVER else "",
        "progress": progress_view(line).model_dump(mode="json"),
    }


def _microseconds(moment: datetime) -> int:
    return int(moment.timestamp()) * 1_000_000 + moment.microsecond
