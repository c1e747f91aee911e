"""Properties in words: the pairs of a name and what is said of it that a page or picture shows."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from ..primitives import Point, Properties
from ..primitives.course import Course
from ..primitives.outline import Asymptote, Outline
from ..primitives.surface import Surface

if TYPE_CHECKING:
    from ..storage.trained import Rate, Trained

__all__ = ["asymptote", "facts", "number", "training"]

Pairs: TypeAlias = list[tuple[str, str]]

_MANY = 6
"""More places or turns are counted, not listed."""


def facts(found: Properties) -> dict[str, Pairs]:
    """By group, in the order in which a person asks."""
    if found.shape is not None and found.course is not None:
        shape = _single(found.shape, found.course)
    elif found.surface is not None:
        shape = _several(found.surface)
    else:
        shape = [("over an axis", "no function of single numbers")]
    return {"shape": shape, "signal": _signal(found), "cost": _cost(found), "numerics": _numerics(found)}


def number(value: float | None, missing: str = "none") -> str:
    """Four digits; what is 0 but for rounding is 0."""
    if value is None:
        return missing
    return f"{value if abs(value) > 1e-12 else 0.0:.4g}"


def _single(shape: Outline, course: Course) -> Pairs:
    rows = [
        ("range", _range(shape)),
        ("moves", _moves(shape, course)),
        ("symmetry", shape.symmetry),
        ("smoothness", _smoothness(shape, course)),
        ("crosses 0 at", _places(shape.zeros)),
        ("fixed points", _places(shape.fixed_points)),
        ("kinks at", _places(shape.kinks)),
        ("jumps at", _places(shape.jumps)),
        ("at the left", asymptote(shape.left)),
        ("at the right", asymptote(shape.right)),
        ("saturated", _share(shape.saturated)),
        ("dead", _share(shape.dead)),
        ("lipschitz", number(shape.lipschitz, "unbounded")),
        ("curvature", number(shape.curvature, "unbounded")),
    ]
    return rows if course.undefined == 0.0 else [*rows, ("undefined", _share(course.undefined))]


def _range(shape: Outline) -> str:
    low = "(-inf" if shape.low is None else f"[{number(shape.low)}"
    high = "inf)" if shape.high is None else f"{number(shape.high)}]"
    return f"{low}, {high}"


def _moves(shape: Outline, course: Course) -> str:
    """`falls to -0.7518, then rises`."""
    if course.stretches is None:
        return "turns over 200 times"
    if len(course.stretches) > _MANY:
        return f"turns {len(course.stretches) - 1} times within 10"
    words = [one.does if one.end is None else f"{one.does} to {number(one.end)}" for one in course.stretches]
    if len(words) == 1 and shape.direction == "constant":
        return "constant"
    return ", ".join(words)


def _smoothness(shape: Outline, course: Course) -> str:
    match shape.derivatives:
        case -1:
            return "jumps"
        case 0:
            return "continuous, with kinks"
        case 1:
            return "one continuous derivative"
        case _:
            return "analytic" if course.analytic else "two derivatives or more"


def _places(places: Sequence[float]) -> str:
    if len(places) > _MANY:
        return f"{len(places)} within 10"
    return ", ".join(map(number, places)) or "none"


def asymptote(line: Asymptote | None) -> str:
    """`x`, `0.25*x - 1`, `0`, or that there is none."""
    if line is None:
        return "no line"
    slope = {1.0: "x", -1.0: "-x", 0.0: ""}.get(line.slope, f"{number(line.slope)}*x")
    if line.offset == 0.0 or not slope:
        return slope or number(line.offset)
    return f"{slope} {'-' if line.offset < 0 else '+'} {number(abs(line.offset))}"


def _share(share: float | None) -> str:
    return "none" if share is None else f"{100 * share:.3g} %" if share >= 1e-4 else "0 %"


def _several(surface: Surface) -> Pairs:
    names = ["x", *(f"x{piece}" for piece in range(1, len(surface.symmetries)))]
    linear = [names[piece] for piece in surface.linear]
    rows = [
        *((f"in {name}", said) for name, said in zip(names, surface.symmetries, strict=True)),
        ("affine in", ", ".join(linear) or "none"),
        ("pieces", "may change places" if surface.exchangeable else "have their places"),
        ("saturated", _share(surface.saturated)),
        ("dead", _share(surface.dead)),
    ]
    return rows if surface.undefined == 0.0 else [*rows, ("undefined", _share(surface.undefined))]


def _signal(found: Properties) -> Pairs:
    signal = found.signal
    return [
        ("E f", number(signal.mean)),
        ("E f²", number(signal.square)),
        ("E f'²", number(signal.slope_square)),
        ("deviation", number(signal.deviation)),
        ("gain", number(signal.forward_gain)),
        ("backward gain", number(signal.backward_gain)),
        ("chi", number(signal.chi)),
        ("initialise by", signal.initialisation or "none"),
    ]


def _cost(found: Properties) -> Pairs:
    cost: Any = found.cost
    return [
        ("operators", f"{cost.operators}, {cost.transcendental} transcendental"),
        ("operations", f"{cost.flops} an element"),
        ("bytes", f"{cost.bytes_fused} fused, {cost.bytes_eager} not"),
        ("size, depth", f"{cost.size}, {cost.depth}"),
        ("parameters", str(cost.params)),
    ]


def _numerics(found: Properties) -> Pairs:
    return [
        (
            dtype,
            ("finite up to 1e4" if row.finite == 1.0 else f"finite at {100 * row.finite:.3g} % up to 1e4")
            + (f", off by {row.worst:.2g} at most" if row.worst is not None else ""),
        )
        for dtype, row in found.numerics.items()
    ]


def training(row: "Trained") -> tuple[str, Pairs]:
    """Of a task and protocol: a heading, and what happened in its trainings."""
    protocol = row.protocol
    form = "standardised" if protocol.standardise else "as written"
    lanes = sum(rate.seeds for rate in row.rates)
    heading = (
        f"in training: {row.task} ({row.task_hash}), {protocol.phase}, {protocol.epochs} epochs, {form}, "
        f"{lanes} training{'s' if lanes != 1 else ''}"
    )
    known = [rate for rate in row.rates if rate.score is not None]
    worst = min((rate.score for rate in known if rate.score is not None), default=None)
    spread = f"; from {number(worst)} to {number(row.score)}" if len(known) > 1 else ""
    rows = [
        ("best at", f"{_point(row.point)}: validation score {number(row.score)}"),
        ("sensitivity", "; ".join(_rate(rate) for rate in row.rates) + spread)
        if len(row.rates) > 1
        else None,
        ("dead by site", ", ".join(map(_share, row.dead))) if row.dead else None,
        ("saturated", ", ".join(map(_share, row.saturated))) if row.saturated else None,
        ("gradient norms", _gradients(row.grad_norm)) if row.grad_norm else None,
        ("loss", _loss(row)) if row.final_loss is not None else None,
        ("epochs", _epochs(row)) if row.target is not None else None,
    ]
    return heading, [pair for pair in rows if pair is not None]


def _point(point: Point) -> str:
    return ", ".join(f"{name} {value:g}" for name, value in point)


def _rate(rate: "Rate") -> str:
    lost = f" ({rate.diverged} of {rate.seeds} diverged)" if rate.diverged else ""
    return f"{_point(rate.point)}: {number(rate.score)}{lost}"


def _gradients(norms: Sequence[float]) -> str:
    """From the input to the output, with the growth on the way back."""
    shown = ", ".join(f"{norm:.3g}" for norm in norms)
    if len(norms) < 2 or not norms[-1]:
        return shown
    return f"{shown} (first over last: {norms[0] / norms[-1]:.3g})"


def _loss(row: "Trained") -> str:
    gap = (
        f", {abs(row.gap):.3g} {'above' if row.gap >= 0 else 'below'} training" if row.gap is not None else ""
    )
    return f"validation {number(row.final_loss)}{gap}"


def _epochs(row: "Trained") -> str:
    whose = "ReLU's last loss" if row.against == "relu" else "within 5 % of its own gain"
    when = "never" if row.epochs is None else f"{row.epochs} of {row.protocol.epochs}"
    return f"{when} to {whose}, {number(row.target)}"
