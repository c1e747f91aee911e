"""From a request to a job in the queue: every name is looked up, and nothing of it is run here."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any

from ...primitives import ActsearchError, Grammar, JobError, TaskInfo, UnknownName, is_grammar_file
from ...search import Job
from ...storage import Place
from ...storage.offers import OWN
from ...storage.plain import compact
from ...workers.names import EXECUTOR_NAMES, TASK_NAMES
from .access import Caller
from .describing import Described
from .kept import Open
from .models import Fault
from .problems import about_field, refusal

__all__ = ["changed", "must_own", "submit"]


_WORKERS = 256
"""So many processes may a job ask for; scope `admin` may ask for more."""


@dataclass(frozen=True, slots=True)
class _Checked:
    """A job whose names are all known."""

    id: str
    job: Job
    info: TaskInfo


def submit(
    kept: Open,
    caller: Caller,
    job: Job,
    *,
    project: str,
    priority: int,
    key: str | None = None,
    info: TaskInfo | None = None,
) -> tuple[str, bool]:
    """The id of the job in the queue, and whether the caller saw none of it before.

    Under a `key` that was used before nothing happens: the id is that of the job that was asked for. `info`
    is the task of a job of executor `own`, whose code the service never sees.
    """
    asked = [job.model_dump(mode="json"), priority, project, *([] if info is None else [info])]
    digest = sha256(compact(asked).encode()).hexdigest()
    before = None if key is None else kept.submissions.find(caller.token, key, digest)
    if before is not None and _stored(kept, caller, before):
        return before, False
    checked = _checked(kept, caller, job, info)
    if key is not None:
        before = kept.submissions.enter(caller.token, key, digest, checked.id)
        if before is not None and _stored(kept, caller, before):  # the same request, at the same time
            return before, False
    new = not _stored(kept, caller, checked.id)
    spec = checked.job.model_dump(mode="json")
    kept.store.queue.submit(
        checked.id,
        checked.info,
        spec,
        token=caller.token,
        owner=caller.name,
        project=project,
        priority=priority,
    )
    return checked.id, new


def changed(job: Job, changes: Mapping[str, Any]) -> Job:
    """The same job but for some fields."""
    unknown = [name for name in changes if name not in Job.model_fields]
    if unknown:
        with about_field(f"changes.{unknown[0]}"):
            raise UnknownName("job field", unknown[0], Job.model_fields)
    with about_field("changes"):
        text = {"grammar_text": None} if "grammar" in changes else {}
        return Job.from_mapping({**job.model_dump(mode="json"), **text, **changes})


def must_own(caller: Caller, job_id: str, place: Place | None) -> None:
    """Who may only submit changes what it submitted; no place has what somebody began without a service."""
    if not caller.may("admin") and (place is None or place.token != caller.token):
        raise refusal(403, f"job `{job_id}` is not this token's; scope `admin` may change it")


def _checked(kept: Open, caller: Caller, job: Job, info: TaskInfo | None) -> _Checked:
    from ...search.plan import as_baselines  # optuna, which a service that only shows does not need
    from ...search.samplers import load_sampler

    _must_be_modest(caller, job)
    _must_be_short(kept, caller, job)
    with about_field("sampler"):
        load_sampler(job.sampler)
    with about_field("first"):
        job.load_first()
    grammar = _grammar(job)
    with about_field("executor"):
        if job.executor not in (*EXECUTOR_NAMES, OWN):
            raise UnknownName("executor", job.executor, (*EXECUTOR_NAMES, OWN))
        if job.executor == OWN and info is None:
            raise JobError(f"a job of executor `{OWN}` brings its task along; `POST /jobs/own` takes both")
    if job.executor == OWN and info is not None:
        described = _brought(kept, caller, job, info)
    else:
        with about_field("task"):
            described = kept.describer.describe(job)
    if job.baselines is not None:
        with about_field("baselines"):
            as_baselines(job.baselines, described.info)
    decided = {"task": described.absolute, "stacked": described.stacked, "fused": described.fused}
    job = job.model_copy(update=decided)
    return _Checked(job.id(described.info.hash, grammar), job, described.info)


def _brought(kept: Open, caller: Caller, job: Job, info: TaskInfo) -> Described:
    """A task is its content: what is known under its hash nobody changes, and no other one takes the name of
    one that comes with actsearch."""
    known = kept.store.tasks.get(info.hash)
    if known is not None and replace(info, title=known.title, description=known.description) != known:
        message = f"the task of hash `{info.hash}` is known, and is another; raise its `version`"
        raise refusal(409, message, errors=[Fault(field="task", message=message)])
    if known is None and info.name in TASK_NAMES and not caller.may("admin"):
        message = f"`{info.name}` is a task that comes with actsearch; give yours another name"
        raise refusal(403, message, errors=[Fault(field="task.name", message=message)])
    return Described(known or info, info.name, bool(job.stacked), bool(job.fused))


def _grammar(job: Job) -> Grammar:
    """Of a name, or of a text that came with the job: a file of the service's is nobody's business."""
    with about_field("grammar" if job.grammar_text is None else "grammar_text"):
        if job.grammar_text is None and is_grammar_file(job.grammar):
            raise ActsearchError(
                f"`{job.grammar}` names a file, which a service does not read; send what it says as "
                "`grammar_text`"
            )
        return job.load_grammar()


def _must_be_modest(caller: Caller, job: Job) -> None:
    """An address is a place that runners will connect to, and workers are processes on their machines."""
    asked = {"address": job.address is not None, "workers": (job.workers or 0) > _WORKERS}
    for field in (name for name, too_much in asked.items() if too_much and not caller.may("admin")):
        message = f"`{field}` may be set so with scope `admin` alone; leave it out"
        raise refusal(403, message, errors=[Fault(field=field, message=message)])


def _must_be_short(kept: Open, caller: Caller, job: Job) -> None:
    most = kept.store.queue.quota(caller.token).trials
    if most is not None and job.trials > most:
        message = f"`trials` may be {most} at most for who asks, not {job.trials}; ask for fewer"
        allowed = [f"1 to {most}"] if most else []
        raise refusal(422, message, errors=[Fault(field="trials", message=message, allowed=allowed)])


def _stored(kept: Open, caller: Caller, id: str) -> bool:
    return bool(kept.pages.jobs(limit=1, id=id, whose=caller.sees))
