"""Records of the database as they travel: one function a kind."""

from collections.abc import Iterable

from ...primitives import Evaluation, Point, Proposal, Standing, TaskInfo, Verdict
from ...storage import BoardRow, Place
from ...storage.pages import JobLine
from ...storage.projects import EVERYBODY, Whose
from ...storage.trained import Trained
from . import function_models, models
from .finite import finite, plain

__all__ = [
    "candidate_view",
    "evaluation_view",
    "finite",
    "job_view",
    "plain",
    "progress_view",
    "queue_view",
    "row_view",
    "standing_view",
    "task_view",
    "trained_view",
]


def job_view(
    line: JobLine, place: Place | None = None, *, sees: Whose = EVERYBODY, brief: bool = False
) -> models.JobView:
    """As those see it who see the jobs of `sees`. `brief`, as in lists: without the text of a grammar, which
    may be long."""
    record = line.record
    asked = [one for one in line.asked if sees.project in (None, one.project)]
    spec = {name: value for name, value in record.spec.items() if not brief or name != "grammar_text"}
    return models.JobView(
        id=record.id,
        state=record.state,
        sentence=record.sentence,
        task=record.task.name,
        task_hash=record.task.hash,
        created=record.created,
        updated=record.updated,
        spec=spec,
        progress=progress_view(line),
        owner=asked[0].owner if asked else "",
        projects=[one.project for one in asked],
        queue=None if place is None else queue_view(place),
    )


def progress_view(line: JobLine) -> models.Progress:
    counts = line.counts
    return models.Progress(
        done=counts.done,
        rejected=counts.rejected,
        waiting=counts.waiting,
        trials=int(line.record.spec.get("trials", 0)),
        best=finite(counts.best),
        unit=line.record.task.unit,
    )


def queue_view(place: Place) -> models.QueueView:
    return models.QueueView(
        token=place.token,
        priority=place.priority,
        wish=place.wish,
        owner=place.owner,
        attempt=place.attempt,
        left_s=place.left_s,
    )


def candidate_view(one: Proposal) -> models.CandidateView:
    return models.CandidateView(
        batch=one.batch,
        index=one.index,
        key=one.key,
        text=one.text,
        outcome=None if one.outcome is None else one.outcome.value,
        sentence=one.sentence,
        score=finite(one.score),
    )


def standing_view(one: Standing) -> models.StandingView:
    return models.StandingView(
        key=one.key,
        text=one.text,
        name=one.name,
        role=one.role,
        mean=finite(one.mean),
        low=finite(one.low),
        high=finite(one.high),
        seeds=len(one.seeds),
        diverged=one.diverged,
        step_ratio=finite(one.step_ratio),
        weights=one.weights,
        point=_point(one.point),
        standardise=one.protocol.standardise,
        verdicts=_verdicts(one.verdicts),
    )


def row_view(row: BoardRow) -> models.RowView:
    return models.RowView(
        rank=row.rank,
        confirmed=row.confirmed,
        task=row.task,
        task_hash=row.task_hash,
        score=row.score,
        unit=row.unit,
        key=row.key,
        text=row.text,
        name=row.name,
        role=row.role,
        mean=finite(row.mean),
        low=finite(row.low),
        high=finite(row.high),
        seeds=row.seeds,
        diverged=row.diverged,
        standardise=row.protocol.standardise,
        protocol=plain(row.protocol),
        point=_point(row.point),
        step_ratio=finite(row.step_ratio),
        weights=row.weights,
        verdicts=_verdicts(row.verdicts),
        job_id=row.job_id,
    )


def evaluation_view(one: Evaluation) -> function_models.EvaluationView:
    lane = one.lane
    return function_models.EvaluationView(
        task=lane.task,
        task_hash=lane.task_hash,
        phase=lane.protocol.phase,
        protocol=plain(lane.protocol),
        point=_point(lane.point),
        seed=lane.seed,
        outcome=one.outcome.value,
        sentence=one.sentence,
        score=finite(one.score),
        metrics={name: finite(value) for name, value in one.metrics.items()},
        curves={name: [finite(value) for value in curve] for name, curve in one.curves.items()},
        wall_s=finite(one.wall_s),
        device=one.device,
    )


def trained_view(row: Trained) -> function_models.TrainedView:
    return function_models.TrainedView(
        task=row.task,
        task_hash=row.task_hash,
        protocol=plain(row.protocol),
        rates=[
            function_models.RateView(
                point=_point(rate.point),
                score=finite(rate.score),
                seeds=rate.seeds,
                diverged=rate.diverged,
            )
            for rate in row.rates
        ],
        point=_point(row.point),
        score=finite(row.score),
        dead=[finite(one) for one in row.dead],
        saturated=[finite(one) for one in row.saturated],
        grad_norm=[finite(one) for one in row.grad_norm],
        gap=finite(row.gap),
        final_loss=finite(row.final_loss),
        epochs=row.epochs,
        target=finite(row.target),
        against=row.against,
    )


def task_view(info: TaskInfo) -> function_models.TaskView:
    return function_models.TaskView(
        name=info.name,
        hash=info.hash,
        title=info.title,
        description=info.description,
        score=info.score,
        unit=info.unit,
        chance=finite(info.chance),
        baselines=[one.name for one in info.baselines],
        grid=[_point(point) for point in info.grid],
        max_pieces=info.max_pieces,
        matched=info.matched,
        search=plain(info.search),
        confirm=plain(info.confirm),
    )


def _point(point: Point) -> dict[str, float | None]:
    return {name: finite(value) for name, value in point}


def _verdicts(verdicts: Iterable[Verdict]) -> list[models.VerdictView]:
    return [
        models.VerdictView(
            against=one.against,
            difference=finite(one.difference),
            low=finite(one.low),
            high=finite(one.high),
            p=finite(one.p),
            word=one.word,
        )
        for one in verdicts
    ]
