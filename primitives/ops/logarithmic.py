"""Logarithms, raw and signed, and what is made of them."""

import math

import numpy as np

from ..op import Op
from ..special import sigmoid

__all__ = ["ROWS"]

_TINY = float(np.finfo(np.float64).tiny)

ROWS = (
    Op(
        name="log",
        arity=1,
        formula="log(x)",
        torch="torch.log({0})",
        reference=np.log,
        slopes=(lambda x: np.where(x < 0.0, np.nan, 1.0) / x,),
        kernel="f = m_log(x); dx = x < 0 ? M_NAN_ : 1 / x;",
        latex=r"\log\left({0}\right)",
        flops=10,
        transcendental=1,
        trends=("up",),
        domain=(_TINY, float("inf")),
        source="elementary; raw, not a number below 0",
    ),
    Op(
        name="log1p",
        arity=1,
        formula="log(1 + x)",
        torch="torch.log1p({0})",
        reference=np.log1p,
        slopes=(lambda x: np.where(x < -1.0, np.nan, 1.0) / (1.0 + x),),
        kernel="f = m_log1p(x); dx = x < -1 ? M_NAN_ : 1 / (1 + x);",
        latex=r"\log\left(1 + {0:2}\right)",
        flops=11,
        transcendental=1,
        trends=("up",),
        domain=(math.nextafter(-1.0, 0.0), float("inf")),
        source="elementary; raw, not a number below -1, without cancellation near 0",
    ),
    Op(
        name="log2",
        arity=1,
        formula="log2(x)",
        torch="torch.log2({0})",
        reference=np.log2,
        slopes=(lambda x: np.where(x < 0.0, np.nan, 1.0 / math.log(2.0)) / x,),
        kernel="f = m_log2(x); dx = x < 0 ? M_NAN_ : M_1_LN2_ / x;",
        latex=r"\operatorname{{log2}}\left({0}\right)",
        flops=10,
        transcendental=1,
        trends=("up",),
        domain=(_TINY, float("inf")),
        source="elementary; raw, not a number below 0",
    ),
    Op(
        name="sign_log",
        arity=1,
        formula="sign(x) * log(1 + |x|)",
        # One of the two is 0 with slope 0; at 0 it is the second.
        torch="torch.log1p(torch.clamp({0}, min=0.0)) - torch.log1p(torch.relu(-{0}))",
        reference=lambda x: np.sign(x) * np.log1p(np.abs(x)),
        slopes=(lambda x: 1.0 / (1.0 + np.abs(x)),),
        kernel="const real a = m_abs(x); f = m_copysign(m_log1p(a), x); dx = 1 / (1 + a);",
        latex=r"\operatorname{{sgn}}\left({0}\right) \cdot \log\left(1 + \left|{0}\right|\right)",
        precedence=2,
        flops=14,
        transcendental=1,
        smooth=1,
        trends=("up",),
        parity="odd",
        source="Hafner, Pasukonis, Ba, Lillicrap 2023, arXiv 2301.04104 (symlog)",
    ),
    Op(
        name="log_sigmoid",
        arity=1,
        formula="log(1 / (1 + exp(-x)))",
        torch="torch.nn.functional.logsigmoid({0})",
        reference=lambda x: -np.logaddexp(0.0, -x),
        slopes=(lambda x: sigmoid(-x),),
        kernel=(
            "const real e = m_exp(-m_abs(x)), d = 1 / (1 + e); f = (x < 0 ? x : R(0)) - m_log1p_unit(e); "
            "dx = x >= 0 ? e * d : d;"
        ),
        latex=r"\log\left(\sigma\left({0}\right)\right)",
        flops=23,
        transcendental=2,
        trends=("up",),
        source="Bingham, Miikkulainen 2022, arXiv 2006.03179",
    ),
    Op(
        name="logaddexp",
        arity=2,
        formula="log(exp(x) + exp(y))",
        torch="torch.logaddexp({0}, {1})",
        tensors=True,
        reference=np.logaddexp,
        slopes=(lambda x, y: sigmoid(x - y), lambda x, y: sigmoid(y - x)),
        kernel=(
            "const real u = x - y, e = m_exp(-m_abs(u)), d = 1 / (1 + e); "
            "f = x == y ? x + M_LN2_ : (u > 0 ? x : y) + m_log1p_unit(e); dx = u >= 0 ? d : e * d; "
            "dy = u >= 0 ? e * d : d;"
        ),
        latex=r"\log\left(e^{{{0}}} + e^{{{1}}}\right)",
        flops=31,
        transcendental=3,
        trends=("up", "up"),
        commutative=True,
        associative=True,
        source="elementary; without overflow",
    ),
)
