"""`properties`: what a person wants to know of an activation before training, in one value."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from .cost import Cost, cost
from .course import Course, course
from .expr import Expr, pieces
from .ops import over_axis
from .outline import Outline, outline
from .propagation import Propagation, propagation
from .rounding import DTYPES, Rounding, rounding
from .surface import Surface, surface

__all__ = ["Properties", "properties"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Properties:
    """Of an expression, learnable parameters at their start."""

    shape: Outline | None
    """None for several pieces, and for what is over an axis."""
    course: Course | None
    """Likewise."""
    surface: Surface | None
    """None for one piece, and for what is over an axis."""
    signal: Propagation
    cost: Cost
    numerics: Mapping[str, Rounding]
    """One of each floating-point type of `DTYPES`."""

    def as_dict(self) -> dict[str, Any]:
        """The same in dicts, lists and finite numbers or None, ready for JSON."""
        groups = ("shape", "course", "surface", "signal", "cost")
        rows = {name: getattr(self, name) for name in groups}
        return {
            **{name: None if row is None else _listed(asdict(row)) for name, row in rows.items()},
            "numerics": {dtype: asdict(row) for dtype, row in self.numerics.items()},
        }


def _listed(row: dict[str, Any]) -> dict[str, Any]:
    return {name: list(entry) if isinstance(entry, tuple) else entry for name, entry in row.items()}


def properties(expr: Expr) -> Properties:
    """All of it, without torch; some hundredths of a second."""
    wholly = over_axis(expr)
    single, several = pieces(expr) == 1 and not wholly, pieces(expr) > 1 and not wholly
    return Properties(
        shape=outline(expr) if single else None,
        course=course(expr) if single else None,
        surface=surface(expr) if several else None,
        signal=propagation(expr),
        cost=cost(expr),
        numerics={dtype: rounding(expr, dtype) for dtype in DTYPES},
    )
