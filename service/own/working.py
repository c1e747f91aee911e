"""Candidates for people's own programs, from an open store: asked for, reported on, told, given back."""

from collections.abc import Mapping

from ...primitives import ExprError, JobError, Lane, Outcome, parse, pieces, source, standardised
from ...primitives.source import HEADER
from ...storage import Store, holds
from ...storage.jobs import CLOSED
from ...storage.offers import OWN
from ...storage.plain import plain
from ...storage.projects import EVERYBODY, Whose
from ..http import work_models as told

__all__ = ["ask", "give_back", "report", "tell"]


def ask(store: Store, asked: told.Ask, *, token: str | None = None, sees: Whose = EVERYBODY) -> told.Given:
    """Candidates of jobs that run; with a `token`, of its jobs alone.

    Raises `UnknownName` for a job that is not known, `JobError` for one that its own runner trains.
    """
    job_id: str | None = None
    over, sentence = False, "nothing waits now; ask again in some seconds"
    if asked.job is not None:
        record = store.jobs.get(asked.job, sees)
        job_id = record.id
        if record.spec.get("executor") != OWN:
            raise JobError(
                f"job `{record.id}` is trained by `{record.spec.get('executor')}`; candidates are given of "
                f"jobs that were submitted with executor `{OWN}`"
            )
        over = record.state in CLOSED
        if over or record.state == "paused":
            sentence = f"job `{record.id}` is {record.state}"
    elif asked.task_hash is not None and not store.offers.wanted(asked.task_hash, token=token):
        over, sentence = True, f"no job wants the task of hash `{asked.task_hash}`"
    while True:
        taken = store.holds.take(
            asked.owner,
            lanes=asked.lanes,
            lasts_s=asked.lasts_s,
            job_id=job_id,
            task_hash=asked.task_hash,
            token=token,
            measures=asked.measures,
        )
        tickets: list[told.Ticket] = []
        for one in taken:
            try:
                tickets.append(_ticket(one, _source(one.lane) if asked.source else None))
            except ExprError as error:
                store.holds.tell({one.hold: holds.Result(outcome=Outcome.REJECTED, sentence=str(error))})
        if tickets:
            return told.Given(state="given", sentence="", tickets=tickets)
        if not taken:
            return told.Given(state="over" if over else "wait", sentence=sentence, tickets=[])


def report(store: Store, asked: told.Reports) -> told.Answers:
    """Whether to go on with each."""
    reports = [holds.Report(_hold(one.id), one.epoch, one.score) for one in asked.reports]
    answers = store.holds.report(reports)
    return told.Answers(answers=[told.Word(word=one.word, why=one.why) for one in answers])


def tell(store: Store, asked: told.Results) -> None:
    """Raises `LeaseLost` where one of them is another program's by now: none is counted then, and all are
    kept as evidence."""
    store.holds.tell({_hold(one.id): _result(one) for one in asked.results})


def give_back(store: Store, asked: told.GivenBack) -> None:
    """Of candidates that are no longer the program's nothing is given back."""
    store.holds.give_back([_hold(one) for one in asked.tickets])


def _hold(id: told.TicketId) -> holds.Hold:
    return holds.Hold(id.job, id.address, id.owner, id.attempt, id.lasts_s)


def _ticket(offered: holds.Offered, text: str | None) -> told.Ticket:
    lane, hold = offered.lane, offered.hold
    return told.Ticket(
        id=told.TicketId(
            job=hold.job_id,
            address=hold.address,
            owner=hold.owner,
            attempt=hold.attempt,
            lasts_s=hold.lasts_s,
        ),
        key=lane.key,
        text=lane.text,
        source=text,
        pieces=pieces(parse(lane.text)),
        phase=lane.protocol.phase,
        split="test" if lane.protocol.phase == "confirm" else "validation",
        epochs=lane.protocol.epochs,
        settings=dict(lane.point),
        seed=str(lane.seed),
        task=lane.task,
        task_hash=lane.task_hash,
        protocol=plain(lane.protocol),
        company=offered.company,
    )


def _source(lane: Lane) -> str:
    expr = parse(lane.text)
    return f"{HEADER}\n\n{source(standardised(expr) if lane.protocol.standardise else expr)}"


def _result(one: told.Result) -> holds.Result:
    return holds.Result(
        outcome=Outcome(one.outcome),
        sentence=one.sentence,
        score=one.score,
        metrics=_numbers(one.metrics),
        curves={name: tuple(map(float, curve)) for name, curve in one.curves.items()},
        diagnostics=_numbers(one.diagnostics),
        wall_s=float(one.wall_s),
        step_s=float(one.step_s),
        device=one.device,
        code_version=one.code_version,
    )


def _numbers(values: Mapping[str, told.Number]) -> dict[str, float]:
    return {name: float(value) for name, value in values.items()}
