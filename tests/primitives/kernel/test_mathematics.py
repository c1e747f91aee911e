"""The functions of `mathematics.h` in float: no further from float64 libraries than its first lines say."""

import math
import re
from collections.abc import Callable
from functools import cache
from typing import Final

import numpy as np
import pytest
from scipy import special

from actsearch.primitives.kernel.build import flag_sets
from actsearch.primitives.kernel.compilers import Compiler
from actsearch.primitives.kernel.text import mathematics
from tests.primitives.kernel.compiled import Array, Loop, Loops, compiled, every_compiler

STATED: Final = {
    name: float(error) for name, error in re.findall(r"(\w+) (\d+\.\d)[,.]", mathematics().partition("*/")[0])
}
"""The largest error of each function by the header, in units in the last place."""

LOOPS: Final[dict[str, Loop]] = {
    **{
        name: Loop(1, ("f",), f"f = m_{name}(x);")
        for name in (
            *("exp", "exp2", "log", "log2", "log1p", "log1p_unit", "sinc_slope", "asin", "acos", "atan"),
            *("asinh", "acosh", "atanh", "cbrt", "gauss", "gauss_half", "i0e", "i1e"),
            *("gamma", "lgamma", "digamma"),
        )
    },
    "expm1": Loop(1, ("f",), "real e; m_exp_expm1(x, &e, &f); (void)e;"),
    "sinh": Loop(1, ("f",), "real c; m_sinh_cosh(x, &f, &c); (void)c;"),
    "cosh": Loop(1, ("f",), "real s; m_sinh_cosh(x, &s, &f); (void)s;"),
    "sin": Loop(1, ("f",), "real c; m_sin_cos(x, far, &f, &c); (void)c;"),
    "cos": Loop(1, ("f",), "real s; m_sin_cos(x, far, &s, &f); (void)s;"),
    **{
        name: Loop(1, ("f",), f"real g; f = m_{name}(x, &g); (void)g;")
        for name in ("erf", "erfc", "normal_cdf")
    },
    "atan2": Loop(2, ("f",), "f = m_atan2(x, y);"),
    "hypot": Loop(2, ("f",), "f = m_hypot(x, y);"),
    "pow": Loop(2, ("f",), "real a, b; m_pow_parts(x, y, &f, &a, &b); (void)a, (void)b;"),
    "pow_less": Loop(2, ("f",), "real a, b; m_pow_parts(x, y, &a, &f, &b); (void)a, (void)b;"),
    "power": Loop(2, ("f",), "real a, b; m_power_parts(m_abs(x), y, &f, &a, &b); (void)a, (void)b;"),
    "power_log": Loop(2, ("f",), "real a, b; m_power_parts(m_abs(x), y, &a, &b, &f); (void)a, (void)b;"),
}
"""How each is called; `STATED` has the same names."""


def _sinc_slope(x: Array) -> Array:
    """Term by term of the series; not a number beyond 1."""
    inside, series = np.where(np.abs(x) <= 1.0, x, np.nan), np.zeros_like(x)
    for k in range(11, 0, -1):
        series = series * inside * inside + (-1.0) ** k * 2 * k / math.factorial(2 * k + 1)
    return series * inside


def _signed_gamma(x: Array) -> Array:
    pole = (x <= 0) & (np.floor(x) == x)
    return np.where(pole, np.inf * (1 - 2 * np.mod(x, 2.0)), special.gamma(x))


def _digamma(x: Array) -> Array:
    """Below 0 by reflection: next to its poles scipy loses digits to the product of pi and x."""
    below = special.psi(1.0 - x) - np.pi / np.tan(np.pi * (x - np.rint(x)))
    return np.where((x < 0) & (x != np.rint(x)), below, special.psi(x))


ORACLES: Final[dict[str, Callable[..., Array]]] = {
    **{name: getattr(np, name) for name in ("exp", "exp2", "expm1", "log", "log2", "log1p", "cbrt", "hypot")},
    **{name: getattr(np, name) for name in ("sin", "cos", "sinh", "cosh")},
    **{
        name: getattr(np, f"arc{name[1:]}")
        for name in ("asin", "acos", "atan", "asinh", "acosh", "atanh", "atan2")
    },
    **{name: getattr(special, name) for name in ("erf", "erfc")},
    "log1p_unit": lambda x: np.where((x >= 0) & (x <= 1), np.log1p(x), np.nan),
    "sinc_slope": _sinc_slope,
    "gauss": lambda x: np.exp(-x * x),
    "gauss_half": lambda x: np.exp(-x * x / 2),
    "normal_cdf": special.ndtr,
    "i0e": lambda x: np.where(np.isinf(x), 0.0, special.i0e(x)),
    "i1e": lambda x: np.where(np.isinf(x), 0.0, special.i1e(x)),
    "gamma": _signed_gamma,
    "lgamma": lambda x: np.where(np.isinf(x), np.inf, special.gammaln(x)),
    "digamma": _digamma,
    "pow": np.power,
    # Where the power has no value, its slope has no use; nor has the sign of 1/-0.
    "pow_less": lambda x, y: np.where(np.signbit(x) & (np.floor(y) != y), np.nan, np.power(x, y - 1.0)),
    "power": lambda x, y: np.power(np.abs(x), y),
    "power_log": lambda x, y: np.log(np.abs(x)),
}

PARTIAL: Final = ("log1p_unit", "sinc_slope", "pow_less")
"""Functions with a use for some arguments only: for others their oracles give not-a-number."""

EDGES: Final = np.array(
    [
        *(0.0, 1e-45, 1.1754942e-38, 1.1754944e-38, 1e-30, 1e-10, 0.25, 1 / 3, 0.5, 2 / 3, 0.7, 1.0, 4 / 3),
        *(1.5, 2.0, 3.0, 4.0, np.pi / 4, np.pi / 2, np.pi, 10.0, 11.0, 20.0, 30.0, 87.33, 88.72283, 88.72284),
        *(89.41598, 89.415985, 90.0, 103.97, 104.0, 127.99999, 128.0, 149.0, 150.0, 29999.0, 3e4, 30001.0),
        *(65536.0, 16777215.0, 1e9, 1e30, 3.4028235e38, np.inf, np.nan),
    ],
    dtype=np.float32,
)
"""Where functions turn from one way of computing to another, overflow or underflow."""

EVERY: Final = 8191
"""One float of so many is tried."""


@cache
def unary(every: int = EVERY) -> Array:
    """Floats of all sizes, as dense as they lie; ordinary numbers; edges and their neighbours; both signs."""
    rng = np.random.default_rng(0)
    sizes = np.arange(0, 0x7F800000, every, dtype=np.uint32).view(np.float32)
    ordinary = np.concatenate([rng.normal(0.0, 1.0, 30_000), rng.uniform(0.0, 30.0, 30_000)]).astype(
        np.float32
    )
    with np.errstate(over="ignore"):
        around = [np.nextafter(EDGES, np.float32(to)) for to in (-np.inf, np.inf)]
    # Where sine or cosine all but vanishes: the floats next to multiples of pi/2.
    quarters = (np.concatenate([np.arange(1, 20_000), 2.0 ** np.arange(15, 50)]) * (np.pi / 2)).astype(
        np.float32
    )
    positive = np.concatenate([sizes, ordinary, EDGES, quarters, *around])
    return np.concatenate([positive, -positive])


@cache
def binary() -> tuple[Array, Array]:
    """Pairs of floats of all sizes, of ordinary numbers, of edges; exponents that keep powers finite."""
    rng = np.random.default_rng(1)
    wild = rng.integers(0, 2**32, (2, 50_000), dtype=np.uint32).view(np.float32)
    tame = rng.normal(0.0, 2.0, (2, 50_000)).astype(np.float32)
    whole = np.stack([wild[0], rng.integers(-6, 7, 50_000).astype(np.float32)])
    with np.errstate(all="ignore"):
        reach = np.stack([wild[0], rng.uniform(-90.0, 90.0, 50_000) / np.log(np.abs(wild[0].astype(float)))])
    both = np.concatenate([EDGES, -EDGES])
    grid = np.stack([column.ravel() for column in np.meshgrid(both, both)])
    x, y = np.concatenate([wild, tame, whole, reach.astype(np.float32), grid], axis=1)
    return x, y


def columns(name: str, every: int = EVERY) -> tuple[Array, ...]:
    return (unary(every),) if LOOPS[name].arity == 1 else binary()


def units(found: Array, exact: Array) -> Array:
    """How far each lies from the exact number, in units in the last place of a float of that size; infinite
    where one is not a number or infinite and the other is not."""
    with np.errstate(all="ignore"):
        rounded = exact.astype(np.float32)
        size = np.clip(np.floor(np.log2(np.abs(exact))), -126, 127)
        # The first number beyond the range stands for infinity.
        near, far = (np.clip(array.astype(np.float64), -(2.0**128), 2.0**128) for array in (found, exact))
        error = np.abs(near - far) / np.exp2(size - 23)
    # Below the least normal number results are rounded twice.
    error = np.where(np.abs(exact) < 2.0**-126, np.maximum(error - 1.0, 0.0), error)
    same = (found == rounded) | (np.isnan(found) & np.isnan(rounded))
    return np.where(same, np.minimum(np.nan_to_num(error), 0.5), np.where(np.isnan(error), np.inf, error))


def worst(loops: Loops, name: str, every: int = EVERY) -> tuple[float, tuple[float, ...]]:
    """The largest error of a function, and where."""
    at = columns(name, every)
    with np.errstate(all="ignore"):
        exact = np.asarray(ORACLES[name](*(column.astype(np.float64) for column in at)))
    error = units(loops(name, *at)[0], exact)
    if name in PARTIAL:
        error[np.isnan(exact)] = 0.0
    place = int(np.argmax(error))
    return float(error[place]), tuple(float(column[place]) for column in at)


@pytest.fixture(scope="module")
def loops() -> Loops:
    return compiled("f", LOOPS)


def test_every_function_has_an_oracle_and_a_stated_error() -> None:
    assert set(LOOPS) == set(ORACLES) == set(STATED)


@pytest.mark.parametrize("name", LOOPS)
def test_error_is_at_most_what_the_header_says(loops: Loops, name: str) -> None:
    error, place = worst(loops, name)
    assert error <= STATED[name], f"m_{name}{place}"
    assert error >= 0.6 * STATED[name], "the header says too much"


@pytest.mark.slow
@pytest.mark.parametrize("compiler", every_compiler(), ids=lambda compiler: compiler.version[:24])
def test_any_compiler_keeps_the_errors(compiler: Compiler) -> None:
    """Also for a processor of the least kind, without vectors of any width and without fused products."""
    for flags in (flag_sets()[0], flag_sets()[-1]):
        made = compiled("f", LOOPS, compiler, flags)
        for name in LOOPS:
            error, place = worst(made, name)
            assert error <= STATED[name] + 0.5, f"m_{name}{place} with {flags}"


@pytest.mark.parametrize("name", ["sin", "cos"])
def test_a_far_neighbour_changes_no_bit(loops: Loops, name: str) -> None:
    x = unary()[np.abs(unary()) <= 3e4]
    alone = loops(name, x)[0]
    with_far = loops(name, np.stack([x, np.full_like(x, 1e30)], axis=1).ravel())[0][::2]
    np.testing.assert_array_equal(alone.view(np.uint32), with_far.view(np.uint32))


ODD: Final = (
    "expm1",
    "log1p",
    "sinh",
    "sin",
    "asin",
    "atan",
    "asinh",
    "atanh",
    "cbrt",
    "erf",
    "i1e",
    "sinc_slope",
)


@pytest.mark.parametrize("name", ODD)
def test_zero_keeps_its_sign(loops: Loops, name: str) -> None:
    found = loops(name, np.array([0.0, -0.0]))[0]
    turned = name == "sinc_slope"
    assert [bool(sign) for sign in np.signbit(found)] == [turned, not turned]


def test_angle_of_signed_zeros(loops: Loops) -> None:
    x, y = (column.ravel() for column in np.meshgrid([0.0, -0.0], [0.0, -0.0, 1.0, -1.0, np.inf, -np.inf]))
    found, exact = loops("atan2", x, y)[0], np.arctan2(x, y)
    np.testing.assert_allclose(found, exact, rtol=1e-6)
    np.testing.assert_array_equal(np.signbit(found), np.signbit(exact))


ROUGH: Final = {"digamma": 1e-12, **dict.fromkeys(("gamma", "lgamma", "pow", "power", "pow_less"), 1e-12)}
"""Where float64 libraries agree to fewer digits: next to poles and roots, and of large exponents."""


def test_double_is_the_library_of_c() -> None:
    """The functions that C's library lacks are compared, too: Bessel, digamma, the slope of sinc."""
    made = compiled("d", LOOPS)
    for name in LOOPS:
        with np.errstate(all="ignore"):
            at = tuple(column[::7].astype(np.float64) for column in columns(name))
            exact = np.asarray(ORACLES[name](*at))
        known = ~np.isnan(exact) if name in PARTIAL else np.ones(len(exact), dtype=bool)
        rtol, atol = ROUGH.get(name, 4e-14), 1e-14 if name == "digamma" else 1e-16
        found = made(name, *at)[0]
        np.testing.assert_allclose(found[known], exact[known], rtol=rtol, atol=atol, err_msg=name)
