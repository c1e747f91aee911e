"""What the known functions are, written a second time from their definitions, in mpmath.

Nothing here looks at the rows. An oracle takes the pieces, then the parameters by name.
"""

from collections.abc import Callable
from typing import Any, Final, TypeAlias

import mpmath as mp

__all__ = ["ORACLES"]

mp.mp.dps = 30

Oracle: TypeAlias = Callable[..., Any]


def sigmoid(x: Any) -> Any:
    return 1 / (1 + mp.exp(-x))


def plus(x: Any) -> Any:
    return max(x, mp.mpf(0))


def minus(x: Any) -> Any:
    return min(x, mp.mpf(0))


def clip(x: Any, low: Any, high: Any) -> Any:
    return low if x < low else high if x > high else x


def elu(x: Any) -> Any:
    return x if x > 0 else mp.exp(x) - 1


def gelu(x: Any) -> Any:
    return x * mp.ncdf(x)


def hermite(degree: int, x: Any) -> Any:
    """He: x He_n - n He_(n-1) = He_(n+1)."""
    before, here = mp.mpf(0), mp.mpf(1)
    for n in range(degree):
        before, here = here, x * here - n * before
    return here


def spline(knots: list[Any], degree: int, x: Any) -> Any:
    """Cox and de Boor's recursion, on `degree + 2` knots."""
    if degree == 0:
        return mp.mpf(1) if knots[0] <= x < knots[1] else mp.mpf(0)
    rising = (x - knots[0]) / (knots[degree] - knots[0]) * spline(knots[:-1], degree - 1, x)
    falling = (knots[-1] - x) / (knots[-1] - knots[1]) * spline(knots[1:], degree - 1, x)
    return rising + falling


def pau(x: Any, **p: Any) -> Any:
    top = mp.fsum(p[f"a{n}"] * x**n for n in range(6))
    return top / (1 + mp.fsum(abs(p[f"b{n}"] * x**n) for n in range(1, 5)))


def opau(x: Any, **p: Any) -> Any:
    top = mp.fsum(p[f"c{n}"] * hermite(n, x) for n in range(6))
    return top / (1 + mp.fsum(abs(p[f"d{n}"] * hermite(n, x)) for n in range(1, 5)))


def kan(x: Any, **p: Any) -> Any:
    knots = [mp.mpf(-1) + mp.mpf(n) * 2 / 5 for n in range(-3, 9)]
    bumps = mp.fsum(p[f"c{n}"] * spline(knots[n : n + 5], 3, x) for n in range(8))
    return p["b"] * x * sigmoid(x) + p["s"] * bumps


def kaf(x: Any, **p: Any) -> Any:
    step = mp.mpf(8) / 19
    return mp.fsum(p[f"c{n}"] * mp.exp(-((x + 4 - n * step) ** 2) / (6 * step**2)) for n in range(20))


def pwlu(x: Any, **p: Any) -> Any:
    low, high = p["low"], p["high"]
    step = (high - low) / 6
    if x < low:
        return p["y0"] + p["k"] * (x - low)
    if x >= high:
        return p["y6"] + p["h"] * (x - high)
    n = int(mp.floor((x - low) / step))
    return p[f"y{n}"] + (p[f"y{n + 1}"] - p[f"y{n}"]) * (x - low - n * step) / step


def xielu(x: Any, p: Any, n: Any) -> Any:
    up, down = mp.log(1 + mp.exp(p)), mp.mpf("0.5") + mp.log(1 + mp.exp(n))
    return up * x * x + x / 2 if x > 0 else down * (mp.exp(x) - 1) - down * x + x / 2


def powlu(x: Any) -> Any:
    return x ** (1 + 3 / (mp.sqrt(x) + 1)) * sigmoid(x) if x > 0 else x * x * sigmoid(x)


def srelu(x: Any, low: Any, high: Any, below: Any, above: Any) -> Any:
    if x >= high:
        return high + above * (x - high)
    return low + below * (x - low) if x <= low else x


def sau(x: Any, a: Any) -> Any:
    s = mp.mpf("5e-5")
    near = (1 - a) * s / mp.sqrt(2 * mp.pi) * mp.exp(-(x**2) / (2 * s**2))
    return near + (1 + a) * x / 2 + (1 - a) * x / 2 * mp.erf(x / (mp.sqrt(2) * s))


SIGMOIDAL: Final[dict[str, Oracle]] = {
    "step": lambda x: mp.mpf(x >= 0),
    "lecun_tanh": lambda x: mp.mpf("1.7159") * mp.tanh(2 * x / 3),
    "isru": lambda x: x / mp.sqrt(1 + x * x),
    "hard_sigmoid_keras": lambda x: clip(x / 5 + mp.mpf("0.5"), 0, 1),
    "hard_sigmoid_binary": lambda x: clip((x + 1) / 2, 0, 1),
    "ptanh": lambda x: mp.tanh(x) if x > 0 else mp.tanh(x) / 4,
    "elliott": lambda x: x / (2 * (1 + abs(x))) + mp.mpf("0.5"),
    "gompertz": lambda x: mp.exp(-mp.exp(-x)),
    "cloglog": lambda x: 1 - mp.exp(-mp.exp(x)),
}

RECTIFIERS: Final[dict[str, Oracle]] = {
    "prelu": lambda x, a: x if x > 0 else a * x,
    "celu": lambda x, a: x if x > 0 else a * (mp.exp(x / a) - 1),
    "isrlu": lambda x: x if x > 0 else x / mp.sqrt(1 + x * x),
    "squareplus": lambda x: (x + mp.hypot(x, 2)) / 2,
    "squared_relu": lambda x: plus(x) ** 2,
    "star_relu": lambda x, s, b: s * plus(x) ** 2 + b,
    "shifted_relu": lambda x: max(x, mp.mpf(-1)),
    "brelu": lambda x: clip(x, 0, 1),
    "pact": lambda x, a: clip(x, 0, a),
    "plu": lambda x: max((x + 1) / 10 - 1, min((x - 1) / 10 + 1, x)),
    "srelu": srelu,
    "abslu": lambda x, a: x if x > 0 else a * abs(x),
    "pelu": lambda x, a, b: a / b * x if x > 0 else a * (mp.exp(x / b) - 1),
    "smooth_squared_relu": lambda x: x * (x + mp.hypot(x, mp.mpf("0.2"))) / 2,
    "xielu": xielu,
    "polyrelu": lambda x, a, b, c, d: mp.polyval([c, b, a, d], plus(x)),
}

GATED: Final[dict[str, Oracle]] = {
    "dsilu": lambda x: sigmoid(x) * (1 + x * (1 - sigmoid(x))),
    "swish": lambda x, b: x * sigmoid(b * x),
    "quick_gelu": lambda x: x * sigmoid(mp.mpf("1.702") * x),
    "elish": lambda x: elu(x) * sigmoid(x),
    "lisht": lambda x: x * mp.tanh(x),
    "tanhexp": lambda x: x * mp.tanh(mp.exp(x)),
    "serf": lambda x: x * mp.erf(mp.log1p(mp.exp(x))),
    "golu": lambda x: x * mp.exp(-mp.exp(-x)),
    "e_swish": lambda x: mp.mpf("1.5") * x * sigmoid(x),
    "hard_elish": lambda x: elu(x) * clip((x + 1) / 2, 0, 1),
    "logish": lambda x: x * mp.log(1 + sigmoid(x)),
    "smish": lambda x: x * mp.tanh(mp.log(1 + sigmoid(x))),
    "gish": lambda x: x * mp.log(2 - mp.exp(-mp.exp(x))),
    "phish": lambda x: x * mp.tanh(gelu(x)),
    "erfact": lambda x, a, b: x * mp.erf(a * mp.exp(b * x)),
    "pserf": lambda x, a, b: x * mp.erf(a * mp.log1p(mp.exp(b * x))),
    "atlu": lambda x: x * (mp.atan(x) + mp.pi / 2) / mp.pi,
    "xatlu": lambda x, a: x * ((mp.atan(x) + mp.pi / 2) / mp.pi * (1 + 2 * a) - a),
    "xgelu": lambda x, a: x * (mp.ncdf(x) * (1 + 2 * a) - a),
    "xsilu": lambda x, a: x * (sigmoid(x) * (1 + 2 * a) - a),
    "colu": lambda x: x / (1 - x * mp.exp(-(x + mp.exp(x)))),
    "sinlu": lambda x, a, b: (x + a * mp.sin(b * x)) * sigmoid(x),
    "swim": lambda x: x / 2 * (1 + mp.mpf("0.5") * x / mp.sqrt(1 + x * x)),
    "eis1": lambda x: x * mp.log1p(mp.exp(x)) / (x + mp.mpf("1.16") * mp.exp(-x)),
    "eis2": lambda x: x * mp.log1p(mp.exp(x)) / mp.sqrt(1 + x * x),
    "aria": lambda x: x * (1 + mp.exp(-x)) ** mp.mpf("-1.5"),
    "aglu": lambda x, a, k: x * (a * mp.exp(-k * x) + 1) ** (-1 / a),
    "b_silu": lambda x: (x + mp.mpf("1.67")) * sigmoid(x) - mp.mpf("1.67") / 2,
    "powlu": powlu,
    "acon_b": lambda x, p, b: (x - p * x) * sigmoid(b * (x - p * x)) + p * x,
    "acon_c": lambda x, p, q, b: (p * x - q * x) * sigmoid(b * (p * x - q * x)) + q * x,
    "smu": lambda x, m: (mp.mpf("1.25") * x + mp.mpf("0.75") * x * mp.erf(m * mp.mpf("0.75") * x)) / 2,
    "smu1": lambda x, m: (mp.mpf("1.25") * x + mp.hypot(mp.mpf("0.75") * x, m)) / 2,
    "sau": sau,
}

WAVES: Final[dict[str, Oracle]] = {
    "siren": mp.sin,
    "snake": lambda x, a: x + (1 - mp.cos(2 * a * x)) / (2 * a),
    "snake_beta": lambda x, a, b: x + (1 - mp.cos(2 * a * x)) / (2 * b),
    "gcu": lambda x: x * mp.cos(x),
    "asu": lambda x: x * mp.sin(x),
    "finer": lambda x: mp.sin((abs(x) + 1) * x),
    "gaussian": lambda x: mp.sqrt(2 * mp.pi) * mp.npdf(x),
    "gaussian_wavelet": lambda x: x * mp.sqrt(2 * mp.pi) * mp.npdf(x),
    "tent": lambda x, d: plus(d - abs(x)),
    "bitent": lambda x, d: plus(d / 2 - abs(abs(x) - d / 2 - mp.mpf("0.05"))),
}

LEARNABLE: Final[dict[str, Oracle]] = {
    "pau": pau,
    "opau": opau,
    "kan_spline": kan,
    "kaf": kaf,
    "apl": lambda x, a1, b1, a2, b2: plus(x) + a1 * plus(b1 - x) + a2 * plus(b2 - x),
    "pwlu": pwlu,
    "taaf_tanh": lambda x, a, b, c, d: a * mp.tanh(b * x + c) + d,
}

SEARCHED: Final[dict[str, Oracle]] = {
    "max_sigmoid": lambda x: max(x, sigmoid(x)),
    "max_tanh": lambda x: max(x, mp.tanh(x)),
    "min_sin": lambda x: min(x, mp.sin(x)),
    "cos_minus": lambda x: mp.cos(x) - x,
    "atan_square_minus": lambda x: mp.atan(x) ** 2 - x,
    "sinc_plus": lambda x: mp.sinc(x) + x,
    "asinh_square_times": lambda x: x * mp.asinh(x) ** 2,
    "aquasurf_product": lambda x: -x * sigmoid(x) * clip(x / 5 + mp.mpf("0.5"), 0, 1),
    "gelu_sine": lambda x: gelu(x) + mp.sin(x) / 10,
    "gelu_sinc": lambda x: gelu(x) * (1 + mp.sincpi(x) / 2),
    "gmtu": lambda x: mp.tanh(3 * x / 2) * mp.exp(-x * x / 5) + x / 5,
}

PIECES: Final[dict[str, Oracle]] = {
    "maxout": max,
    "bilinear": lambda x, y: x * y,
    "reglu": lambda x, y: plus(x) * y,
    "geglu": lambda x, y: gelu(x) * y,
    "swiglu": lambda x, y: x * sigmoid(x) * y,
    "drelu": lambda x, y: plus(x) * plus(y),
}

ORACLES: Final[dict[str, Oracle]] = {
    **SIGMOIDAL,
    **RECTIFIERS,
    **GATED,
    **WAVES,
    **LEARNABLE,
    **SEARCHED,
    **PIECES,
}
"""Of every row that torch does not have, and of those that learn parameters."""
