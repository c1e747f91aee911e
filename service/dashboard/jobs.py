"""Jobs: how far each is, one as it goes on, and what a person may do about it."""

import shlex
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Annotated, Any, Literal, TypeAlias

import yaml
from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse

from ...primitives import ActsearchError, JobError, UnknownName
from ...search.job import Job
from ...storage import JobState
from ...storage import Place as QueuePlace
from ...storage.views import confirmed_row
from ..http import jobs as verbs
from ..http.access import Caller, Reader, Submitter
from ..http.kept import Kept, Open
from ..http.models import Extend, JobView
from ..http.news import said_of
from ..http.views import job_view
from ..http.visible import JobId
from ..mirror.deliver import DELETED
from ..mirror.learned import identity
from ..mirror.setting import Place
from .forms import Fields
from .rendering import render
from .scatter import scatter

__all__ = ["command_line", "router", "written"]

router = APIRouter(prefix="/jobs")

_PAGE = 50
_LATEST = 12
_BEST = 10

Verb: TypeAlias = Literal["pause", "resume", "cancel", "delete", "extend"]

_SIMPLE: Mapping[str, Callable[[str, Open, Caller], JobView]] = MappingProxyType(
    {"pause": verbs.pause_job, "resume": verbs.resume_job, "cancel": verbs.cancel_job}
)


@router.get("")
def list_jobs(
    request: Request,
    kept: Kept,
    caller: Reader,
    state: JobState | Literal[""] = "",
    after: Annotated[str | None, Query(pattern="^[0-9]{1,15}$")] = None,
) -> Response:
    """The latest first; a browser asks anew every few seconds."""
    lines = kept.pages.jobs(
        limit=_PAGE + 1,
        before=None if after is None else int(after),
        states=[state] if state else (),
        whose=caller.sees,
    )
    shown = lines[:_PAGE]
    return render(
        request,
        "jobs.html",
        jobs=[job_view(line, sees=caller.sees, brief=True) for line in shown],
        state=state,
        after=after,
        next=shown[-1].number if len(lines) > _PAGE else None,
    )


@router.get("/{id}")
def job(id: JobId, request: Request, kept: Kept, caller: Reader) -> Response:
    """All of it; the script asks for `live` whenever something becomes known."""
    record = kept.store.jobs.get(id)
    spec, standings = record.spec, kept.store.standings.of(id)
    places = kept.store.mirrored.places(id, identity(record, "job"))
    return render(
        request,
        "job.html",
        **_live(kept, caller, id),
        yaml=written(spec),
        command=command_line(spec),
        standings=standings,
        cloud=scatter([confirmed_row(one, record.task, id) for one in standings]),
        mirrors=[(run, Place(uri, None).look) for uri, run in places.items() if run != DELETED],
    )


@router.get("/{id}/live")
def live(id: JobId, request: Request, kept: Kept, caller: Reader) -> Response:
    """What changes of a job's page while it runs."""
    return render(request, "job_live.html", **_live(kept, caller, id))


@router.post("/{id}/{verb}")
def change(id: JobId, verb: Verb, kept: Kept, caller: Submitter, fields: Fields) -> Response:
    """What was done shows on the page that follows."""
    base = f"{kept.settings.base_path}/jobs"
    if verb == "delete":
        verbs.delete_job(id, kept, caller)
        return RedirectResponse(base, 303)
    if verb == "extend":
        wanted = Extend(trials=_whole(fields.get("trials", "")))
        longer = verbs.extend_job(id, wanted, kept, caller, Response())
        return RedirectResponse(f"{base}/{longer.id}", 303)
    changed = _SIMPLE[verb](id, kept, caller)
    return RedirectResponse(f"{base}/{changed.id}", 303)


def written(spec: Mapping[str, Any]) -> str:
    """The job file that asks for the same: what is not as by default."""
    return yaml.safe_dump(_said(spec), sort_keys=False, allow_unicode=True)


def command_line(spec: Mapping[str, Any]) -> str:
    """The same as words of the command line."""
    words = ["actsearch", "search"]
    for name, value in _said(spec).items():
        flag = f"--{name.replace('_', '-')}"
        if isinstance(value, bool):
            words.append(flag if value else f"--no-{flag.removeprefix('--')}")
        else:
            for one in value if isinstance(value, list) else [value]:
                words += [flag, str(one)]
    return shlex.join(words)


def _said(spec: Mapping[str, Any]) -> dict[str, Any]:
    plain = {name: field.default for name, field in Job.model_fields.items()}
    return {
        name: value
        for name, value in spec.items()
        if name == "task" or (value != plain.get(name) and name != "grammar_text")
    }


def _live(kept: Open, caller: Caller, id: str) -> dict[str, Any]:
    lines = kept.pages.jobs(limit=1, id=id)
    if not lines:  # deleted since
        raise UnknownName("job", id, ())
    return {
        "job": job_view(lines[0], _queued(kept, id), sees=caller.sees),
        "info": lines[0].record.task,
        "headline": said_of(kept.store, lines[0]),
        "best": kept.pages.best(id, limit=_BEST),
        "latest": kept.pages.latest(id, limit=_LATEST),
        "ascent": kept.pages.ascent(id),
        "minutes": (lines[0].record.updated - lines[0].record.created).total_seconds() / 60,
    }


def _queued(kept: Open, id: str) -> QueuePlace | None:
    """None of one that never was in the queue."""
    try:
        return kept.store.queue.of(id)
    except JobError:
        return None


def _whole(text: str) -> int:
    if not text.isdecimal() or len(text) > 9 or int(text) == 0:
        raise ActsearchError(f"`trials` is a whole number of 1 to 999999999, not `{text[:100]}`")
    return int(text)
