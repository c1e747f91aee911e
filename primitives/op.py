"""`Op`: all that differs between operators, in one row. The rows stand in `ops/`."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

__all__ = ["Array", "Numpy", "Op", "Trend"]

Array: TypeAlias = NDArray[np.float64]

Numpy: TypeAlias = Callable[..., Array]
"""A function of `arity` float64 arrays that broadcast together; it may return NaN or infinity."""

Trend: TypeAlias = Literal["up", "down", "none"]
"""How the value moves with one argument, the others held: never down, never up, or neither."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Op:
    """One operator.

    `torch` is a source template in which `{0}`, `{1}`, ... are the arguments, each a tensor or a
    Python float, at least one of them a tensor; it names nothing but `torch` and `math`. Brackets
    that an argument needs are added by `source`; lines are broken inside brackets only.
    `reference` is the value in float64, `slopes` its partial derivatives, one an argument, each a
    function of all arguments. Where a slope jumps, the row takes torch's side.
    """

    name: str
    arity: int
    formula: str
    """The definition in plain mathematics of `x` (and `y`), as the documentation shows it."""
    torch: str
    reference: Numpy
    slopes: tuple[Numpy, ...]
    latex: str
    """Template like `torch`'s; a slot `{0:2}` brackets an argument of lower `precedence` than 2."""
    precedence: int = 9
    """How tightly the LaTeX binds: 1 sums and signs, 2 products and powers, 9 what closes itself."""
    tensors: bool = False
    """Whether the `torch` template takes tensors alone, no Python float."""
    kernel: str = ""
    """The row in C, for the fused kernel: statements over scalars of type `real` (float or double) that read
    the arguments `x`, `y`, `z` and set the value `f` and the partial derivatives `dx`, `dy`, `dz`. Free of
    branches (`?:` is none), so that a loop over it becomes vector instructions. They may declare locals of
    their own, call the functions of `kernel/mathematics.h`, and write numbers that are not whole as `R(0.5)`.
    `far` is the constant 0 in loops over blocks whose `x` `m_any_far` passes, and 1 in the others.
    Empty where the kernel does not serve: rows over an axis."""
    flops: int
    """Floating-point operations an element; one transcendental function counts as 10."""
    transcendental: int = 0
    """How many of them are transcendental functions (exp, log, sin, erf, ...)."""
    smooth: float = float("inf")
    """How many derivatives are continuous: -1 jumps, 0 has kinks, 1, ..., inf is analytic on its domain."""
    bounded: tuple[float, float] | None = None
    """Infimum and supremum of the value over the domain, where both are finite."""
    trends: tuple[Trend, ...] = ()
    """One an argument; empty stands for none of any."""
    parity: Literal["even", "odd", "none"] = "none"
    """Of a unary operator: f(-x) is f(x), -f(x), or neither. Over an axis `even` is more: any element may
    change its sign."""
    homogeneous: int | None = None
    """k where f(t x) = t^k f(x) for every t > 0."""
    domain: tuple[float, float] = (float("-inf"), float("inf"))
    """Where the reference is finite and differentiable, the same for every argument (a closed interval)."""
    breaks: str = ""
    """Where not smooth: the text of what passes 0 there; its arguments are `x`, `x1`, `x2`; empty stands for
    `x`, or `x - x1` of two arguments."""
    axis: bool = False
    """Whether a value depends on a whole row of numbers: along the axis of the channels (axis 1 of tensors
    with four axes or more, else the last). Its template names `axis` too; its `reference` takes rows along
    the last axis; its `slopes` take the argument's tangent behind the arguments and return the value's."""
    commutative: bool = False
    associative: bool = False
    source: str
    """Paper (authors, year, arXiv id) or "elementary"."""
