"""Roots, powers and quotients that keep a sign or are guarded."""

import numpy as np

from ..op import Op
from ..special import recip, signed_pow

__all__ = ["ROWS"]

_TINY = float(np.finfo(np.float64).tiny)

_AWAY = "torch.where({0} == 0.0, 1.0, {0})"
"""1 in the place of 0, where the sign makes the product 0 anyway: else its slope were 0 times infinity."""

_AT_ZERO = "the slope at 0, which is infinite, counts as 0"

ROWS = (
    Op(
        name="recip",
        arity=1,
        formula="1 / x",
        torch="torch.reciprocal({0})",
        reference=recip,
        slopes=(lambda x: -recip(x) * recip(x),),
        kernel="f = 1 / x; dx = -f * f;",
        latex=r"\frac{{1}}{{{0}}}",
        precedence=2,
        flops=1,
        parity="odd",
        homogeneous=-1,
        domain=(_TINY, float("inf")),
        source="elementary; raw, not finite at 0",
    ),
    Op(
        name="cbrt",
        arity=1,
        formula="sign(x) * |x|^(1 / 3)",
        torch=f"torch.sign({{0}}) * torch.abs({_AWAY}) ** (1.0 / 3.0)",
        reference=np.cbrt,
        slopes=(lambda x: np.where(x == 0.0, 0.0, recip(3.0 * np.square(np.cbrt(x)))),),
        kernel="f = m_cbrt(x); dx = x == 0 ? R(0) : 1 / (3 * f * f);",
        latex=r"\sqrt[3]{{{0}}}",
        flops=14,
        transcendental=1,
        smooth=0,
        trends=("up",),
        parity="odd",
        source=f"elementary; {_AT_ZERO}",
    ),
    Op(
        name="sqrt_abs",
        arity=1,
        formula="sqrt(|x|)",
        torch=f"torch.abs(torch.sign({{0}})) * torch.sqrt(torch.abs({_AWAY}))",
        reference=lambda x: np.sqrt(np.abs(x)),
        slopes=(lambda x: np.where(x == 0.0, 0.0, 0.5 * np.sign(x) * recip(np.sqrt(np.abs(x)))),),
        kernel="f = m_sqrt(m_abs(x)); dx = x == 0 ? R(0) : m_copysign(R(0.5) / f, x);",
        latex=r"\sqrt{{\left|{0}\right|}}",
        flops=2,
        smooth=0,
        parity="even",
        source=f"elementary; {_AT_ZERO}",
    ),
    Op(
        name="signed_sqrt",
        arity=1,
        formula="sign(x) * sqrt(|x|)",
        torch=f"torch.sign({{0}}) * torch.sqrt(torch.abs({_AWAY}))",
        reference=lambda x: np.sign(x) * np.sqrt(np.abs(x)),
        slopes=(lambda x: np.where(x == 0.0, 0.0, 0.5 * recip(np.sqrt(np.abs(x)))),),
        kernel="const real s = m_sqrt(m_abs(x)); f = m_copysign(s, x); dx = x == 0 ? R(0) : R(0.5) / s;",
        latex=r"\operatorname{{sgn}}\left({0}\right) \cdot \sqrt{{\left|{0}\right|}}",
        precedence=2,
        flops=4,
        smooth=0,
        trends=("up",),
        parity="odd",
        source=f"elementary; {_AT_ZERO}",
    ),
    Op(
        name="signed_pow",
        arity=2,
        formula="sign(x) * |x|^y if x else 0",
        torch=f"torch.sign({{0}}) * torch.abs({_AWAY}) ** {{1}}",
        tensors=True,
        reference=signed_pow,
        slopes=(
            lambda x, y: np.where(x == 0.0, 0.0, y * np.power(np.abs(x), y - 1.0)),
            lambda x, y: signed_pow(x, y) * np.log(np.where(x == 0.0, 1.0, np.abs(x))),
        ),
        kernel=(
            "const real a = m_abs(x); real power, less, l; m_power_parts(a, y, &power, &less, &l); "
            "f = x == 0 ? R(0) : m_sign(x) * power; dx = x == 0 ? R(0) : y * less; "
            "dy = x == 0 ? R(0) : f * l;"
        ),
        latex=r"\operatorname{{sgn}}\left({0}\right) \cdot \left|{0}\right|^{{{1}}}",
        precedence=2,
        flops=13,
        transcendental=1,
        smooth=-1,
        breaks="x",
        source="elementary; 0 with slope 0 at x = 0, whatever y is",
    ),
    Op(
        name="div_abs",
        arity=2,
        formula="x / (|y| + 1e-7)",
        torch="{0} / (torch.abs({1}) + 1e-07)",
        tensors=True,
        reference=lambda x, y: x / (np.abs(y) + 1e-7),
        slopes=(
            lambda x, y: 1.0 / (np.abs(y) + 1e-7 + np.zeros_like(x)),
            lambda x, y: -np.sign(y) * x / (np.abs(y) + 1e-7) / (np.abs(y) + 1e-7),
        ),
        kernel="const real d = m_abs(y) + R(1e-7); f = x / d; dx = 1 / d; dy = -m_sign(y) * f / d;",
        latex=r"\frac{{{0}}}{{\left|{1}\right| + 10^{{-7}}}}",
        precedence=2,
        flops=3,
        smooth=0,
        trends=("up", "none"),
        breaks="x1",
        source="elementary; finite for every divisor",
    ),
)
