"""Hyperbolic operators and the inverses that bend like them."""

import math

import numpy as np

from ..op import Op
from ..special import sech, sigmoid

__all__ = ["ROWS"]

_TINY = float(np.finfo(np.float64).tiny)


ROWS = (
    Op(
        name="sinh",
        arity=1,
        formula="sinh(x)",
        torch="torch.sinh({0})",
        reference=np.sinh,
        slopes=(np.cosh,),
        kernel="m_sinh_cosh(x, &f, &dx);",
        latex=r"\sinh\left({0}\right)",
        flops=10,
        transcendental=1,
        trends=("up",),
        parity="odd",
        source="elementary",
    ),
    Op(
        name="cosh",
        arity=1,
        formula="cosh(x)",
        torch="torch.cosh({0})",
        reference=np.cosh,
        slopes=(np.sinh,),
        kernel="m_sinh_cosh(x, &dx, &f);",
        latex=r"\cosh\left({0}\right)",
        flops=10,
        transcendental=1,
        parity="even",
        source="elementary",
    ),
    Op(
        name="tanh",
        arity=1,
        formula="tanh(x)",
        torch="torch.tanh({0})",
        reference=np.tanh,
        # 1 - tanh(x)^2 = 1 / cosh(x)^2 = 4 s(2x) s(-2x) with the sigmoid s: no cancellation, no overflow.
        slopes=(lambda x: 4.0 * sigmoid(2.0 * x) * sigmoid(-2.0 * x),),
        kernel=(
            "real e, m; m_exp_expm1(-2 * m_abs(x), &e, &m); const real d = 1 / (2 + m); "
            "f = m_copysign(-m * d, x); dx = 4 * e * d * d;"
        ),
        latex=r"\tanh\left({0}\right)",
        flops=10,
        transcendental=1,
        bounded=(-1.0, 1.0),
        trends=("up",),
        parity="odd",
        source="elementary",
    ),
    Op(
        name="asinh",
        arity=1,
        formula="asinh(x)",
        torch="torch.asinh({0})",
        reference=np.arcsinh,
        slopes=(lambda x: 1.0 / np.hypot(x, 1.0),),
        kernel="const real a = m_abs(x); f = m_asinh(x); dx = 1 / (a > R(1e9) ? a : m_sqrt(1 + a * a));",
        latex=r"\operatorname{{asinh}}\left({0}\right)",
        flops=10,
        transcendental=1,
        trends=("up",),
        parity="odd",
        source="elementary",
    ),
    Op(
        name="atan",
        arity=1,
        formula="atan(x)",
        torch="torch.atan({0})",
        reference=np.arctan,
        slopes=(lambda x: 1.0 / (1.0 + np.square(x)),),
        kernel="f = m_atan(x); dx = 1 / (1 + x * x);",
        latex=r"\arctan\left({0}\right)",
        flops=10,
        transcendental=1,
        bounded=(-np.pi / 2, np.pi / 2),
        trends=("up",),
        parity="odd",
        source="elementary",
    ),
    Op(
        name="acosh",
        arity=1,
        formula="acosh(x)",
        torch="torch.acosh({0})",
        reference=np.arccosh,
        slopes=(lambda x: 1.0 / (np.sqrt(x - 1.0) * np.sqrt(x + 1.0)),),
        kernel="f = m_acosh(x); dx = 1 / (m_sqrt(x - 1) * m_sqrt(x + 1));",
        latex=r"\operatorname{{acosh}}\left({0}\right)",
        flops=10,
        transcendental=1,
        trends=("up",),
        domain=(math.nextafter(1.0, 2.0), float("inf")),
        source="elementary; raw, not a number below 1",
    ),
    Op(
        name="atanh",
        arity=1,
        formula="atanh(x)",
        torch="torch.atanh({0})",
        reference=np.arctanh,
        slopes=(lambda x: np.where(np.abs(x) > 1.0, np.nan, 1.0) / ((1.0 - x) * (1.0 + x)),),
        kernel="f = m_atanh(x); dx = m_abs(x) > 1 ? M_NAN_ : 1 / ((1 - x) * (1 + x));",
        latex=r"\operatorname{{atanh}}\left({0}\right)",
        flops=10,
        transcendental=1,
        trends=("up",),
        parity="odd",
        domain=(math.nextafter(-1.0, 0.0), math.nextafter(1.0, 0.0)),
        source="elementary; raw, infinite at -1 and 1, not a number beyond",
    ),
    Op(
        name="sech",
        arity=1,
        formula="1 / cosh(x)",
        # log(e^x + e^-x) = log(2 cosh(x)), which does not overflow, nor does its slope.
        torch="2.0 * torch.exp(-torch.logaddexp({0}, -{0}))",
        reference=sech,
        slopes=(lambda x: -sech(x) * np.tanh(x),),
        kernel=(
            "real e, m; m_exp_expm1(-m_abs(x), &e, &m); const real d = 1 / (1 + e * e); f = 2 * e * d; "
            "dx = m_copysign(f, x) * m * (2 + m) * d;"
        ),
        latex=r"\operatorname{{sech}}\left({0}\right)",
        flops=11,
        transcendental=1,
        bounded=(0.0, 1.0),
        parity="even",
        source="elementary",
    ),
    Op(
        name="csch",
        arity=1,
        formula="1 / sinh(x)",
        # Beyond 80 the value is under all rounding, and the slope were infinity times 0.
        torch="1.0 / torch.sinh(torch.clamp({0}, -80.0, 80.0))",
        reference=lambda x: 1.0 / np.sinh(x),
        slopes=(lambda x: -sech(x) / np.square(np.tanh(x)),),
        kernel=(
            "real e, m; m_exp_expm1(-m_abs(x), &e, &m); "
            "const real d = 1 / m_abs(m * (2 + m)), s = 2 * e * d; f = m_copysign(s, x); "
            "dx = -s * (1 + e * e) * d;"
        ),
        latex=r"\operatorname{{csch}}\left({0}\right)",
        flops=11,
        transcendental=1,
        parity="odd",
        domain=(_TINY, float("inf")),
        source="elementary; raw, not finite at 0",
    ),
)
