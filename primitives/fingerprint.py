"""The fingerprint of a function's shape: what stays of it under affine maps of the output, reflections
of the input pieces and their order.

The canonical form loses its additive constant and its leading factor exactly. What is left is evaluated
at fixed points that are closed under reflections and exchanges of pieces, at three settings of the
parameters that depend on their starts and scopes alone; centred on the median and scaled by the usual
distance from it over the inner points; rounded to `_GRAIN`; and of all sign changes, reflections and
orders the smallest sequence is taken. Non-finite values count as such, wherever they are.
"""

from collections.abc import Mapping
from fractions import Fraction
from functools import cache
from itertools import permutations, product
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from .algebra import as_expr, leading, terms_of
from .expr import Expr, Input, Param, Scope, params, substitute, walk
from .op import Array
from .reference import value

__all__ = ["Fingerprint", "fingerprint"]

Fingerprint: TypeAlias = tuple[int, tuple[str, ...], bytes]
"""Number of pieces, scopes of the parameters (sorted), rounded values."""

_GRAIN = 2.5e-4
"""Functions whose standardised values differ by more at one of the points have different shapes."""

_STRAIGHT = 400.0
"""Up to here the grain is absolute; beyond it grows with the value, which is then known no better."""

_BEYOND = 1e9
"""All scaled values above count as one."""

_SHIFTS = ((1.0, 0.0), (1.31, 0.17), (0.61, -0.23))
"""(factor, addend) of each parameter's start, setting by setting."""

_WEIGHT: Mapping[Scope, float] = {"layer": 1.0, "channel": 1.4, "neuron": 1.9}
"""By what the addend is multiplied, so that parameters of different scopes are told apart."""

_RANGE = 8.0
"""The points go up to here in every piece: beyond 6, where relu6 and its likes bend."""

_INNER = 1.5
"""The points of which all pieces are within are the inner ones."""

_STILL = 1e-11
"""A function that moves less, as a share of its value, does so by rounding alone."""

_POINTS = 384

_MOST_PIECES = 4
"""Of more pieces neither reflections nor orders are looked for: they are too many."""


def fingerprint(expr: Expr) -> Fingerprint:
    """The fingerprint of an expression in canonical form."""
    found = params(expr)
    scopes = tuple(sorted(param.scope for param in found))
    core, count = _core(expr)
    if not count:
        return 0, scopes, b"constant" if np.isfinite(value(core, [np.zeros(1)])).all() else b"not finite"
    orbits = _orbits(count)  # (piece, symmetry, point)
    settings = [_setting(found, *shift) for shift in (_SHIFTS if found else _SHIFTS[:1])]
    known = {param.name for param in params(core)}
    values = np.stack(
        [
            value(core, list(orbits), {name: at for name, at in setting.items() if name in known})
            for setting in settings
        ]
    )  # (setting, symmetry, point)
    inner = np.abs(orbits).max(axis=0) < _INNER
    scaled = np.stack([_scaled(each, inner) for each in values])
    looks = (_rounded(sign * scaled)[:, order].tobytes() for sign in (1.0, -1.0) for order in _orders(count))
    return count, scopes, min(looks)


def _core(expr: Expr) -> tuple[Expr, int]:
    """Without additive constant and leading factor; its pieces numbered from 0 without gaps; how many."""
    terms = {key: coefficient for key, coefficient in terms_of(expr).items() if key}
    first = leading(terms)
    ratios = {key: Fraction(f"{float(coefficient / first):.12g}") for key, coefficient in terms.items()}
    core = as_expr(ratios)
    used = sorted({node.piece for node in walk(core) if isinstance(node, Input)})
    numbers: Mapping[Expr, Expr] = {Input(piece): Input(place) for place, piece in enumerate(used)}
    return substitute(core, numbers), len(used)


def _setting(found: tuple[Param, ...], factor: float, addend: float) -> dict[str, float]:
    return {param.name: factor * param.init + addend * _WEIGHT[param.scope] for param in found}


def _scaled(values: Array, inner: NDArray[np.bool_]) -> Array:
    """(values - median) / spread: of the inner points if the function moves there, else of all."""
    finite = np.isfinite(values)
    if not finite.any():
        return values
    for chosen, spread in ((finite & inner, _usual), (finite, _usual), (finite, _mean)):
        centre = float(np.median(values[chosen])) if chosen.any() else 0.0
        with np.errstate(all="ignore"):
            apart = np.sort(np.abs(values - centre)[chosen])
            by = spread(apart) if apart.size else 0.0
            if by > _STILL * abs(centre):
                return (values - centre) / by
    return np.where(finite, 0.0, values)


def _usual(distances: Array) -> float:
    """Most distances from the median are smaller; no single large one counts."""
    return float(distances[int(0.8 * (len(distances) - 1))])


def _mean(distances: Array) -> float:
    """For a function that moves at few points alone; sorted sums do not depend on the order of points."""
    return min(float(distances.mean()), float(np.finfo(np.float64).max))


def _rounded(scaled: Array) -> NDArray[np.int64]:
    """Whole numbers of grains; the offset keeps round values away from the borders between them."""
    size = np.abs(scaled)
    with np.errstate(all="ignore"):
        far = _STRAIGHT * (1.0 + np.log(np.maximum(size, _STRAIGHT) / _STRAIGHT))
        grains = np.sign(scaled) * np.where(size > _STRAIGHT, far, size) / _GRAIN
        whole = np.floor(grains + 0.3819660112501051)
    whole = np.where(size > _BEYOND, np.sign(scaled) * 1e15, whole)
    return np.where(np.isfinite(scaled), whole, 2e15).astype(">i8")


@cache
def _symmetries(count: int) -> tuple[tuple[tuple[int, ...], tuple[int, ...]], ...]:
    """(order, signs) of the pieces, all of them."""
    if count > _MOST_PIECES:
        return ((tuple(range(count)), (1,) * count),)
    return tuple(product(permutations(range(count)), product((1, -1), repeat=count)))


@cache
def _orbits(count: int) -> Array:
    """The points: a quasi-random set between 0 and `_RANGE`, denser near 0, under all symmetries."""
    symmetries = _symmetries(count)
    points = max(_POINTS // len(symmetries), 4)
    root = 2.0
    for _ in range(64):
        root = (1.0 + root) ** (1.0 / (count + 1))
    index = np.arange(points)
    if count == 1:
        uniform = ((index + 0.6180339887498949) / points)[None]
    else:
        uniform = (0.5 + np.outer(root ** -np.arange(1.0, count + 1), index + 1)) % 1.0
    if len(symmetries) == 1:
        uniform = 2.0 * uniform - 1.0
    base = np.sign(uniform) * _RANGE * np.abs(uniform) ** 1.4  # (piece, point)
    images = [np.array(signs)[:, None] * base[list(order)] for order, signs in symmetries]
    return np.stack(images, axis=1)


@cache
def _orders(count: int) -> tuple[NDArray[np.intp], ...]:
    """For each symmetry the order in which it leaves the images of a point."""
    symmetries = _symmetries(count)
    probe = _orbits(count)[:, :, 0].T  # (symmetry, piece)
    place = {tuple(image): index for index, image in enumerate(probe.tolist())}
    orders: list[NDArray[np.intp]] = []
    for order, signs in symmetries:
        moved = np.array(signs) * probe[:, list(order)]
        orders.append(np.array([place[tuple(image)] for image in moved.tolist()]))
    return tuple(orders)
