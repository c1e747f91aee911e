"""Operators that oscillate: sine, cosine and sinc."""

import numpy as np

from ..op import Op
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

ROWS = (
    Op(
        name="sin",
        arity=1,
        formula="sin(x)",
        torch="torch.sin({0})",
        reference=np.sin,
        slopes=(np.cos,),
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
        latex=r"\operatorname{{sinc}}\left({0}\right)",
        flops=11,
        transcendental=1,
        bounded=(-0.21723362821122165, 1.0),
        parity="even",
        source="Ramachandran, Zoph, Le 2017, arXiv 1710.05941; unnormalised",
    ),
)
