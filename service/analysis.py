"""`COLUMNS`: what a table of many functions can show of each, one column a row here."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, TypeAlias, final

from ..primitives import ActsearchError, Expr, UnknownName, latex, parse, pieces, shape_key
from ..primitives.cost import cost
from ..primitives.course import course
from ..primitives.distances import known_as, neighbours
from ..primitives.ops import over_axis
from ..primitives.outline import outline
from ..primitives.propagation import propagation
from ..primitives.rounding import rounding
from ..primitives.surface import surface
from .functions import Listed
from .sentences import asymptote

__all__ = ["COLUMNS", "DEFAULT", "NARROW", "Column", "analysed", "columns_named", "ordered"]

Cell: TypeAlias = str | int | float | bool | None

_Group: TypeAlias = Callable[[Expr], Any]


@final
class _Facts:
    """What is known of one listed function: each group is worked out when a column first asks for it."""

    def __init__(self, listed: Listed) -> None:
        self.listed, self.expr, self._groups = listed, parse(listed.text), dict[_Group, Any]()

    def of(self, group: _Group) -> Any:
        if group not in self._groups:
            self._groups[group] = group(self.expr)
        return self._groups[group]

    def alone(self, group: _Group) -> Any:
        """Of a group that functions of one number alone have; else None."""
        return self.of(group) if pieces(self.expr) == 1 and not over_axis(self.expr) else None

    def joint(self, group: _Group) -> Any:
        """Of a group that functions of several pieces alone have; else None."""
        return self.of(group) if pieces(self.expr) > 1 and not over_axis(self.expr) else None


@dataclass(frozen=True, slots=True)
class Column:
    """One column: how it is called, its head in a narrow table, what it says, and of a function its cell."""

    name: str
    head: str
    about: str
    cell: Callable[[_Facts], Cell]
    share: bool = False
    """Whether it lies between 0 and 1, so that three decimals say enough."""


def _part(group: _Group, name: str) -> Callable[[_Facts], Cell]:
    return lambda facts: getattr(facts.of(group), name)


def _shape(name: str) -> Callable[[_Facts], Cell]:
    def cell(facts: _Facts) -> Cell:
        found = facts.alone(outline)
        return None if found is None else getattr(found, name)

    return cell


def _either(name: str) -> Callable[[_Facts], Cell]:
    """Of one piece from its outline, of several from its surface."""

    def cell(facts: _Facts) -> Cell:
        found = facts.alone(outline) or facts.joint(surface)
        return None if found is None else getattr(found, name)

    return cell


def _undefined(facts: _Facts) -> Cell:
    found = facts.alone(course) or facts.joint(surface)
    return None if found is None else found.undefined


def _places(name: str) -> Callable[[_Facts], Cell]:
    def cell(facts: _Facts) -> Cell:
        found = facts.alone(outline)
        return None if found is None else len(getattr(found, name))

    return cell


def _symmetry(facts: _Facts) -> Cell:
    found = facts.alone(outline)
    if found is not None:
        return found.symmetry
    several = facts.joint(surface)
    return several and "/".join("no" if one == "neither" else one for one in several.symmetries)


def _smooth(facts: _Facts) -> Cell:
    found = facts.alone(outline)
    if found is None:
        return None
    if found.derivatives is None:
        return "analytic" if facts.of(course).analytic else "C2"
    return {-1: "jumps", 0: "C0", 1: "C1"}[found.derivatives]


def _range(facts: _Facts) -> Cell:
    found = facts.alone(outline)
    if found is None:
        return None
    low = "(-inf" if found.low is None else f"[{found.low:.3g}"
    high = "inf)" if found.high is None else f"{found.high:.3g}]"
    return f"{low}, {high}"


def _line(side: str) -> Callable[[_Facts], Cell]:
    def cell(facts: _Facts) -> Cell:
        found = facts.alone(outline)
        line = None if found is None else getattr(found, side)
        return None if line is None else asymptote(line)

    return cell


def _of_type(dtype: str) -> _Group:
    return lambda expr: rounding(expr, dtype)


_ROUNDINGS: Mapping[str, _Group] = {dtype: _of_type(dtype) for dtype in ("float32", "float16", "bfloat16")}


def _first_neighbour(expr: Expr) -> Any:
    return neighbours(expr, 1)


def _nearest(facts: _Facts) -> Cell:
    found = facts.of(_first_neighbour)
    return found[0].name if found else None


def _nearest_map(facts: _Facts) -> Cell:
    found = facts.of(_first_neighbour)
    return found[0].text if found else None


def _distance(facts: _Facts) -> Cell:
    found = facts.of(_first_neighbour)
    return found[0].distance if found else None


_ROWS = (
    Column(
        "function", "function", "its name as it was given, else its text", lambda facts: facts.listed.name
    ),
    Column("key", "key", "the key of the function", lambda facts: facts.listed.key),
    Column("shape_key", "shape key", "the key of its shape", lambda facts: facts.of(shape_key)),
    Column("text", "text", "canonical text", lambda facts: facts.listed.text),
    Column("latex", "latex", "the formula", lambda facts: facts.of(latex)),
    Column("known_as", "known as", "its names in the zoo", lambda facts: ", ".join(facts.of(known_as))),
    Column("score", "score", "search score in the job it comes from", lambda facts: facts.listed.score),
    Column("pieces", "pieces", "inputs", _part(cost, "pieces")),
    Column("params", "params", "learnable parameters", _part(cost, "params")),
    # Shape
    Column("range", "range", "infimum and supremum (one piece)", _range),
    Column("low", "low", "infimum; none where unbounded (one piece)", _shape("low")),
    Column("high", "high", "supremum; none where unbounded (one piece)", _shape("high")),
    Column("direction", "moves", "rising, falling, constant or neither (one piece)", _shape("direction")),
    Column("symmetry", "symm.", "even, odd or neither; of several pieces in each: `no/odd`", _symmetry),
    Column("zeros", "zeros", "how often the sign changes within 10 (one piece)", _places("zeros")),
    Column("fixed", "fixed", "how many fixed points within 10 (one piece)", _places("fixed_points")),
    Column("kinks", "kinks", "places within 10 where the slope jumps (one piece)", _places("kinks")),
    Column("jumps", "jumps", "places within 10 where the value jumps (one piece)", _places("jumps")),
    Column("smooth", "smooth", "jumps, C0 (kinks), C1, C2 (or more) or analytic (one piece)", _smooth),
    Column("left", "left", "asymptote at the left; none where there is none (one piece)", _line("left")),
    Column("right", "right", "asymptote at the right (one piece)", _line("right")),
    Column(
        "saturated", "satur.", "share of a normal input with |slope| < 0.05", _either("saturated"), share=True
    ),
    Column("dead", "dead", "share of a normal input with slope 0", _either("dead"), share=True),
    Column("undefined", "undef.", "share of a normal input without a finite value", _undefined, share=True),
    Column("lipschitz", "Lipsch.", "largest |slope|; none where unbounded (one piece)", _shape("lipschitz")),
    Column("curvature", "curv.", "largest |second derivative| within 10 (one piece)", _shape("curvature")),
    # Signal
    Column("mean", "E f", "mean under a standard normal input", _part(propagation, "mean")),
    Column("square", "E f²", "second moment", _part(propagation, "square")),
    Column("deviation", "dev.", "standard deviation", _part(propagation, "deviation")),
    Column("slope_square", "E f'²", "mean squared slope", _part(propagation, "slope_square")),
    Column("gain", "gain", "gain of weights that keeps signals", _part(propagation, "forward_gain")),
    Column("backward_gain", "b.gain", "gain that keeps gradients", _part(propagation, "backward_gain")),
    Column("chi", "chi", "growth of gradients a layer under that gain", _part(propagation, "chi")),
    Column("initialisation", "init", "the initialisation that suits", _part(propagation, "initialisation")),
    # Cost
    Column("size", "size", "nodes of the tree", _part(cost, "size")),
    Column("depth", "depth", "depth of the tree", _part(cost, "depth")),
    Column("operators", "ops", "operators", _part(cost, "operators")),
    Column("transcendental", "transc.", "transcendental functions", _part(cost, "transcendental")),
    Column("flops", "flops", "floating-point operations an element", _part(cost, "flops")),
    Column("bytes_fused", "bytes", "bytes moved by one fused kernel", _part(cost, "bytes_fused")),
    Column("bytes_eager", "eager", "bytes moved operator by operator", _part(cost, "bytes_eager")),
    # Numerics
    *(
        Column(
            f"{dtype}_{part}",
            f"{short} {head}",
            f"{about} in {dtype}",
            _part(_ROUNDINGS[dtype], part),
        )
        for dtype, short in (("float32", "f32"), ("float16", "f16"), ("bfloat16", "bf16"))
        for part, head, about in (
            ("finite", "finite", "share of inputs up to 1e4 with a finite value"),
            ("worst", "worst", "worst difference from float64"),
        )
    ),
    # Likes
    Column("nearest", "nearest", "the nearest other known function", _nearest),
    Column("nearest_map", "nearest map", "what of it comes nearest: `0.98*silu(-x) + 0.01`", _nearest_map),
    Column("distance", "apart", "its distance, from 0 to 1", _distance, share=True),
)

COLUMNS: Mapping[str, Column] = MappingProxyType({row.name: row for row in _ROWS})

DEFAULT = (
    *("function", "range", "symmetry", "smooth", "saturated", "dead"),
    *("gain", "chi", "flops", "nearest", "distance"),
)
"""What fits 100 columns of a terminal."""

NARROW = ("function", "range", "saturated", "gain", "chi", "flops", "nearest", "distance")
"""What fits 80."""


def columns_named(names: Sequence[str]) -> tuple[Column, ...]:
    """The columns of these names, in their order. Raises `UnknownName`."""
    for name in names:
        if name not in COLUMNS:
            raise UnknownName("column", name, COLUMNS)
    if not names:
        raise ActsearchError("`--columns` names none; name some, such as `function,chi,flops`")
    return tuple(COLUMNS[name] for name in dict.fromkeys(names))


def analysed(listed: Listed, columns: Sequence[Column]) -> dict[str, Cell]:
    """The cells of one function by the names of the columns; nothing that no column asks for is computed."""
    facts = _Facts(listed)
    return {column.name: column.cell(facts) for column in columns}


def ordered(rows: Sequence[tuple[Cell, Any]], *, descending: bool = False) -> list[Any]:
    """What stands beside each cell, by the cells: by size or alphabet, what is missing last."""
    known = [(cell, row) for cell, row in rows if cell is not None]
    known.sort(key=lambda pair: _place(pair[0]), reverse=descending)
    return [row for _, row in known] + [row for cell, row in rows if cell is None]


def _place(cell: Cell) -> tuple[bool, float, str]:
    return (True, 0.0, cell) if isinstance(cell, str) else (False, float(cell or 0.0), "")
