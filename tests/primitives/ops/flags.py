"""What the flags of a row claim, tried on its reference and, for smoothness, on its oracle."""

from collections.abc import Callable
from functools import cache
from typing import Any, Final

import mpmath as mp
import numpy as np
from numpy.typing import NDArray

from actsearch.primitives.op import Op
from tests.primitives.ops.oracles import ORACLES, real

__all__ = ["FLAG_CHECKS"]

Array = NDArray[np.float64]

GRID: Final = np.concatenate([np.linspace(-12.0, 12.0, 2401), [-1e300, -1e8, -300.0, 300.0, 1e8, 1e300]])
COARSE: Final = np.array([-1e300, -300.0, -3.5, -1.0, -0.4, 0.0, 0.3, 1.0, 2.0, 4.5, 300.0, 1e300])


def _sample(op: Op) -> tuple[Array, ...]:
    if op.arity == 1:
        return (np.sort(GRID),)
    return tuple(np.meshgrid(*[COARSE] * op.arity, indexing="ij"))


def _values(op: Op, *args: Array) -> Array:
    with np.errstate(all="ignore"):
        return np.asarray(op.reference(*args), dtype=np.float64)


def check_parity(op: Op) -> None:
    """f(-x) is f(x), -f(x) or neither, as told."""
    seen = "none"
    if op.arity == 1:
        x = np.linspace(0.01, 9.0, 300)
        there, here = _values(op, -x), _values(op, x)
        seen = "even" if _same(there, here) else "odd" if _same(there, -here) else "none"
    assert op.parity == seen


def check_trends(op: Op) -> None:
    """`up` never falls, `down` never rises, `none` does both; what never moves is `up`."""
    values = _values(op, *_sample(op))
    trends = op.trends or ("none",) * op.arity
    for argument, trend in enumerate(trends):
        lines = np.moveaxis(values, argument, -1).reshape(-1, values.shape[argument])
        # Over a pole, too: from the last finite value to the next.
        with np.errstate(all="ignore"):
            steps = np.concatenate([np.diff(line[np.isfinite(line)]) for line in lines])
        scale = 1e-12
        rises, falls = bool((steps > scale).any()), bool((steps < -scale).any())
        assert trend == {(False, True): "down", (True, True): "none"}.get((rises, falls), "up")


def check_homogeneous(op: Op) -> None:
    """f(t x) = t^k f(x) for t > 0 for the k that is told and, where None is, for none."""
    rng = np.random.default_rng(0)
    args = rng.uniform(-3.0, 3.0, (op.arity, 64))
    degrees = [
        degree
        for degree in range(-3, 6)
        if all(
            _same(_values(op, *(scale * args)), scale**degree * _values(op, *args)) for scale in (0.5, 3.0)
        )
    ]
    assert degrees == ([] if op.homogeneous is None else [op.homogeneous])


def check_bounds(op: Op) -> None:
    """The bounds are the infimum and supremum; without bounds the value leaves +-100."""
    values = _values(op, *_sample(op))
    values = values[~np.isnan(values)]
    if op.bounded is None:
        assert np.abs(values).max() > 100.0
    else:
        low, high = op.bounded
        assert low - 1e-15 <= values.min() < low + 1e-4
        assert high - 1e-4 < values.max() <= high + 1e-15


def check_domain(op: Op) -> None:
    """Inside, value and slopes are finite; right outside they are not."""
    low, high = op.domain
    assert low < high
    tried = np.array([low, high, -1e-7, 1e-7, *np.linspace(-20.0, 20.0, 81)])
    assert _finite(op, tried[np.isfinite(tried) & (tried >= low) & (tried <= high)])
    offsets = np.array([*np.geomspace(1e-12, 1e-6, 25), 1e-7, float(np.finfo(np.float64).tiny)])
    if np.isfinite(low):
        assert not _finite(op, low - offsets)
    if np.isfinite(high):
        assert not _finite(op, high + offsets)


def _finite(op: Op, numbers: Array) -> bool:
    """Value and slopes, each argument in turn at `numbers`, the other one at 1/2."""
    # The slope of a quotient has the square of its divisor, which underflows in the outermost numbers.
    ordinary = np.where((numbers > 0.0) & (numbers < 1e-150), 1e-150, numbers)
    for moved in range(op.arity):
        for functions, row in (((op.reference,), numbers), (op.slopes, ordinary)):
            place = [row if argument == moved else np.full_like(row, 0.5) for argument in range(op.arity)]
            with np.errstate(all="ignore"):
                if not all(bool(np.isfinite(function(*place)).all()) for function in functions):
                    return False
    return True


def check_smooth(op: Op) -> None:
    """Derivatives up to the one told agree from left and right; the next one does not."""
    jumps = _jumps(op.name, op.arity, op.domain)
    told = op.smooth
    assert told == float("inf") or (float(told).is_integer() and told >= -1)
    for order, jump in enumerate(jumps):
        if order <= told:
            assert not jump, f"derivative {order} jumps"
    if told != float("inf"):
        order = int(told) + 1
        assert order < len(jumps), "nothing shows that derivative to jump"
        assert jumps[order], f"derivative {order} does not jump"


@cache
def _jumps(name: str, arity: int, domain: tuple[float, float]) -> tuple[bool, ...]:
    """For orders 0 to 3: whether that derivative of the oracle jumps somewhere inside the domain, along any
    argument, or grows beyond all bounds."""
    places = [(mp.mpf(0),), (mp.mpf(1),), (mp.mpf("-0.5"),), (mp.mpf("0.25"),)]
    if arity > 1:
        rows = [(1, 1, 2), ("0.5", 2, 3), (2, "0.5", 1), (0, -1, 1), (1, 0, 2), (0, 0, 0)]
        places = [tuple(map(mp.mpf, row[:arity])) for row in rows]

    def jumps(order: int, place: tuple[Any, ...], argument: int) -> bool:
        def along(number: Any) -> Any:
            return ORACLES[name](*(number if i == argument else fixed for i, fixed in enumerate(place)))

        tiny = mp.mpf("1e-25")
        around = [*place, place[argument] - tiny, place[argument] + tiny]
        if not all(domain[0] <= number <= domain[1] for number in around):
            return False
        sides = [
            real(lambda d=direction: mp.diff(along, place[argument] + d * tiny, order, direction=d))
            if order
            else real(lambda d=direction: along(place[argument] + d * tiny))
            for direction in (-1, 1)
        ]
        finite = all(mp.isfinite(side) for side in sides)
        endless = order > 0 and abs(sides[0]) > mp.mpf("1e8")
        return finite and (endless or abs(sides[0] - sides[1]) > mp.mpf("1e-4") * (1 + abs(sides[0])))

    return tuple(
        any(jumps(order, place, argument) for place in places for argument in range(arity))
        for order in range(4)
    )


def check_algebra(op: Op) -> None:
    """f(x, y) = f(y, x), and f(f(x, y), z) = f(x, f(y, z)), exactly where told."""
    commutative = associative = False
    if op.arity == 2:
        x, y, z = np.random.default_rng(0).uniform(-3.0, 3.0, (3, 64))
        commutative = _same(_values(op, x, y), _values(op, y, x))
        left, right = _values(op, _values(op, x, y), z), _values(op, x, _values(op, y, z))
        associative = _same(left, right)
    assert (op.commutative, op.associative) == (commutative, associative)


def _same(left: Array, right: Array) -> bool:
    return bool(np.allclose(left, right, rtol=1e-9, atol=1e-12, equal_nan=True))


FLAG_CHECKS: Final[tuple[Callable[[Op], None], ...]] = (
    check_parity,
    check_trends,
    check_homogeneous,
    check_bounds,
    check_domain,
    check_smooth,
    check_algebra,
)
