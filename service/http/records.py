"""What travelled as records again, one function a kind; numbers that were not finite are NaN."""

import math
from collections.abc import Iterable, Mapping
from typing import Any

from ...primitives import Point, Protocol, Verdict
from ...storage import BoardRow, plain
from ...storage.trained import Rate, Trained
from .function_models import TrainedView
from .models import RowView

__all__ = ["board_row", "trained_row"]


def board_row(view: RowView) -> BoardRow:
    told: dict[str, Any] = {name: getattr(view, name) for name in _ROW}
    return BoardRow(
        **told,
        mean=_number(view.mean),
        protocol=_protocol(view.protocol),
        point=_point(view.point),
        verdicts=tuple(
            Verdict(
                against=one.against,
                difference=_number(one.difference),
                low=_number(one.low),
                high=_number(one.high),
                p=_number(one.p),
                word=one.word,
            )
            for one in view.verdicts
        ),
    )


def trained_row(view: TrainedView) -> Trained:
    told: dict[str, Any] = {name: getattr(view, name) for name in _TRAINED}
    return Trained(
        **told,
        protocol=_protocol(view.protocol),
        rates=tuple(
            Rate(point=_point(one.point), score=one.score, seeds=one.seeds, diverged=one.diverged)
            for one in view.rates
        ),
        point=_point(view.point),
        score=_number(view.score),
        dead=_numbers(view.dead),
        saturated=_numbers(view.saturated),
        grad_norm=_numbers(view.grad_norm),
    )


_ROW = (
    *("rank", "confirmed", "task", "task_hash", "score", "unit", "key", "text", "name", "role"),
    *("low", "high", "seeds", "diverged", "step_ratio", "weights", "job_id"),
)

_TRAINED = ("task", "task_hash", "gap", "final_loss", "epochs", "target", "against")


def _number(told: float | None) -> float:
    return math.nan if told is None else told


def _numbers(told: Iterable[float | None]) -> tuple[float, ...]:
    return tuple(map(_number, told))


def _point(told: Mapping[str, float | None]) -> Point:
    return tuple((name, _number(value)) for name, value in told.items())


def _protocol(told: Mapping[str, Any]) -> Protocol:
    return plain.protocol(told)
