"""`screen`: refuses, before any training, expressions that cannot be worth it; says which and why.

`REASONS` is the table of grounds, tried in its order. All but the first two look at value and slope
in float64, parameters at their initial values, at probes within the range asked for: for one piece an
even grid and points that close in on 0; for several, lines through the cube, a fixed even sample of it
and a fixed normal sample; over an axis, even and normal rows.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np

from .expr import Call, Const, Expr, Input, Param, params, pieces, size
from .op import Array
from .ops import OPS, over_axis
from .program import program
from .records import Outcome
from .reference import slope, value
from .rows import WIDTH, normal_rows, uniform_rows

__all__ = ["REASONS", "Limits", "Probed", "Reason", "Screening", "screen"]

_FLOAT32_MAX = float(np.finfo(np.float32).max)
_NORMALS = 512


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What is still accepted."""

    reach: float = 5.0
    """Every piece of the input lies in [-reach, reach]."""
    size: int = 128
    """Nodes."""
    params: int = 8
    """Learnable parameters."""
    pieces: int = 4
    derivatives: int = 1
    """How many the training takes; from 2 on, all but the last must be continuous."""
    steepness: float = 1e3
    """Largest change of the value for each unit of a piece, anywhere in the range."""
    asleep: float = 0.95
    """Largest share of a standard normal input at which every slope is below 1e-6."""


@dataclass(frozen=True, slots=True)
class Screening:
    """OK, or REJECTED for the reason of that name, which the sentence explains."""

    outcome: Outcome
    reason: str = ""
    sentence: str = ""


@dataclass(frozen=True, slots=True)
class Reason:
    """One ground of refusal. `find` gives the sentence with the figures, None where it does not apply."""

    name: str
    find: "Callable[[Probed], str | None]"


_DEFAULT = Limits()


def screen(expr: Expr, *, limit: Limits = _DEFAULT) -> Screening:
    """REJECTED for the first of `REASONS` that applies, else OK.

    Raises `ExprError` where one name stands for two different parameters.
    """
    probed = Probed(expr, limit)
    with np.errstate(all="ignore"):
        for reason in REASONS:
            if (sentence := reason.find(probed)) is not None:
                return Screening(Outcome.REJECTED, reason.name, f"{reason.name}: {sentence}")
    return Screening(Outcome.OK)


class Probed:
    """An expression and its limits; what it is at the probes is computed when first asked for."""

    def __init__(self, expr: Expr, limit: Limits) -> None:
        self.expr, self.limit = expr, limit

    @cached_property
    def probes(self) -> "_Probes":
        probes = _row_probes if over_axis(self.expr) else _probes
        return probes(pieces(self.expr), self.limit.reach)

    @cached_property
    def value(self) -> Array:
        return value(self.expr, self.probes.laid).ravel()

    @cached_property
    def moved(self) -> Array:
        """The value where every parameter is off its initial value (by 0.37)."""
        settings = {param.name: param.init + 0.37 for param in params(self.expr)}
        return value(self.expr, self.probes.laid, settings).ravel() if settings else self.value

    @cached_property
    def steepness(self) -> Array:
        """The largest absolute slope by any piece."""
        return np.max(np.abs(slope(self.expr, self.probes.laid)), axis=0).ravel()

    def at(self, index: int) -> str:
        """`x = 0.5` or `x = (0.5, -1)`."""
        numbers = [f"{one[index]:.4g}" for one in self.probes.inputs]
        return f"x = {numbers[0]}" if len(numbers) == 1 else f"x = ({', '.join(numbers)})"


@dataclass(frozen=True, slots=True)
class _Probes:
    """Where to look. The first inputs make lines of `line` even neighbours each, `step` apart."""

    inputs: tuple[Array, ...]
    """One array a piece, all of one length."""
    lines: int
    line: int
    step: float
    normal: Array
    """Weight of each input under a standard normal; sums to 1."""
    affine: Array
    """Orthonormal columns that span the affine functions of the input. (input, pieces + 1)"""
    row: int = 0
    """Inputs that make a row; 0 where each stands for itself."""

    @property
    def laid(self) -> tuple[Array, ...]:
        """The inputs as the expression takes them."""
        return tuple(one.reshape(-1, self.row) for one in self.inputs) if self.row else self.inputs


@cache
def _probes(count: int, reach: float) -> _Probes:
    if count == 1:
        even, near = np.linspace(-reach, reach, 1001), np.logspace(-8, -2.5, 12)
        inputs, lines, line = np.concatenate([even, -near, near])[None], 1, len(even)
        normal = np.where(np.arange(inputs.shape[1]) < line, np.exp(-0.5 * inputs[0] ** 2), 0.0)
    else:
        inputs, lines, line = _cloud(count, reach)
        normal = np.where(np.arange(inputs.shape[1]) >= inputs.shape[1] - _NORMALS, 1.0, 0.0)
    affine, _ = np.linalg.qr(np.vstack([np.ones_like(inputs[0]), *inputs]).T)
    return _Probes(tuple(inputs), lines, line, 2 * reach / (line - 1), normal / normal.sum(), affine)


@cache
def _row_probes(count: int, reach: float) -> _Probes:
    """Rows of numbers, half of them normal. Affine are, with the numbers, the means of their rows."""
    even = uniform_rows(count, 16, reach)
    normals = [np.clip(one, -reach, reach) for one in normal_rows(count, 16)]
    rows = [np.concatenate(both) for both in zip(even, normals, strict=True)]
    means = [np.repeat(one.mean(axis=1), WIDTH) for one in rows]
    inputs = [one.ravel() for one in rows]
    affine, _ = np.linalg.qr(np.vstack([np.ones_like(inputs[0]), *inputs, *means]).T)
    normal = np.arange(len(inputs[0])) >= len(inputs[0]) // 2
    return _Probes(tuple(inputs), 0, 0, 0.0, normal / normal.sum(), affine, WIDTH)


def _cloud(count: int, reach: float) -> tuple[Array, int, int]:
    """Lines (where all pieces are alike, and along each piece at two places), then the samples."""
    rng = np.random.default_rng(0)
    along = np.linspace(-reach, reach, 201)
    lines = [np.tile(along, (count, 1))]
    for piece in range(count):
        for _ in range(2):
            lines.append(np.repeat(rng.uniform(-reach, reach, (count, 1)), len(along), axis=1))
            lines[-1][piece] = along
    samples = [rng.uniform(-reach, reach, (count, 512)), rng.standard_normal((count, _NORMALS))]
    return np.hstack([*lines, *samples]), len(lines), len(along)


def _too_complex(of: Probed) -> str | None:
    counts = (
        ("nodes", size(of.expr), of.limit.size),
        ("learnable parameters", len(params(of.expr)), of.limit.params),
        ("pieces", pieces(of.expr), of.limit.pieces),
    )
    for what, number, most in counts:
        if number > most:
            return f"it has {number} {what}; at most {most} are allowed"
    return None


def _not_smooth(of: Probed) -> str | None:
    needed = of.limit.derivatives - 1
    stack = [of.expr] if needed > 0 else []
    while stack:
        node = stack.pop()
        if isinstance(node, Call):
            if OPS[node.op].smooth < needed:
                return (
                    f"the training takes {of.limit.derivatives} derivatives of it, so that {needed} must be "
                    f"continuous; `{node.op}` has {max(0, int(OPS[node.op].smooth))}"
                )
            # Of a surrogate, derivatives are taken of the second argument alone.
            stack.extend(node.args[1:] if node.op == "surrogate" else node.args)
    return None


def _not_finite(of: Probed) -> str | None:
    for what, numbers in (("value", of.value), ("slope", of.steepness)):
        wrong = ~np.isfinite(numbers)
        if wrong.any():
            index = int(np.argmax(wrong))
            return (
                f"its {what} is {numbers[index]} at {of.at(index)}, and not finite at "
                f"{np.mean(wrong):.1%} of the {wrong.size} probes"
            )
    wrong = ~np.isfinite(of.moved)
    if wrong.any():
        return f"its value is not finite at {of.at(int(np.argmax(wrong)))} where each parameter moves by 0.37"
    return None


def _overflows(of: Probed) -> str | None:
    values: list[Array] = []
    laid = of.probes.laid
    for step in program(of.expr):
        match step.what:
            case str(name):
                args = [values[arg] for arg in step.args]
                if OPS[name].axis:
                    args = [np.broadcast_to(arg, laid[0].shape) for arg in args]
                values.append(OPS[name].reference(*args))
            case Input(piece):
                values.append(laid[piece])
            case Const(number) | Param(init=number):
                values.append(np.asarray(number))
        beyond = ~(np.abs(values[-1]) <= _FLOAT32_MAX)
        if beyond.any():
            numbers, index = np.broadcast_to(values[-1], laid[0].shape).ravel(), int(np.argmax(beyond))
            return f"a step on the way, `{step.what}`, is {numbers[index]:.3g} at {of.at(index)}"
    return None


def _constant(of: Probed) -> str | None:
    if not (_flat(of.value) and _flat(of.moved)):
        return None
    return f"its value is {of.value[0]:.6g} everywhere in the range"


def _flat(numbers: Array) -> bool:
    """Whether they are equal up to float32 rounding, or all rounding noise of a difference that is 0."""
    return bool(np.ptp(numbers) <= max(1e-12, 1e-6 * np.max(np.abs(numbers))))


def _affine(of: Probed) -> str | None:
    rest = max(_curved_share(of, of.value), _curved_share(of, of.moved))
    if rest > 1e-3:
        return None
    return (
        "in the range it is an affine function of the pre-activation, off by at most "
        f"{rest:.1e} of its spread; a network with it is linear"
    )


def _curved_share(of: Probed, numbers: Array) -> float:
    columns, spread = of.probes.affine, float(np.ptp(numbers))
    off = float(np.max(np.abs(numbers - columns @ (columns.T @ numbers))))
    return off / spread if spread > 0.0 else 0.0


def _too_steep(of: Probed) -> str | None:
    probes, limit = of.probes, of.limit.steepness
    index = int(np.argmax(of.steepness))
    if of.steepness[index] > limit:
        return f"its slope is {of.steepness[index]:.4g} at {of.at(index)}; at most {limit:g} is allowed"
    if not probes.lines:
        return None
    lines = of.value[: probes.lines * probes.line].reshape(probes.lines, probes.line)
    rises = np.abs(np.diff(lines, axis=1)) / probes.step
    if rises.max() > limit:
        line, place = np.unravel_index(int(np.argmax(rises)), rises.shape)
        where = of.at(int(line) * probes.line + int(place))
        return f"it changes by {rises.max() * probes.step:.4g} within {probes.step:g} from {where}"
    return None


def _asleep(of: Probed) -> str | None:
    share = float(of.probes.normal @ (of.steepness < 1e-6))
    if share <= of.limit.asleep:
        return None
    return (
        f"its slope is below 1e-6 for {share:.1%} of a standard normal input, at most {of.limit.asleep:.0%} "
        "is allowed, so nothing before it learns; `surrogate(f, g)` gives f the slope of g"
    )


REASONS: tuple[Reason, ...] = (
    Reason("too complex", _too_complex),
    Reason("not smooth enough", _not_smooth),
    Reason("not finite", _not_finite),
    Reason("overflows float32", _overflows),
    Reason("constant", _constant),
    Reason("affine", _affine),
    Reason("slope explodes", _too_steep),
    Reason("slope vanishes", _asleep),
)
"""In the order of trial; later ones may rely on earlier ones having passed."""
