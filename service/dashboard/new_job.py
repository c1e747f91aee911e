"""A new job: a form of the schema's own fields, and what would come of them as one edits."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, get_args, get_origin

import numpy as np
from fastapi import APIRouter, Header, Query, Request, Response
from fastapi.responses import RedirectResponse
from pydantic.fields import FieldInfo
from starlette.exceptions import HTTPException

from ...primitives import GRAMMARS, ActsearchError, Expr, Grammar, count, random_expr
from ...primitives import format as format_expr
from ...search.job import Job
from ...workers.names import EXECUTOR_NAMES, TASK_NAMES
from ..http.access import Caller, Reader, Submitter
from ..http.jobs import submit_job
from ..http.kept import Kept, Open
from ..http.visible import Project
from .forms import Fields
from .jobs import command_line, written
from .rendering import render

__all__ = ["router"]

router = APIRouter(prefix="/jobs")

_FIRST = ("task", "grammar", "sampler", "trials", "leaders", "confirm_seeds", "epochs", "seed")
"""What most people decide; the rest waits behind a fold."""

_SEVERAL = frozenset(
    name
    for name, field in Job.model_fields.items()
    if any(get_origin(kind) is tuple for kind in get_args(field.annotation))
)
"""Fields that hold several words."""

_BETWEEN = ";"
"""Expressions hold commas."""

_SAMPLE = 10

_TASK = "inr-image"
"""What is there to begin with."""


@dataclass(frozen=True, slots=True)
class _Field:
    """One field of the form, from that of the schema."""

    name: str
    kind: str
    about: str
    default: str
    value: str
    options: tuple[str, ...]


@router.get("/new")
def form(
    request: Request,
    kept: Kept,
    caller: Submitter,
    like: Annotated[str | None, Query(pattern="^[0-9a-f]{1,12}$")] = None,
) -> Response:
    """With the defaults, or filled in as another job."""
    spec = {} if like is None else kept.store.jobs.get(like, caller.sees).spec
    values = {name: _as_words(value) for name, value in spec.items() if value is not None}
    return _page(request, kept, caller, values)


@router.post("/new/preview")
def preview(request: Request, kept: Kept, caller: Reader, fields: Fields) -> Response:
    """What the form would ask for: the space, ten candidates of it, the job file, and the time."""
    return render(request, "new_job_preview.html", **_previewed(kept, caller, fields))


@router.post("/new")
def ask(
    request: Request,
    kept: Kept,
    caller: Submitter,
    project: Project,
    fields: Fields,
    idempotency_key: Annotated[str | None, Header()] = None,
) -> Response:
    """Into the queue; a form that cannot be understood comes back with what is wrong."""
    try:
        made = submit_job(
            _job(fields), kept, caller, project=project, response=Response(), idempotency_key=idempotency_key
        )
    except (ActsearchError, HTTPException) as error:
        told: Any = error.detail if isinstance(error, HTTPException) else {"detail": str(error)}
        return _page(request, kept, caller, fields, trouble=str(told["detail"]))
    return RedirectResponse(f"{kept.settings.base_path}/jobs/{made.id}", 303)


def _page(
    request: Request, kept: Open, caller: Caller, values: Mapping[str, str], trouble: str = ""
) -> Response:
    values = {"task": _TASK, **values}
    fields = [
        _field(kept, caller, name, field, values.get(name, ""))
        for name, field in Job.model_fields.items()
        if field.json_schema_extra != {"flag": False}
    ]
    return render(
        request,
        "new_job.html",
        status=422 if trouble else 200,
        first=[field for name in _FIRST for field in fields if field.name == name],
        more=[field for field in fields if field.name not in _FIRST],
        trouble=trouble,
        **_previewed(kept, caller, values),
    )


def _field(kept: Open, caller: Caller, name: str, field: FieldInfo, value: str) -> _Field:
    kinds = [kind for kind in get_args(field.annotation) if kind is not type(None)] or [field.annotation]
    kind = "flag" if bool in kinds else "number" if kinds[0] in (int, float) else "text"
    known = " ".join((field.description or "").split())
    return _Field(
        name=name,
        kind=kind,
        about=f"{known} Several stand between semicolons." if name in _SEVERAL else known,
        default="" if field.is_required() or field.default is None else _as_words(field.default),
        value=value,
        options=_options(kept, caller, name),
    )


def _options(kept: Open, caller: Caller, name: str) -> tuple[str, ...]:
    """Names that would do."""
    match name:
        case "task":
            return tuple(sorted({*TASK_NAMES, *(one.name for one in kept.store.tasks.of(None, caller.sees))}))
        case "executor":
            return EXECUTOR_NAMES
        case "grammar":
            return tuple(GRAMMARS)
        case "sampler":
            from ...search.samplers import SAMPLERS  # optuna

            return tuple(SAMPLERS)
        case _:
            return ()


def _job(fields: Mapping[str, str]) -> Job:
    """What stands in the form."""
    values: dict[str, Any] = dict(fields)
    for name in _SEVERAL & values.keys():
        values[name] = [one.strip() for one in values[name].split(_BETWEEN) if one.strip()]
    return Job.from_mapping(values)


def _previewed(kept: Open, caller: Caller, fields: Mapping[str, str]) -> dict[str, Any]:
    try:
        job = _job(fields)
        grammar = job.load_grammar()
        asked = job.model_dump(mode="json")
        return {
            "refused": "",
            "grammar": grammar,
            "count": _many(count(grammar)),
            "sample": [format_expr(one) for one in _sample(grammar, job.seed)],
            "yaml": written(asked),
            "command": command_line(asked),
            "estimate": _estimate(kept, caller, job),
        }
    except ActsearchError as error:
        return {"refused": str(error)}


def _sample(grammar: Grammar, seed: int) -> list[Expr]:
    """As the sampler `random` might begin."""
    rng = np.random.default_rng(seed)
    return [random_expr(rng, grammar) for _ in range(_SAMPLE)]


def _many(number: int) -> str:
    return f"{number:,}".replace(",", "\u2009") if number < 10**12 else f"10^{math.log10(number):.0f}"


def _estimate(kept: Open, caller: Caller, job: Job) -> str:
    """From the trainings of the same task that are stored; nothing where there is none."""
    took = kept.pages.pace(job.task) if kept.store.tasks.of(job.task, caller.sees) else None
    if took is None:
        return ""
    lanes = job.trials * job.seeds
    hours = took * lanes / 3600
    length = f"{60 * hours:.0f} minutes" if hours < 2 else f"{hours:.1f} hours"
    return (
        f"one training of the search took {took:.2g} s (median of the latest here), so that {lanes} take "
        f"about {length} of one worker's time, and confirmation comes on top"
    )


def _as_words(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        return f"{_BETWEEN} ".join(map(str, value))
    return str(value).lower() if isinstance(value, bool) else str(value)
