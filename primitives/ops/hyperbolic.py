"""Hyperbolic operators and the inverses that bend like them."""

import numpy as np

from ..op import Op
from ..special import sigmoid

__all__ = ["ROWS"]

ROWS = (
    Op(
        name="sinh",
        arity=1,
        formula="sinh(x)",
        torch="torch.sinh({0})",
        reference=np.sinh,
        slopes=(np.cosh,),
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
        latex=r"\arctan\left({0}\right)",
        flops=10,
        transcendental=1,
        bounded=(-np.pi / 2, np.pi / 2),
        trends=("up",),
        parity="odd",
        source="elementary",
    ),
)
