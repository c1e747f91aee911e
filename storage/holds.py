"""Holds: a program takes lanes for a while, and what it tells counts as long as no other has them.

    free -- take --> held -- tell --> known
     ^                | `-- report, which renews it, and says whether to go on
     `----------------+-- give_back, or `lasts_s` without a report: its program is gone

Time is that of the database's clock alone. Each take raises `attempt`; who tells something must still have
the lane, by owner and attempt, in the same transaction. A lane whose program went away is from then on given
alone, to a program that has nothing else; one with which `MOST_LOSSES` in succession went away is BROKEN.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, final

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from ..primitives.errors import JobError, LeaseLost
from ..primitives.records import Evaluation, Lane, Outcome
from . import plain
from .database import Database
from .evaluations import Evaluations
from .jobs import CLOSED
from .late import Late
from .leases import Lease
from .tables import JobRow, LeaseRow, OfferRow

__all__ = ["MEASURED", "MOST_LOSSES", "Answer", "Hold", "Holds", "Offered", "Report", "Result"]

MOST_LOSSES = 3
"""A lane with which so many programs in succession went away is to blame: all but the first had it alone."""

MOST_REPORTS = 10_000
"""So many scores of one lane are kept; later reports renew and no more."""

MEASURED = ("time", "choose")
"""Phases whose lanes are measured side by side while their program does nothing else; they are not stored."""

RUNNING = ("running", "confirming")


@dataclass(frozen=True, slots=True)
class Hold:
    """That `owner` has one lane of a job, for `lasts_s` seconds after each report."""

    job_id: str
    address: str
    owner: str
    attempt: int
    lasts_s: float


@dataclass(frozen=True, slots=True)
class Offered:
    """A lane that was taken. Those of one `company` belong together and are told together."""

    hold: Hold
    lane: Lane
    company: str


@dataclass(frozen=True, slots=True)
class Answer:
    """Whether to go on with a lane, and where not, why."""

    word: Literal["continue", "stop"]
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What came of a lane, as of `Evaluation`."""

    outcome: Outcome
    sentence: str = ""
    score: float | None = None
    metrics: Mapping[str, float] = field(default_factory=dict[str, float])
    curves: Mapping[str, tuple[float, ...]] = field(default_factory=dict[str, tuple[float, ...]])
    """Where there are none, the scores that were reported, as `score`."""
    diagnostics: Mapping[str, float] = field(default_factory=dict[str, float])
    wall_s: float = math.nan
    """Where it is NaN, the seconds since the lane was taken."""
    step_s: float = math.nan
    device: str = ""
    code_version: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """That a lane is still being trained, and how well it did after an epoch."""

    hold: Hold
    epoch: int | None = None
    score: float | None = None


@final
class Holds:
    """What programs of people's own do with the offers of one database; each method is one transaction."""

    def __init__(self, database: Database, evaluations: Evaluations, late: Late) -> None:
        self._database, self._evaluations, self._late = database, evaluations, late
        self._now = database.kind.now

    def take(
        self,
        owner: str,
        *,
        lanes: int = 1,
        lasts_s: float,
        job_id: str | None = None,
        task_hash: str | None = None,
        token: str | None = None,
        measures: bool = False,
    ) -> list[Offered]:
        """Up to so many lanes for `owner` alone, of jobs that run: of one job, of one task, of one token's
        jobs. None where nothing waits, or where he has one that he is to have alone.

        The jobs of the highest priority go first, then those that came first. Only who `measures` gets lanes
        that are to be measured, all of a company at once. No taker waits for another one's lanes.
        """
        asked = [
            *([] if job_id is None else [OfferRow.job_id == job_id]),
            *([] if task_hash is None else [JobRow.task_hash == task_hash]),
            *([] if token is None else [LeaseRow.token == token]),
            *([] if measures else [OfferRow.phase.not_in(MEASURED)]),
        ]
        with self._database.write() as session:
            self._free_expired(session)
            mine = select(OfferRow).where(OfferRow.owner == owner, OfferRow.outcome.is_(None))
            held = session.scalars(mine).all()
            if any(map(_alone, held)):
                return []
            if held:
                asked += [OfferRow.losses == 0, OfferRow.phase.not_in(MEASURED)]
            rows = list(session.scalars(_FREE.where(*asked).limit(lanes)))
            if rows and _alone(rows[0]):
                rows = _company(session, rows[0])
            rows = [row for row in rows if row.company == rows[0].company or not _alone(row)]
            now = session.scalars(select(self._now)).one()
            for row in rows:
                row.owner, row.attempt, row.reports = owner, row.attempt + 1, {}
                row.taken, row.expires = now, now + lasts_s
            return [_offered(row, Hold(row.job_id, row.address, owner, row.attempt, lasts_s)) for row in rows]

    def report(self, reports: Sequence[Report]) -> list[Answer]:
        """Holds each lane for another while, and keeps the score of an epoch where both are told. `stop`
        where another program has the lane by now, or where its job is to stop."""
        with self._database.write() as session:
            found = _rows(session, [one.hold for one in reports])
            wishes = _wishes(session, {one.hold.job_id for one in reports})
            now = session.scalars(select(self._now)).one()
            answers: list[Answer] = []
            for one in reports:
                row = found[one.hold]
                if row is None or row.outcome is not None:
                    answers.append(Answer("stop", str(_lost(one.hold))))
                    continue
                row.expires = now + one.hold.lasts_s
                if one.epoch is not None and one.score is not None and len(row.reports) < MOST_REPORTS:
                    row.reports = {**row.reports, str(one.epoch): one.score}
                why = wishes[one.hold.job_id]
                answers.append(Answer("stop", why) if why else Answer("continue"))
            return answers

    def tell(self, ended: Mapping[Hold, Result]) -> None:
        """What came of lanes, all of it or nothing; it is stored at once. Telling it again changes nothing.

        Raises `LeaseLost` where one of them is no longer its teller's: all is then kept as evidence;
        `JobError` where what is OK has no score.
        """
        try:
            with self._database.write() as session:
                found = _rows(session, ended)
                for hold, row in found.items():
                    if row is None:
                        raise _lost(hold)
                now = session.scalars(select(self._now)).one()
                for hold, row in found.items():
                    if row is not None and row.outcome is None:
                        _must_have_a_score(row, ended[hold])
                        self._end(session, row, _evaluation(row, ended[hold], now))
        except LeaseLost:
            self._keep(ended)
            raise

    def give_back(self, holds: Iterable[Hold]) -> None:
        """Others may take these lanes, and nothing is held against them."""
        with self._database.write() as session:
            found = _rows(session, holds).values()
            _free([row for row in found if row is not None and row.outcome is None])

    def sweep(self) -> int:
        """Frees the lanes whose programs are gone, as each `take` does; how many."""
        with self._database.write() as session:
            return self._free_expired(session)

    def _free_expired(self, session: Session) -> int:
        gone = session.scalars(
            select(OfferRow)
            .where(OfferRow.outcome.is_(None), OfferRow.expires < self._now)
            .order_by(OfferRow.number)
            .with_for_update(key_share=True, skip_locked=True)
        ).all()
        for row in gone:
            row.losses += 1
            if row.losses >= MOST_LOSSES:
                said = (
                    f"{row.losses} programs in succession went away with it, the last of them `{row.owner}`"
                )
                now, row.owner = row.expires or 0.0, None
                self._end(session, row, _evaluation(row, Result(outcome=Outcome.BROKEN, sentence=said), now))
        _free([row for row in gone if row.outcome is None])
        return len(gone)

    def _end(self, session: Session, row: OfferRow, evaluation: Evaluation) -> None:
        row.outcome, row.evaluation, row.expires = evaluation.outcome, plain.plain(evaluation), None
        session.flush()
        if row.phase not in MEASURED:
            self._evaluations.put(session, [evaluation])

    def _keep(self, ended: Mapping[Hold, Result]) -> None:
        """Of lanes that are still known."""
        with self._database.read() as session:
            rows = {hold: session.scalar(_at(hold)) for hold in ended}
            late = [
                (hold, _evaluation(row, ended[hold], math.nan))
                for hold, row in rows.items()
                if row is not None
            ]
        for hold, evaluation in late:
            self._late.keep(Lease(hold.job_id, hold.owner, hold.attempt), [evaluation])


def _free_lanes() -> Select[OfferRow]:
    """The first of each company that may be taken, in the order in which they are, locked unless another
    taker locked it."""
    return (
        select(OfferRow)
        .join(LeaseRow, LeaseRow.job_id == OfferRow.job_id)
        .join(JobRow, JobRow.id == OfferRow.job_id)
        .where(
            OfferRow.outcome.is_(None),
            OfferRow.owner.is_(None),
            OfferRow.company == OfferRow.address,
            LeaseRow.open == 1,
            LeaseRow.wish == "run",
            JobRow.state.in_(RUNNING),
        )
        .order_by(LeaseRow.priority.desc(), LeaseRow.number, OfferRow.number)
        .with_for_update(of=OfferRow, key_share=True, skip_locked=True)
    )


_FREE = _free_lanes()


def _alone(row: OfferRow) -> bool:
    """Whether its program is to have nothing else."""
    return row.losses > 0 or row.phase in MEASURED


def _company(session: Session, first: OfferRow) -> list[OfferRow]:
    """All that belong to it, which nobody takes who has not the first."""
    rest = select(OfferRow).where(
        OfferRow.job_id == first.job_id, OfferRow.company == first.company, OfferRow.outcome.is_(None)
    )
    return list(session.scalars(rest.order_by(OfferRow.number).with_for_update(key_share=True)))


def _free(rows: Iterable[OfferRow]) -> None:
    """Nobody has them any more. Those of a company that are left are one of their own."""
    first: dict[tuple[str, str], str] = {}
    for row in sorted(rows, key=lambda row: row.number):
        row.owner = row.expires = row.taken = None
        row.company = first.setdefault((row.job_id, row.company), row.address)


def _at(hold: Hold) -> Select[OfferRow]:
    return select(OfferRow).where(OfferRow.job_id == hold.job_id, OfferRow.address == hold.address)


def _rows(session: Session, holds: Iterable[Hold]) -> dict[Hold, OfferRow | None]:
    """The lane of each, locked; None where it is no longer his. All transactions lock in one order."""
    found: dict[Hold, OfferRow | None] = {}
    for hold in sorted(holds, key=lambda hold: (hold.job_id, hold.address)):
        row = session.scalar(_at(hold).with_for_update(key_share=True))
        is_his = row is not None and (row.owner, row.attempt) == (hold.owner, hold.attempt)
        found[hold] = row if is_his else None
    return found


def _wishes(session: Session, ids: Iterable[str]) -> dict[str, str]:
    """By job why its programs are to stop; empty where they are to go on."""
    asked = (
        select(JobRow.id, JobRow.state, LeaseRow.wish)
        .join(LeaseRow, LeaseRow.job_id == JobRow.id)
        .where(JobRow.id.in_(list(ids)))
    )
    known = {id: (state, wish) for id, state, wish in session.execute(asked)}
    said: dict[str, str] = {}
    for id in ids:
        state, wish = known.get(id, ("deleted", "cancel"))
        goes_on = wish == "run" and state in ("queued", *RUNNING)
        word = {"pause": "paused", "cancel": "cancelled"}.get(wish, state)
        said[id] = "" if goes_on else f"job `{id}` is {state if state in CLOSED else word}"
    return said


def _must_have_a_score(row: OfferRow, result: Result) -> None:
    if result.outcome is Outcome.OK and result.score is None and row.phase not in MEASURED:
        raise JobError("what was trained to its end has a score; tell it, or that it diverged or failed")


def _offered(row: OfferRow, hold: Hold) -> Offered:
    return Offered(hold, plain.lane(row.lane), row.company)


def _evaluation(row: OfferRow, result: Result, now: float) -> Evaluation:
    told = [score for _, score in sorted(row.reports.items(), key=lambda one: int(one[0]))]
    curves = result.curves or ({"score": tuple(told)} if told else {})
    wall_s = now - (row.taken or math.nan) if math.isnan(result.wall_s) else result.wall_s
    metrics = dict(result.metrics)
    if row.phase == "confirm" and result.score is not None:  # then it is that of the test split
        metrics.setdefault("test_score", result.score)
    return Evaluation(
        lane=plain.lane(row.lane),
        outcome=result.outcome,
        sentence=result.sentence,
        score=result.score,
        metrics=metrics,
        curves=curves,
        diagnostics=result.diagnostics,
        wall_s=wall_s,
        step_s=result.step_s,
        device=result.device,
        code_version=result.code_version,
    )


def _lost(hold: Hold) -> LeaseLost:
    return LeaseLost(
        f"`{hold.owner}` no longer has this lane of job `{hold.job_id}` (attempt {hold.attempt}): its time "
        "ran out, or it was given back or told already; nothing was counted; ask for another"
    )
