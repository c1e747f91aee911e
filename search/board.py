"""`Board`: what a job found, read from the store; its headline says no more than its verdicts do."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from ..primitives import Outcome, Proposal, Standing, TaskInfo
from ..storage import JobState, Store
from .job import Job

__all__ = ["Board", "headline", "read_board"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """One job and what came of it so far."""

    job_id: str
    job: Job
    info: TaskInfo
    state: JobState
    sentence: str
    """Why the state is what it is; empty where the state says it all."""
    headline: str
    standings: tuple[Standing, ...]
    """Confirmed on fresh seeds and the test split, best mean first; empty until then."""
    candidates: tuple[Proposal, ...]
    """Candidates that trained, best search score first: not yet results, a best of many is lucky."""
    proposed: int
    """Different functions proposed."""
    trained: int
    """Of these, how many were trained to the end or until they failed."""
    rejected: int
    """Of these, how many the screen refused."""

    @property
    def leaders(self) -> tuple[Standing, ...]:
        return tuple(row for row in self.standings if row.role == "leader")

    def as_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON but for infinite or undefined numbers."""
        return {**asdict(self, dict_factory=_plain), "job": self.job.model_dump(mode="json")}


def read_board(store: Store, job_id: str) -> Board:
    """The board of a job by its id or the unique beginning of one. Raises `UnknownName`."""
    record = store.jobs.get(job_id)
    proposals = store.proposals.of(record.id)
    standings = store.standings.of(record.id)
    trained = [one for one in proposals if one.outcome is Outcome.OK and one.score is not None]
    attempted = sum(one.outcome not in (None, Outcome.REJECTED) for one in proposals)
    return Board(
        job_id=record.id,
        job=Job.from_mapping(record.spec),
        info=record.task,
        state=record.state,
        sentence=record.sentence,
        headline=headline(standings, record.task.unit) or _unconfirmed(trained, attempted),
        standings=tuple(standings),
        candidates=tuple(sorted(trained, key=_best_first)),
        proposed=len(proposals),
        trained=attempted,
        rejected=sum(one.outcome is Outcome.REJECTED for one in proposals),
    )


def headline(standings: Sequence[Standing], unit: str = "") -> str:
    """What may be claimed of the leaders against each baseline; empty where nothing is confirmed.

    A beaten baseline is credited to the best leader that is better than it. Of the others it is said
    whether all leaders are worse, none is distinguishable, or, where they differ, that none is better.
    """
    leaders = [row for row in standings if row.role == "leader"]
    if not leaders:
        return "no leader was confirmed" if standings else ""
    beaten: dict[str, list[str]] = {}
    others: dict[str, list[str]] = {said: [] for said in _SAID.values()}
    for baseline in (row.name for row in standings if row.role == "baseline"):
        words = {row.name: _word(row, baseline) for row in leaders}
        winner = next((name for name, word in words.items() if word == "better"), None)
        if winner is not None:
            beaten.setdefault(winner, []).append(baseline)
        else:
            others[_SAID[frozenset(words.values())]].append(baseline)
    means = {row.name: f"{row.mean:.4g}{' ' + unit if unit else ''}" for row in leaders}
    parts = [f"`{name}` ({means[name]}) is better than {_listed(names)}" for name, names in beaten.items()]
    parts += [f"{said} {_listed(names)}" for said, names in others.items() if names]
    return "; ".join(parts)


_SAID = {
    frozenset({"worse", "not distinguishable"}): "no leader is better than",
    frozenset({"not distinguishable"}): "no leader is distinguishable from",
    frozenset({"worse"}): "every leader is worse than",
}


def _unconfirmed(trained: Sequence[Proposal], attempted: int) -> str:
    if not attempted:
        return "no candidate has been trained"
    if not trained:
        return f"none of {attempted} candidates came through its training"
    best = min(trained, key=_best_first)
    return (
        f"nothing is confirmed yet; of {len(trained)} candidates `{best.text}` had the best search score, "
        f"{best.score:.4g}"
    )


def _word(leader: Standing, baseline: str) -> str:
    return next(verdict.word for verdict in leader.verdicts if verdict.against == baseline)


def _best_first(one: Proposal) -> tuple[float, int, int]:
    return (-(one.score or 0.0), one.batch, one.index)


def _listed(names: Sequence[str]) -> str:
    *others, last = names
    return f"{', '.join(others)} and {last}" if others else last


def _plain(items: list[tuple[str, Any]]) -> dict[str, Any]:
    return {name: str(value) if isinstance(value, Outcome) else value for name, value in items}
