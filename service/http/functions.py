"""Functions: what is known of one, what it is at some inputs, whether it is worth a training, side by side.

All of it by the float64 reference: nothing is compiled, nothing trained, and an expression is parsed,
never run as code.
"""

from functools import lru_cache
from typing import Annotated, Any

import numpy as np
from fastapi import APIRouter, Path, Query

from ...primitives import (
    ActsearchError,
    Expr,
    UnknownName,
    key,
    latex,
    params,
    parse,
    pieces,
    properties,
    screen,
    shape_key,
    slope,
    value,
)
from ...primitives.distances import known_as, neighbours, same_shape
from ...primitives.ops import over_axis
from ...storage import views
from ...storage.projects import EVERYBODY
from ...storage.trained import trained
from ..analysis import DEFAULT, analysed, columns_named
from ..functions import Listed
from .access import Caller, Reader
from .function_models import (
    ActivationView,
    CompareRequest,
    Comparison,
    Evaluate,
    EvaluationPage,
    Screen,
    Screened,
    TrainedView,
    Values,
)
from .kept import Kept, Open
from .problems import PROBLEMS, about_field
from .stored import meant, stored_function
from .views import evaluation_view, finite, plain, row_view, trained_view

__all__ = ["router"]

router = APIRouter(tags=["functions"], responses=PROBLEMS(401, 403, 421, 422, 429, 503))

_POINTS = 10_000
_CURVE = 201

RELU = key(parse("relu(x)"))
"""What the trainings of others are compared with."""


@router.get("/activations/{key}", responses=PROBLEMS(404))
def show_activation(
    key: Annotated[
        str, Path(pattern="^[0-9a-f]{4,16}$", description="Key of a stored function, or its beginning.")
    ],
    kept: Kept,
    caller: Reader,
) -> ActivationView:
    """Facts, curve, and where it stands. Functions that nobody trained have no key here: `screen` and
    `evaluate` take any expression."""
    full, text = stored_function(kept, caller, key)
    rows = views.leaderboard(kept.store, key=full, limit=100, whose=caller.sees)
    return ActivationView(**_facts(text), key=full, measured=[row_view(row) for row in rows])


@router.get("/activations/{key}/evaluations", responses=PROBLEMS(404))
def list_evaluations(
    key: Annotated[str, Path(pattern="^[0-9a-f]{4,16}$")],
    kept: Kept,
    caller: Reader,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    after: Annotated[
        str | None, Query(pattern="^[0-9]{1,15}$", description="`next` of the page before.")
    ] = None,
) -> EvaluationPage:
    """Every training of a function, with its curves, oldest first."""
    full, _ = stored_function(kept, caller, key)
    found = kept.pages.evaluations(full, after=int(after or 0), limit=limit + 1, whose=caller.sees)
    shown = found[:limit]
    return EvaluationPage(
        items=[evaluation_view(one) for _, one in shown],
        next=str(shown[-1][0]) if len(found) > limit else None,
    )


@router.get("/activations/{key}/training", responses=PROBLEMS(404))
def show_training(
    key: Annotated[str, Path(pattern="^[0-9a-f]{4,16}$")], kept: Kept, caller: Reader
) -> list[TrainedView]:
    """How it behaved in training, a row a task and protocol: sensitivity, dead units, gradients, losses."""
    full, _ = stored_function(kept, caller, key)
    seen = {info.hash for info in kept.store.tasks.of(None, caller.sees)}
    rows = trained(kept.store, full, RELU)
    return [trained_view(row) for row in rows if caller.sees == EVERYBODY or row.task_hash in seen]


@router.post("/screen", responses=PROBLEMS(400, 413))
def screen_expression(wanted: Screen, kept: Kept, caller: Reader) -> Screened:
    """Canonical form and key of an expression, and whether a search would train it."""
    with about_field("expression"):
        text, expr = _meant(kept, caller, wanted.expression)
        found = screen(expr)
    return Screened(
        key=key(expr),
        shape_key=shape_key(expr),
        text=text,
        latex=latex(expr),
        pieces=pieces(expr),
        params=[param.name for param in params(expr)],
        outcome="ok" if found.outcome.value == "ok" else "rejected",
        reason=found.reason,
        sentence=found.sentence,
    )


@router.post("/evaluate", responses=PROBLEMS(400, 413))
def evaluate_expression(wanted: Evaluate, kept: Kept, caller: Reader) -> Values:
    """Values and slopes of an expression at some inputs. Of an operator over an axis (such as softmax) one
    list is one row."""
    with about_field("expression"):
        text, expr = _meant(kept, caller, wanted.expression)
    with about_field("inputs"):
        _must_fit(wanted.inputs, expr)
    with about_field("settings"):
        names = {param.name for param in params(expr)}
        for name in wanted.settings:
            if name not in names:
                raise UnknownName(f"parameter of `{text}`", name, names)
    return _values(expr, text, wanted.inputs, wanted.settings)


@router.post("/compare", responses=PROBLEMS(400, 413))
def compare_functions(wanted: CompareRequest, kept: Kept, caller: Reader) -> Comparison:
    """Functions side by side: what can be computed of them, and how they stand on a task, as far as that is
    known. Nothing is trained: a job with these functions as `baselines` does that."""
    with about_field("columns"):
        columns = columns_named(DEFAULT if wanted.columns is None else wanted.columns)
    rows: list[dict[str, Any]] = []
    measured: list[Any] = []
    tasks = kept.store.tasks.of(None, caller.sees)
    known = {info.name for info in tasks} if wanted.task is not None else set[str]()
    with about_field("task"):
        if wanted.task is not None and wanted.task not in known:
            raise UnknownName("task in the database", wanted.task, known)
    for place, function in enumerate(wanted.functions):
        with about_field(f"functions.{place}"):
            text, expr = _meant(kept, caller, function[:_LONGEST])
            listed = Listed(function, key(expr), text)
            rows.append(plain(analysed(listed, columns)))
        if wanted.task is not None:
            whose, of_key = caller.sees, listed.key
            measured += views.leaderboard(kept.store, task=wanted.task, key=of_key, limit=20, whose=whose)
    return Comparison(
        columns=[column.name for column in columns], rows=rows, measured=[row_view(row) for row in measured]
    )


_LONGEST = 4000


def _meant(kept: Open, caller: Caller, words: str) -> tuple[str, Expr]:
    text = meant(kept, caller, words)
    return text, parse(text)


def _must_fit(inputs: list[list[float]], expr: Expr) -> None:
    if len(inputs) != pieces(expr):
        raise ActsearchError(f"the function has {pieces(expr)} pieces; give as many lists, not {len(inputs)}")
    lengths = {len(one) for one in inputs}
    if len(lengths) != 1 or not 1 <= min(lengths) <= _POINTS:
        raise ActsearchError(f"the lists are to be of one length, from 1 to {_POINTS}, not {sorted(lengths)}")
    if not all(np.isfinite(one).all() for one in inputs):
        raise ActsearchError("the inputs are to be finite")


def _values(expr: Expr, text: str, inputs: list[list[float]], settings: dict[str, float]) -> Values:
    arrays = [np.asarray(one, dtype=np.float64) for one in inputs]
    with np.errstate(all="ignore"):
        values = np.broadcast_to(value(expr, arrays, settings), arrays[0].shape)
        slopes = [np.broadcast_to(one, arrays[0].shape) for one in slope(expr, arrays, settings)]
    return Values(
        key=key(expr),
        text=text,
        inputs=inputs,
        value=[finite(float(one)) for one in values],
        slope=[[finite(float(one)) for one in row] for row in slopes],
    )


@lru_cache(256)
def _facts(text: str) -> dict[str, Any]:
    """What follows from the text alone."""
    expr = parse(text)
    single = pieces(expr) == 1 and not over_axis(expr)
    grid = [float(one) for one in np.linspace(-5, 5, _CURVE)]
    return {
        "shape_key": shape_key(expr),
        "text": text,
        "latex": latex(expr),
        "pieces": pieces(expr),
        "known_as": list(known_as(expr)),
        "same_shape": list(same_shape(expr)),
        "nearest": [plain(one) | {"text": one.text} for one in neighbours(expr)],
        "properties": plain(properties(expr).as_dict()),
        "curve": _values(expr, text, [grid], {}) if single else None,
    }
