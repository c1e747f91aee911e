"""Circular functions and their inverses, and sinc."""

import math

import numpy as np

from ..op import Array, Op
from ..special import sinc, sinc_slope

__all__ = ["ROWS"]

_NEAR = 0.25
"""Below it torch computes sinc(x) as the mean of cos(t x) over t from 0 to 1, by the Gauss-Legendre rule
of five points (off by 4e-16 at most): sin(x)/x is sound, but its slope cancels, and that of `torch.sinc`
is off by 3e-4 in float32."""

_SINC = f"""\
torch.where(
    torch.abs({{0}}) < {_NEAR},
    0.28444444444444444
    + 0.4786286704993665 * torch.cos(0.5384693101056831 * {{0}})
    + 0.23692688505618908 * torch.cos(0.906179845938664 * {{0}}),
    torch.sin({{0}}) / torch.where(torch.abs({{0}}) < {_NEAR}, 1.0, {{0}}),
)"""

_INSIDE = (math.nextafter(-1.0, 0.0), math.nextafter(1.0, 0.0))
"""Between -1 and 1, where slopes are finite."""

_HYPOT = """\
torch.where(
    torch.abs({0}) + torch.abs({1}) == 0.0,
    0.0,
    torch.hypot(torch.where(torch.abs({0}) + torch.abs({1}) == 0.0, 1.0, {0}), {1}),
)"""


def _share(x: Array, y: Array) -> Array:
    """x / sqrt(x^2 + y^2), and 0 at (0, 0)."""
    size = np.hypot(x, y)
    return np.where(size == 0.0, 0.0, x / size)


ROWS = (
    Op(
        name="sin",
        arity=1,
        formula="sin(x)",
        torch="torch.sin({0})",
        reference=np.sin,
        slopes=(np.cos,),
        kernel="m_sin_cos(x, far, &f, &dx);",
        latex=r"\sin\left({0}\right)",
        flops=10,
        transcendental=1,
        bounded=(-1.0, 1.0),
        parity="odd",
        source="elementary",
    ),
    Op(
        name="cos",
        arity=1,
        formula="cos(x)",
        torch="torch.cos({0})",
        reference=np.cos,
        slopes=(lambda x: -np.sin(x),),
        kernel="real s; m_sin_cos(x, far, &s, &f); dx = -s;",
        latex=r"\cos\left({0}\right)",
        flops=10,
        transcendental=1,
        bounded=(-1.0, 1.0),
        parity="even",
        source="elementary",
    ),
    Op(
        name="sinc",
        arity=1,
        formula="sin(x) / x if x else 1",
        torch=_SINC,
        reference=sinc,
        slopes=(sinc_slope,),
        kernel=(
            "real s, c; m_sin_cos(x, far, &s, &c); f = x == 0 ? R(1) : s / x; "
            "dx = m_abs(x) < 1 ? m_sinc_slope(x) : (c - f) / x;"
        ),
        latex=r"\operatorname{{sinc}}\left({0}\right)",
        flops=11,
        transcendental=1,
        bounded=(-0.21723362821122165, 1.0),
        parity="even",
        source="Ramachandran, Zoph, Le 2017, arXiv 1710.05941; unnormalised",
    ),
    Op(
        name="tan",
        arity=1,
        formula="tan(x)",
        torch="torch.tan({0})",
        reference=np.tan,
        slopes=(lambda x: 1.0 + np.square(np.tan(x)),),
        kernel="real s, c; m_sin_cos(x, far, &s, &c); f = s / c; dx = 1 + f * f;",
        latex=r"\tan\left({0}\right)",
        flops=10,
        transcendental=1,
        parity="odd",
        source="elementary; raw, its poles are met by no float64 number but neared by many",
    ),
    Op(
        name="asin",
        arity=1,
        formula="asin(x)",
        torch="torch.asin({0})",
        reference=np.arcsin,
        slopes=(lambda x: 1.0 / np.sqrt((1.0 - x) * (1.0 + x)),),
        kernel="f = m_asin(x); dx = 1 / m_sqrt((1 - x) * (1 + x));",
        latex=r"\arcsin\left({0}\right)",
        flops=10,
        transcendental=1,
        bounded=(-np.pi / 2, np.pi / 2),
        trends=("up",),
        parity="odd",
        domain=_INSIDE,
        source="elementary; raw, not a number beyond -1 and 1",
    ),
    Op(
        name="acos",
        arity=1,
        formula="acos(x)",
        torch="torch.acos({0})",
        reference=np.arccos,
        slopes=(lambda x: -1.0 / np.sqrt((1.0 - x) * (1.0 + x)),),
        kernel="f = m_acos(x); dx = -1 / m_sqrt((1 - x) * (1 + x));",
        latex=r"\arccos\left({0}\right)",
        flops=10,
        transcendental=1,
        bounded=(0.0, np.pi),
        trends=("down",),
        domain=_INSIDE,
        source="elementary; raw, not a number beyond -1 and 1",
    ),
    Op(
        name="atan2",
        arity=2,
        formula="atan2(x, y)",
        torch="torch.atan2({0}, {1})",
        tensors=True,
        reference=np.arctan2,
        slopes=(
            lambda x, y: np.where((x == 0.0) & (y == 0.0), 0.0, y / (x * x + y * y)),
            lambda x, y: np.where((x == 0.0) & (y == 0.0), 0.0, -x / (x * x + y * y)),
        ),
        kernel=(
            "const real h = m_hypot(x, y); f = m_atan2(x, y); dx = h == 0 ? R(0) : y / h / h; "
            "dy = h == 0 ? R(0) : -x / h / h;"
        ),
        latex=r"\operatorname{{atan2}}\left({0}, {1}\right)",
        flops=10,
        transcendental=1,
        smooth=-1,
        bounded=(-np.pi, np.pi),
        homogeneous=0,
        breaks="x",
        source="elementary; the angle of the point (y, x), which jumps where y < 0 and x passes 0",
    ),
    Op(
        name="hypot",
        arity=2,
        formula="sqrt(x^2 + y^2)",
        torch=_HYPOT,
        tensors=True,
        reference=np.hypot,
        slopes=(lambda x, y: _share(x, y), lambda x, y: _share(y, x)),
        kernel="f = m_hypot(x, y); dx = f == 0 ? R(0) : x / f; dy = f == 0 ? R(0) : y / f;",
        latex=r"\sqrt{{{0:9}^{{2}} + {1:9}^{{2}}}}",
        flops=4,
        smooth=0,
        homogeneous=1,
        commutative=True,
        associative=True,
        breaks="x + 0.618034*x1",
        source="elementary; without overflow, with slope 0 at (0, 0)",
    ),
)
