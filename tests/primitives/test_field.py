"""The grammar is a superset of the field: all primitives of all published systems can be written.

One row a primitive: its name, a text, and what it is in mpmath, written from its definition. Parameters of
a text stand at their starts, which the definition has as numbers.
"""

from collections.abc import Callable
from itertools import product
from typing import Any, Final

import mpmath as mp
import numpy as np
import pytest

from actsearch.primitives import canonical, key, latex, parse, pieces, source, value
from tests.primitives.ops.oracles import real

E7: Final = mp.mpf(1e-7)


def s(x: Any) -> Any:
    return 1 / (1 + mp.exp(-x))


def sp(x: Any) -> Any:
    return mp.log1p(mp.exp(x))


def clip(x: Any, low: Any, high: Any) -> Any:
    return low if x < low else high if x > high else x


NULLARY: Final[dict[str, tuple[str, Callable[..., Any]]]] = {
    "x": ("x", lambda x: x),
    "0": ("0", lambda x: 0),
    "1": ("1", lambda x: 1),
    "a constant from a grid": ("0.25", lambda x: 0.25),
    "a learnable constant": ("p(0.75, channel)", lambda x: 0.75),
}

UNARY: Final[dict[str, tuple[str, Callable[..., Any]]]] = {
    "identity": ("x", lambda x: x),
    "-x": ("-x", lambda x: -x),
    "|x|": ("abs(x)", mp.fabs),
    "sign": ("sign(x)", mp.sign),
    "1/x": ("recip(x)", lambda x: 1 / x),
    "x^2": ("x^2", lambda x: x * x),
    "x^3": ("x^3", lambda x: x * x * x),
    "sqrt": ("sqrt(x)", mp.sqrt),
    "cbrt": ("cbrt(x)", lambda x: mp.sign(x) * mp.cbrt(abs(x))),
    "signed sqrt": ("signed_sqrt(x)", lambda x: mp.sign(x) * mp.sqrt(abs(x))),
    "exp": ("exp(x)", mp.exp),
    "exp2": ("exp2(x)", lambda x: mp.power(2, x)),
    "expm1": ("expm1(x)", mp.expm1),
    "log": ("log(x)", mp.log),
    "log1p": ("log1p(x)", mp.log1p),
    "log2": ("log2(x)", lambda x: mp.log(x, 2)),
    "log(|x|+eps)": ("log_abs(x)", lambda x: mp.log(abs(x) + E7)),
    "sqrt of |x|": ("sqrt_abs(x)", lambda x: mp.sqrt(abs(x))),
    "sin": ("sin(x)", mp.sin),
    "cos": ("cos(x)", mp.cos),
    "tan": ("tan(x)", mp.tan),
    "sinc": ("sinc(x)", mp.sinc),
    "asin": ("asin(x)", mp.asin),
    "acos": ("acos(x)", mp.acos),
    "atan": ("atan(x)", mp.atan),
    "sinh": ("sinh(x)", mp.sinh),
    "cosh": ("cosh(x)", mp.cosh),
    "tanh": ("tanh(x)", mp.tanh),
    "asinh": ("asinh(x)", mp.asinh),
    "acosh": ("acosh(x)", mp.acosh),
    "atanh": ("atanh(x)", mp.atanh),
    "sech": ("sech(x)", mp.sech),
    "csch": ("csch(x)", mp.csch),
    "sigmoid": ("sigmoid(x)", s),
    "log-sigmoid": ("log_sigmoid(x)", lambda x: mp.log(s(x))),
    "hard sigmoid, torch": ("clamp(x/6 + 0.5, 0, 1)", lambda x: clip(x / 6 + 0.5, 0, 1)),
    "hard sigmoid, keras": ("clamp(0.2*x + 0.5, 0, 1)", lambda x: clip(mp.mpf("0.2") * x + 0.5, 0, 1)),
    "hard sigmoid, of two": ("clamp((x + 1)/2, 0, 1)", lambda x: clip((x + 1) / 2, 0, 1)),
    "softplus": ("softplus(x)", sp),
    "softsign": ("x/(1 + abs(x))", lambda x: x / (1 + abs(x))),
    "erf": ("erf(x)", mp.erf),
    "erfc": ("erfc(x)", mp.erfc),
    "normal CDF": ("normal_cdf(x)", mp.ncdf),
    "exp(-x^2)": ("gauss(x)", lambda x: mp.exp(-x * x)),
    "Bessel i0e": ("i0e(x)", lambda x: mp.exp(-abs(x)) * mp.besseli(0, x)),
    "Bessel i1e": ("i1e(x)", lambda x: mp.exp(-abs(x)) * mp.besseli(1, x)),
    "gamma": ("gamma(x)", mp.gamma),
    "lgamma": ("lgamma(x)", lambda x: mp.log(abs(mp.gamma(x)))),
    "max(x,0)": ("relu(x)", lambda x: max(x, 0)),
    "min(x,0)": ("min0(x)", lambda x: min(x, 0)),
    "ReLU^2": ("relu(x)^2", lambda x: max(x, 0) ** 2),
    "ReLU^3": ("relu(x)^3", lambda x: max(x, 0) ** 3),
    "LeakyReLU": ("max(x, 0.01*x)", lambda x: x if x > 0 else mp.mpf("0.01") * x),
    "RReLU, in test": (
        "relu(x) + 11/48*min0(x)",
        lambda x: x if x > 0 else (mp.mpf(1) / 8 + mp.mpf(1) / 3) / 2 * x,
    ),
    "thresholded ReLU": ("where(x - 1, x, 0)", lambda x: x if x >= 1 else 0),
    "ELU": ("join(x, expm1(x), x)", lambda x: x if x > 0 else mp.expm1(x)),
    "CELU": ("join(x, 2*expm1(x/2), x)", lambda x: x if x > 0 else 2 * mp.expm1(x / 2)),
    "SELU": (
        "1.0507009873554805*(relu(x) + 1.6732632423543772*min0(expm1(x)))",
        lambda x: mp.mpf("1.0507009873554805") * (x if x > 0 else mp.mpf("1.6732632423543772") * mp.expm1(x)),
    ),
    "Swish": ("x*sigmoid(x)", lambda x: x * s(x)),
    "GELU": ("x*normal_cdf(x)", lambda x: x * mp.ncdf(x)),
    "Mish": ("x*tanh(softplus(x))", lambda x: x * mp.tanh(sp(x))),
    "ELiSH": ("join(x, expm1(x), x)*sigmoid(x)", lambda x: (x if x > 0 else mp.expm1(x)) * s(x)),
    "hardswish": ("x*clamp(x + 3, 0, 6)/6", lambda x: x * clip(x + 3, 0, 6) / 6),
    "hardtanh": ("clamp(x, -1, 1)", lambda x: clip(x, -1, 1)),
    "hardshrink": ("where(abs(x) - 0.5, x, 0)", lambda x: x if abs(x) >= 0.5 else 0),
    "softshrink": ("x - clamp(x, -0.5, 0.5)", lambda x: mp.sign(x) * max(abs(x) - 0.5, 0)),
    "rational tanh": (
        "1.7159*sign(x)*(1 - 1/(1 + abs(2/3*x) + (2/3*x)^2 + 1.41645*(2/3*x)^4))",
        lambda x: (
            mp.mpf("1.7159")
            * mp.sign(x)
            * (1 - 1 / (1 + abs(2 * x / 3) + (2 * x / 3) ** 2 + mp.mpf("1.41645") * (2 * x / 3) ** 4))
        ),
    ),
    "rectified tanh": ("relu(tanh(x))", lambda x: max(mp.tanh(x), 0)),
    "Gompertz": ("gompertz(x)", lambda x: mp.exp(-mp.exp(-x))),
    "sign(x) log(1+|x|)": ("sign_log(x)", lambda x: mp.sign(x) * mp.log(1 + abs(x))),
    "step": ("step(x)", lambda x: 1 if x >= 0 else 0),
    "clamp": ("clamp(x, -2, 0.5)", lambda x: clip(x, -2, 0.5)),
    "round": ("round(x)", mp.nint),
    "floor": ("floor(x)", mp.floor),
    "ceil": ("ceil(x)", mp.ceil),
}

WITH_A_PARAMETER: Final[dict[str, tuple[str, Callable[..., Any]]]] = {
    "beta x": ("b*x | b=1.5 channel", lambda x: 1.5 * x),
    "x + beta": ("x + b | b=1.5 neuron", lambda x: 1.5 + x),
    "|x|^p": ("abs(x)^b | b=1.5", lambda x: abs(x) ** 1.5),
    "x |x|^(p-1)": ("signed_pow(x, b) | b=1.5", lambda x: x * abs(x) ** 0.5),
    "sigmoid(beta x)": ("sigmoid(b*x) | b=1.5", lambda x: s(1.5 * x)),
    "softplus_beta": ("softplus(b*x)/b | b=1.5", lambda x: sp(1.5 * x) / 1.5),
    "clip at +-l": ("clamp(x, -b, b) | b=1.5", lambda x: clip(x, -1.5, 1.5)),
}

BINARY: Final[dict[str, tuple[str, Callable[..., Any]]]] = {
    "+": ("x + x1", lambda x, y: x + y),
    "-": ("x - x1", lambda x, y: x - y),
    "*": ("x*x1", lambda x, y: x * y),
    "/ raw": ("x/x1", lambda x, y: x / y),
    "/ over y+eps": ("div_eps(x, x1)", lambda x, y: x / (y + E7)),
    "/ over |y|+eps": ("div_abs(x, x1)", lambda x, y: x / (abs(y) + E7)),
    "max": ("max(x, x1)", max),
    "min": ("min(x, x1)", min),
    "pow": ("x^x1", mp.power),
    "signed pow": ("signed_pow(x, x1)", lambda x, y: mp.sign(x) * abs(x) ** y),
    "sigmoid(x1) x2": ("sigmoid(x)*x1", lambda x, y: s(x) * y),
    "tanh(x1) x2": ("tanh(x)*x1", lambda x, y: mp.tanh(x) * y),
    "exp(-beta (x1-x2)^2)": ("exp(-b*(x - x1)^2) | b=1.5", lambda x, y: mp.exp(-1.5 * (x - y) ** 2)),
    "exp(-beta |x1-x2|)": ("exp(-b*abs(x - x1)) | b=1.5", lambda x, y: mp.exp(-1.5 * abs(x - y))),
    "beta x1 + (1-beta) x2": ("b*x + (1 - b)*x1 | b=0.25", lambda x, y: 0.25 * x + 0.75 * y),
    "sigmoid(g) x1 + (1-sigmoid(g)) x2": (
        "mix(g, x, x1) | g=0.5",
        lambda x, y: s(0.5) * x + (1 - s(0.5)) * y,
    ),
    "left": ("x", lambda x, y: x),
    "right": ("x1", lambda x, y: y),
    "atan2": ("atan2(x, x1)", mp.atan2),
    "hypot": ("hypot(x, x1)", mp.hypot),
    "logaddexp": ("logaddexp(x, x1)", lambda x, y: mp.log(mp.exp(x) + mp.exp(y))),
    "piecewise join": ("join(x, sin(x), x1)", lambda x, y: mp.sin(x) if x < 0 else y),
}

TERNARY: Final[dict[str, tuple[str, Callable[..., Any]]]] = {
    "clamp": ("clamp(x, x1, x2)", lambda x, y, z: min(max(x, y), z)),
    "fused multiply-add": ("fma(x, x1, x2)", lambda x, y, z: x * y + z),
    "where(c, a, b)": ("where(x, x1, x2)", lambda x, y, z: y if x >= 0 else z),
    "sum": ("sum(x, x1, x2)", lambda x, y, z: x + y + z),
    "product": ("prod(x, x1, x2)", lambda x, y, z: x * y * z),
    "max": ("max(x, x1, x2)", max),
    "min": ("min(x, x1, x2)", min),
    "mean": ("mean(x, x1, x2)", lambda x, y, z: (x + y + z) / 3),
    "logsumexp": ("logsumexp(x, x1, x2)", lambda *a: mp.log(sum(map(mp.exp, a)))),
    "softmax-weighted mixture": (
        "softmix(x, x1, x1, x2, x2, sin(x))",
        lambda x, y, z: (
            (mp.exp(x) * y + mp.exp(y) * z + mp.exp(z) * mp.sin(x)) / (mp.exp(x) + mp.exp(y) + mp.exp(z))
        ),
    ),
    "maxout over 3 pieces": ("max(x, x1, x2)", max),
    "a gate": ("sigmoid(x)*tanh(x1) + 0*x2", lambda x, y, z: s(x) * mp.tanh(y)),
    "surrogate(f, g)": ("surrogate(step(x), tanh(x1)*x2)", lambda x, y, z: 1 if x >= 0 else 0),
}

PARAMETERS: Final[dict[str, tuple[str, Callable[..., Any]]]] = {
    "scope layer": ("b*x | b=0.5", lambda x: 0.5 * x),
    "scope channel": ("b*x | b=0.5 channel", lambda x: 0.5 * x),
    "scope neuron": ("b*x | b=0.5 neuron", lambda x: 0.5 * x),
    "times on an edge": ("tanh(b*x) | b=0.5", lambda x: mp.tanh(0.5 * x)),
    "plus on an edge": ("tanh(x + b) | b=0.5", lambda x: mp.tanh(x + 0.5)),
    "exponent": ("signed_pow(x, b) | b=3.0", lambda x: x**3),
    "mixing weight through a sigmoid": ("mix(b, x, x^2) | b=0.0", lambda x: (x + x**2) / 2),
    "mixing weights through a softmax": (
        "softmix(a, x, b, x^2, c, 1) | a=0.5, b=0.0, c=0.0",
        lambda x: (mp.exp(0.5) * x + x**2 + 1) / (mp.exp(0.5) + 2),
    ),
    "positive through softplus": ("softplus(b)*x | b=0.5", lambda x: sp(mp.mpf(0.5)) * x),
    "bounded through tanh": ("tanh(b)*x | b=0.5", lambda x: mp.tanh(0.5) * x),
    "constant from a grid": ("2*x", lambda x: 2 * x),
}

TABLES: Final = {
    "nullary": (1, NULLARY),
    "unary": (1, UNARY),
    "with a parameter": (1, WITH_A_PARAMETER),
    "binary": (2, BINARY),
    "ternary and more": (3, TERNARY),
    "parameter": (1, PARAMETERS),
}
"""Number of pieces and rows."""

POINTS: Final = (-5.25, -1.6, -0.7, -0.2, 0.3, 0.6, 0.95, 1.3, 2.6, 6.5)

ROWS: Final = [
    pytest.param(count, *row, id=f"{table}: {name}")
    for table, (count, rows) in TABLES.items()
    for name, row in rows.items()
]


@pytest.mark.parametrize(("count", "text", "definition"), ROWS)
def test_it_can_be_written_and_is_what_it_is_called(
    count: int, text: str, definition: Callable[..., Any]
) -> None:
    expr = parse(text)
    assert pieces(expr) <= count
    places = list(product(POINTS[:: 1 if count == 1 else 2], repeat=count))
    found = value(expr, [np.array(column) for column in zip(*places, strict=True)])
    known = 0
    for place, number in zip(places, found, strict=True):
        expected = real(lambda place=place: definition(*map(mp.mpf, place)))
        if mp.isfinite(expected):
            assert abs(float(number) - float(expected)) <= 1e-12 * (1 + abs(float(expected))), place
            known += 1
        else:
            assert not np.isfinite(number), place
    assert known >= 3


@pytest.mark.parametrize("text", [text for _, rows in TABLES.values() for text, _ in rows.values()])
def test_it_has_a_canonical_form_a_key_a_formula_and_a_class(text: str) -> None:
    form = canonical(parse(text))
    assert key(form) == key(parse(text))
    assert latex(form)
    assert "def forward" in source(form)


ROW: Final = [mp.mpf(number) for number in ("0.5", "-1.25", "2", "0.75", "-3", "1")]


def mean(row: Any) -> Any:
    return mp.fsum(row) / len(row)


def variance(row: Any) -> Any:
    return mean([(x - mean(row)) ** 2 for x in row])


AXIS: Final[dict[str, tuple[str, Callable[..., list[Any]]]]] = {
    "mean": ("axis_mean(x)", lambda row: [mean(row) for _ in row]),
    "variance": ("axis_var(x)", lambda row: [variance(row) for _ in row]),
    "norm of x^1": ("axis_norm(x)", lambda row: [mp.sqrt(mean([x**2 for x in row])) for _ in row]),
    "norm of x^3": ("axis_norm(x^3)", lambda row: [mp.sqrt(mean([x**6 for x in row])) for _ in row]),
    "standardise": (
        "axis_standardise(x)",
        lambda row: [(x - mean(row)) / mp.sqrt(variance(row) + mp.mpf("1e-5")) for x in row],
    ),
    "softmax": ("axis_softmax(x)", lambda row: [mp.exp(x) / mp.fsum(map(mp.exp, row)) for x in row]),
}


@pytest.mark.parametrize(("text", "definition"), AXIS.values(), ids=AXIS)
def test_over_an_axis_it_is_what_it_is_called(text: str, definition: Callable[..., list[Any]]) -> None:
    found = value(parse(text), [np.array([[float(x) for x in ROW], [1.0] * 6])])
    np.testing.assert_allclose(found[0], [float(x) for x in definition(ROW)], rtol=1e-13)
    np.testing.assert_allclose(found[1], [float(x) for x in definition([mp.mpf(1)] * 6)], atol=1e-15)
