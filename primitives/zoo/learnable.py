"""Functions whose whole shape is learnt: rational functions, sums of bumps, splines and broken lines."""

from .row import Known

__all__ = ["ROWS"]

_PAU_TOP = (
    0.029792778657264946,
    0.6183735264987601,
    2.323309062531321,
    3.051936237265109,
    1.4854203263828845,
    0.2510244961111299,
)
_PAU_BOTTOM = (1.1419548357285474, 4.393159974992486, 0.8714712309957245, 0.34719662339598834)

_OPAU_TOP = (3.5077, 5.7268, 3.694, 1.1125, 0.1144, -0.0385)
_OPAU_BOTTOM = (5.2384, 0.8844, 0.0218, 0.01)

_KAN_CENTRES = (-1.4, -1.0, -0.6, -0.2, 0.2, 0.6, 1.0, 1.4)
"""Of the cubic B-splines of the grid of 5 intervals on [-1, 1], prolonged by 3 on each side."""

_KAF_SCALE = 0.9695896898516748
_KAF_STEP = 8 / 19
_KAF_START = (
    *(-2.3017, 3.8544, -5.237, 4.1157, -2.2216, -1.9797, 6.4925, -12.2511, 16.7441, -19.657),
    *(18.7684, -14.154, 7.5404, 1.5564, -9.7938, 19.0226, -23.5552, 25.8645, -19.123, 10.9871),
)

_PWLU_START = (0.0, 0.0, 0.0, 0.0, 1.0, 2.0, 3.0)


def _declared(letter: str, values: tuple[float, ...], first: int = 0, scope: str = "") -> str:
    """`a0=0.5, a1=0.25`, all of one scope."""
    return ", ".join(f"{letter}{number}={value!r}{scope}" for number, value in enumerate(values, first))


def _kan() -> str:
    bumps = [
        f"c{number}*(relu(2 - abs(2.5*x - {2.5 * centre!r}))^3 - 4*relu(1 - abs(2.5*x - {2.5 * centre!r}))^3)"
        for number, centre in enumerate(_KAN_CENTRES)
    ]
    start = _declared("c", (0.0,) * len(bumps))
    return f"b*x*sigmoid(x) + s*({' + '.join(bumps)})/6 | b=1.0, s=1.0, {start}"


def _kaf() -> str:
    bumps = [
        f"c{number}*gauss({_KAF_SCALE!r}*(x - {_KAF_STEP * number - 4!r}))"
        for number in range(len(_KAF_START))
    ]
    return f"{' + '.join(bumps)} | {_declared('c', _KAF_START, scope=' channel')}"


def _pwlu() -> str:
    place = "6*(x - low)/(high - low)"
    pieces = [f"(y{n + 1} - y{n})*min(max({place} - {n}, 0), 1)" for n in range(len(_PWLU_START) - 1)]
    line = f"y0 + k*min(x - low, 0) + {' + '.join(pieces)} + h*max(x - high, 0)"
    return f"{line} | low=-3.0, high=3.0, k=0.0, h=1.0, {_declared('y', _PWLU_START)}"


ROWS = (
    Known(
        "pau",
        "(a0 + x*(a1 + x*(a2 + x*(a3 + x*(a4 + x*a5)))))"
        "/(1 + abs(b1)*abs(x) + abs(b2)*x^2 + abs(b3)*abs(x^3) + abs(b4)*square(x^2))"
        f" | {_declared('a', _PAU_TOP)}, {_declared('b', _PAU_BOTTOM, 1)}",
        "(a0 + a1 x + ... + a5 x^5)/(1 + |b1 x| + ... + |b4 x^4|), learnt from near leaky_relu",
        "learnable",
        "Molina, Schramowski, Kersting 2019, arXiv 1907.06732",
        aliases=("rational",),
        note="Start as in the authors' later package (version A, degrees 5 and 4): within 0.03 of leaky_relu "
        "on [-3, 3].",
    ),
    Known(
        "opau",
        "(c0 + c1*x + c2*(x^2 - 1) + c3*(x^3 - 3*x) + c4*((x^2 - 6)*x^2 + 3) + c5*x*((x^2 - 10)*x^2 + 15))"
        "/(1 + abs(d1*x) + abs(d2*(x^2 - 1)) + abs(d3*(x^3 - 3*x)) + abs(d4*((x^2 - 6)*x^2 + 3)))"
        f" | {_declared('c', _OPAU_TOP)}, {_declared('d', _OPAU_BOTTOM, 1)}",
        "(c0 + c1 He1 + ... + c5 He5)/(1 + |d1 He1| + ... + |d4 He4|), Hermite polynomials He, learnt from "
        "near leaky_relu",
        "learnable",
        "Biswas, Banerjee, Pandey 2021, arXiv 2106.09693",
        note="The paper starts at leaky_relu too; these starting numbers are a least-squares fit of our own, "
        "within 0.09 of it on [-3, 3].",
    ),
    Known(
        "kan_spline",
        _kan(),
        "b silu(x) + s sum of c_i B_i(x), B_i eight cubic B-splines on the grid -1, -0.6, ..., 1, "
        "learnt from silu",
        "learnable",
        "Liu, Wang, Vaidya, Ruehle, Halverson, Soljačić, Hou, Tegmark 2024, arXiv 2404.19756",
        note="In the paper on every edge of the network and with the c_i drawn at random; here of the "
        "pre-activation, and the c_i start at 0.",
    ),
    Known(
        "kaf",
        _kaf(),
        "sum of c_i e^(-g(x - d_i)^2), 20 points d_i from -4 to 4 a step D apart, g = 1/(6 D^2), "
        "learnt per channel from near elu",
        "learnable",
        "Scardapane, Van Vaerenbergh, Totaro, Uncini 2017, arXiv 1707.04035",
        note="Starts at the ridge regression (1e-4) of elu on the points, one of the paper's two starts; it "
        "falls to 0 beyond them.",
    ),
    Known(
        "apl",
        "relu(x) + a1*relu(b1 - x) + a2*relu(b2 - x) "
        "| a1=0.0 channel, b1=-1.0 channel, a2=0.0 channel, b2=1.0 channel",
        "max(x, 0) + a1 max(b1 - x, 0) + a2 max(b2 - x, 0), learnt per channel from relu",
        "learnable",
        "Agostinelli, Hoffman, Sadowski, Baldi 2014, arXiv 1412.6830",
        note="Two hinges; the paper takes one to five and leaves their start open.",
    ),
    Known(
        "pwlu",
        _pwlu(),
        "straight between (low, y0), ..., (high, y6), of slope k to the left and h to the right, "
        "learnt from relu",
        "learnable",
        "Zhou, Zhu, Zhong 2021, arXiv 2104.03693",
        note="Six intervals from -3 to 3; the paper then moves low and high to 3 deviations about the mean "
        "of the data, which is not done here.",
    ),
    Known(
        "taaf_tanh",
        "a*tanh(b*x + c) + d | a=1.0 channel, b=1.0 channel, c=0.0 channel, d=0.0 channel",
        "a tanh(bx + c) + d, learnt per channel from tanh",
        "learnable",
        "Kunc, Kléma 2021, Transformative adaptive activation functions in neural networks for gene "
        "expression inference; arXiv 2402.09249",
        aliases=("taaf",),
        note="The paper wraps any function so.",
    ),
)
