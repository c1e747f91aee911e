"""Jobs: ask for one, see how far it is, change what becomes of it."""

from dataclasses import replace
from typing import Annotated, Any, TypeAlias

from fastapi import APIRouter, Header, Query, Response

from ...primitives import JobError, UnknownName
from ...search import Job
from ...storage import JobState, Place
from ...storage.offers import OWN
from ...storage.projects import DEFAULT_PROJECT
from ...storage.removal import remove_job
from .access import Caller, Reader, Submitter
from .kept import Kept, Open
from .models import Clone, Extend, JobPage, JobView, PriorityChange
from .problems import PROBLEMS, about_field
from .submitting import changed, must_own, submit
from .views import job_view
from .visible import JobId, Meant, Project
from .work_models import OwnJob

__all__ = ["JobId", "router"]

router = APIRouter(prefix="/jobs", tags=["jobs"], responses=PROBLEMS(401, 403, 421, 422, 429, 503))

IdempotencyKey: TypeAlias = Annotated[
    str | None,
    Header(
        pattern="^[!-~]{1,200}$",
        description="The same key and request, sent again within a week, ask for nothing more.",
    ),
]

_EXAMPLES: dict[str, Any] = {
    "small": {
        "summary": "A small search",
        "value": {"task": "digits-mlp", "grammar": "extended", "trials": 32, "seed": 1},
    },
    "proved": {
        "summary": "A search whose five best are confirmed on ten fresh seeds",
        "value": {"task": "inr-image", "trials": 160, "leaders": 5, "confirm_seeds": 10},
    },
}


@router.post(
    "",
    status_code=201,
    responses={
        200: {"description": "It was asked for before; it goes on, or is taken up again.", "model": JobView},
        201: {"description": "It waits for a runner.", "model": JobView},
        **PROBLEMS(400, 409, 413),
    },
    openapi_extra={"requestBody": {"content": {"application/json": {"examples": _EXAMPLES}}}},
)
def submit_job(
    job: Job,
    kept: Kept,
    caller: Submitter,
    project: Project,
    response: Response,
    priority: Annotated[int, Query(ge=-1000, le=1000, description="The highest goes first.")] = 0,
    idempotency_key: IdempotencyKey = None,
) -> JobView:
    """Ask for a job: the fields of a job file, as JSON. A job's id is its content: who asks for the same
    again gets the same job; one that was paused, failed or was cancelled is taken up again then.

    The first job for a task takes seconds: a process of its own loads the task and says what it is.
    """
    id, new = submit(kept, caller, job, project=project, priority=priority, key=idempotency_key)
    response.status_code = 201 if new else 200
    response.headers["Location"] = f"{kept.settings.root}/jobs/{id}"
    return _shown(kept, caller, id)


@router.post(
    "/own",
    status_code=201,
    responses={
        200: {"description": "It was asked for before; it goes on, or is taken up again.", "model": JobView},
        201: {"description": "It waits for a runner.", "model": JobView},
        **PROBLEMS(400, 409, 413),
    },
)
def submit_own_job(
    asked: OwnJob,
    kept: Kept,
    caller: Submitter,
    project: Project,
    response: Response,
    priority: Annotated[int, Query(ge=-1000, le=1000, description="The highest goes first.")] = 0,
    idempotency_key: IdempotencyKey = None,
) -> JobView:
    """Ask for a job whose candidates programs of your own train, see `/work/ask`. Its task comes along, and
    no code of it: what a search has to know, and for the rest its hash."""
    with about_field("job.executor"):
        if asked.job.executor != OWN:
            raise UnknownName("executor of programs of your own", asked.job.executor, (OWN,))
    with about_field("declared"):
        info = asked.info
    id, new = submit(
        kept, caller, asked.job, project=project, priority=priority, key=idempotency_key, info=info
    )
    response.status_code = 201 if new else 200
    response.headers["Location"] = f"{kept.settings.root}/jobs/{id}"
    return _shown(kept, caller, id)


@router.get("")
def list_jobs(
    kept: Kept,
    caller: Reader,
    whose: Meant,
    state: Annotated[list[JobState] | None, Query(description="Only jobs in one of these.")] = None,
    task: Annotated[str | None, Query(max_length=500, description="Only jobs of this task.")] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    after: Annotated[
        str | None, Query(pattern="^[0-9]{1,15}$", description="`next` of the page before.")
    ] = None,
) -> JobPage:
    """The latest jobs first."""
    before = None if after is None else int(after)
    lines = kept.pages.jobs(limit=limit + 1, before=before, states=state or (), task=task, whose=whose)
    shown = lines[:limit]
    return JobPage(
        items=[job_view(line, sees=caller.sees, brief=True) for line in shown],
        next=str(shown[-1].number) if len(lines) > limit else None,
    )


@router.get("/{id}", responses=PROBLEMS(404))
def show_job(id: JobId, kept: Kept, caller: Reader) -> JobView:
    """A job, how far it is, and its place in the queue."""
    return _shown(kept, caller, id)


@router.post("/{id}/pause", responses=PROBLEMS(404, 409))
def pause_job(id: JobId, kept: Kept, caller: Submitter) -> JobView:
    """A job that waits is paused; one that runs is as soon as its runner hears, within seconds. All that
    was trained is kept, and `resume` goes on from there."""
    return _changed(kept, caller, kept.store.queue.pause(_mine(kept, caller, id)))


@router.post("/{id}/resume", responses=PROBLEMS(404, 409))
def resume_job(
    id: JobId,
    kept: Kept,
    caller: Submitter,
    wall_limit_s: Annotated[
        float | None, Query(gt=0, allow_inf_nan=False, description="Seconds that it may run in all by now.")
    ] = None,
) -> JobView:
    """A job that was paused or cancelled, or that failed, waits for a runner and goes on where it stopped."""
    place = kept.store.queue.resume(_mine(kept, caller, id), wall_limit_s=wall_limit_s)
    return _changed(kept, caller, place)


@router.post("/{id}/cancel", responses=PROBLEMS(404, 409))
def cancel_job(id: JobId, kept: Kept, caller: Submitter) -> JobView:
    """A job that waits is cancelled; one that runs is as soon as its runner hears. What was trained is
    kept, and `resume` goes on from there."""
    return _changed(kept, caller, kept.store.queue.cancel(_mine(kept, caller, id)))


@router.put("/{id}/priority", responses=PROBLEMS(400, 404, 409, 413))
def change_priority(id: JobId, wanted: PriorityChange, kept: Kept, caller: Submitter) -> JobView:
    """Of the jobs that wait, those of the highest priority are taken first; what runs goes on."""
    return _changed(kept, caller, kept.store.queue.set_priority(_mine(kept, caller, id), wanted.priority))


@router.post(
    "/{id}/extend",
    status_code=201,
    responses={
        200: {"description": "It was asked for before.", "model": JobView},
        **PROBLEMS(400, 404, 409, 413),
    },
)
def extend_job(id: JobId, wanted: Extend, kept: Kept, caller: Submitter, response: Response) -> JobView:
    """Train more candidates. A job's id is its content, so a longer one is another job: it proposes the
    same candidates first and finds what was trained. Where the shorter one was still to run, it is
    cancelled in favour of the longer one."""
    record = kept.store.jobs.get(id)
    job = Job.from_mapping(record.spec)
    if wanted.trials <= job.trials:
        with about_field("trials"):
            raise JobError(f"job `{record.id}` has {job.trials} trials already; more would do")
    place = _place(kept, record.id)
    if place is not None:
        must_own(caller, record.id, place)
    priority = 0 if place is None else place.priority
    wider = job.model_copy(update={"trials": wanted.trials})
    project = _project(kept, caller, id)
    longer, new = submit(kept, caller, wider, project=project, priority=priority, info=record.task)
    if place is not None and place.state not in ("done", "failed", "cancelled"):
        kept.store.queue.cancel(record.id)
    response.status_code = 201 if new else 200
    return _shown(kept, caller, longer)


@router.post(
    "/{id}/clone",
    status_code=201,
    responses={
        200: {"description": "It was asked for before.", "model": JobView},
        **PROBLEMS(400, 404, 409, 413),
    },
)
def clone_job(id: JobId, wanted: Clone, kept: Kept, caller: Submitter, response: Response) -> JobView:
    """Ask for the same job but for some fields; without changes it is the same job."""
    record = kept.store.jobs.get(id)
    job = changed(Job.from_mapping(record.spec), wanted.changes)
    info = None if "task" in wanted.changes else record.task
    other, new = submit(kept, caller, job, project=_project(kept, caller, id), priority=0, info=info)
    response.status_code = 201 if new else 200
    return _shown(kept, caller, other)


@router.delete("/{id}", status_code=204, responses=PROBLEMS(404, 409))
def delete_job(id: JobId, kept: Kept, caller: Submitter) -> None:
    """Forget a job that is done, paused, failed or cancelled: its request, proposals and board. What it
    trained stays, for it answers other jobs. A token of one project takes it out of that project, and it is
    forgotten where no other asked for it."""
    must_own(caller, id, _place(kept, id))
    remove_job(kept.store.database, id, caller.project)


def _shown(kept: Open, caller: Caller, id: str) -> JobView:
    lines = kept.pages.jobs(limit=1, id=id, whose=caller.sees)
    if not lines:  # deleted since
        raise UnknownName("job", id, ())
    place = _place(kept, id)
    if place is not None and caller.project is not None and place.token != caller.token:
        place = replace(place, token="")
    return job_view(lines[0], place, sees=caller.sees)


def _project(kept: Open, caller: Caller, id: str) -> str:
    """Where a job like this one is asked for: in its first project that the caller sees."""
    lines = kept.pages.jobs(limit=1, id=id)
    return caller.project or (lines[0].asked[0].project if lines and lines[0].asked else DEFAULT_PROJECT)


def _changed(kept: Open, caller: Caller, place: Place) -> JobView:
    return _shown(kept, caller, place.job_id)


def _mine(kept: Open, caller: Caller, id: str) -> str:
    """The full id of a job that the caller may change."""
    place = kept.store.queue.of(id)
    must_own(caller, place.job_id, place)
    return place.job_id


def _place(kept: Open, id: str) -> Place | None:
    """None where the job is run by whoever began it."""
    try:
        return kept.store.queue.of(id)
    except JobError:
        return None
