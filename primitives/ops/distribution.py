"""Operators named after the integrals that define them: the normal distribution, Bessel, gamma."""

import numpy as np

from ..op import Op
from ..special import digamma, erfc, gamma, i0e, i1e, i1e_slope, log_gamma, normal_cdf

__all__ = ["ROWS"]

_TINY = float(np.finfo(np.float64).tiny)

_PANGAEA = "Bingham, Miikkulainen 2022, arXiv 2006.03179"

_BESSEL_TOP = 0.219091974950531
"""Largest value of i1e, at 1.5451."""

ROWS = (
    Op(
        name="erfc",
        arity=1,
        formula="erfc(x)",
        torch="torch.erfc({0})",
        reference=erfc,
        slopes=(lambda x: -2.0 / np.sqrt(np.pi) * np.exp(-np.square(x)),),
        kernel="real g; f = m_erfc(x, &g); dx = -M_2_SQRTPI_ * g;",
        latex=r"\operatorname{{erfc}}\left({0}\right)",
        flops=10,
        transcendental=1,
        bounded=(0.0, 2.0),
        trends=("down",),
        source=f"{_PANGAEA}; 1 - erf(x) without cancellation",
    ),
    Op(
        name="normal_cdf",
        arity=1,
        formula="ncdf(x); of the standard normal distribution",
        torch="torch.special.ndtr({0})",
        reference=normal_cdf,
        slopes=(lambda x: np.exp(-0.5 * np.square(x)) / np.sqrt(2.0 * np.pi),),
        kernel="real g; f = m_normal_cdf(x, &g); dx = M_1_SQRT2PI_ * g;",
        latex=r"\Phi\left({0}\right)",
        flops=10,
        transcendental=1,
        bounded=(0.0, 1.0),
        trends=("up",),
        source="Hendrycks, Gimpel 2016, arXiv 1606.08415",
    ),
    Op(
        name="i0e",
        arity=1,
        formula="exp(-|x|) * besseli(0, x)",
        torch="torch.special.i0e({0})",
        reference=i0e,
        slopes=(lambda x: i1e(x) - np.sign(x) * i0e(x),),
        kernel="f = m_i0e(x); dx = m_i1e(x) - m_sign(x) * f;",
        latex=r"e^{{-\left|{0}\right|}} \cdot \operatorname{{besseli}}\left(0, {0}\right)",
        precedence=2,
        flops=23,
        transcendental=2,
        smooth=0,
        bounded=(0.0, 1.0),
        parity="even",
        source=_PANGAEA,
    ),
    Op(
        name="i1e",
        arity=1,
        formula="exp(-|x|) * besseli(1, x)",
        torch="torch.special.i1e({0})",
        reference=i1e,
        slopes=(i1e_slope,),
        kernel="f = m_i1e(x); dx = x == 0 ? R(0.5) : m_i0e(x) - m_abs(f) - f / x;",
        latex=r"e^{{-\left|{0}\right|}} \cdot \operatorname{{besseli}}\left(1, {0}\right)",
        precedence=2,
        flops=23,
        transcendental=2,
        smooth=1,
        bounded=(-_BESSEL_TOP, _BESSEL_TOP),
        parity="odd",
        source=_PANGAEA,
    ),
    Op(
        name="gamma",
        arity=1,
        formula="gamma(x)",
        # Of the absolute value torch has the logarithm; below 0 the sign is that of (-1)^floor(x).
        torch=(
            "torch.exp(torch.lgamma({0}))"
            " * (1.0 - 2.0 * torch.remainder(torch.floor(torch.clamp({0}, max=0.0)), 2.0))"
        ),
        reference=gamma,
        slopes=(lambda x: gamma(x) * digamma(x),),
        kernel="f = m_gamma(x); dx = f * m_digamma(x);",
        latex=r"\Gamma\left({0}\right)",
        flops=10,
        transcendental=1,
        domain=(_TINY, float("inf")),
        source="elementary; raw, with poles at 0, -1, -2, ..., value and slope true between them",
    ),
    Op(
        name="lgamma",
        arity=1,
        formula="log(|gamma(x)|)",
        torch="torch.lgamma({0})",
        reference=log_gamma,
        slopes=(digamma,),
        kernel="f = m_lgamma(x); dx = m_digamma(x);",
        latex=r"\log\left(\left|\Gamma\left({0}\right)\right|\right)",
        flops=21,
        transcendental=2,
        domain=(_TINY, float("inf")),
        source="elementary; raw, with poles at 0, -1, -2, ..., value and slope true between them",
    ),
)
