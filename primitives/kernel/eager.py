"""The lanes of a site by the torch text of the rows, in turn: the kernel's oracle and its stand-in."""

import math
from collections.abc import Iterator, Sequence
from functools import lru_cache
from types import SimpleNamespace

import torch

from ..expr import Expr, params
from ..module import module, module_class
from .site import Programs, param_shape

__all__ = ["in_turn"]


def in_turn(programs: Programs, x: torch.Tensor, theta: torch.Tensor) -> torch.Tensor:
    """y of each lane's own function; see `fused` for the shapes, which are not checked here. Of short numbers
    y is as x is, also where parameters are not."""
    rows = torch.split(theta, list(programs.sizes))
    y = torch.stack(
        [
            module_class(expr).forward(SimpleNamespace(**dict(_named(expr, programs.width, row))), x[lane])
            for lane, (expr, row) in enumerate(zip(programs.exprs, rows, strict=True))
        ]
    )
    return y.to(x.dtype) if x.dtype in (torch.float16, torch.bfloat16) else y


def _named(expr: Expr, width: tuple[int, ...], row: torch.Tensor) -> Iterator[tuple[str, torch.Tensor]]:
    """The parameters of one lane, by the names that the text of its class has for them."""
    start = 0
    for name, param in zip(_attributes(expr), params(expr), strict=True):
        shape = param_shape(param, width)
        yield name, row[start : start + math.prod(shape)].view(shape)
        start += math.prod(shape)


@lru_cache(maxsize=4096)
def _attributes(expr: Expr) -> Sequence[str]:
    return [name for name, _ in module(expr).named_parameters()]
