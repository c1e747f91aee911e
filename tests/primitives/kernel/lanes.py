"""Lanes for tests of the kernel: expressions, sites, and values that every platform draws alike."""

from collections.abc import Sequence

import numpy as np
import torch

from actsearch.primitives.expr import Expr, pieces
from actsearch.primitives.grammar import random_expr
from actsearch.primitives.grammars import GRAMMARS
from actsearch.primitives.kernel.fused import Programs, fused
from actsearch.primitives.ops import OPS
from actsearch.primitives.text import parse
from actsearch.primitives.zoo import ZOO

__all__ = ["ALONE", "KNOWN", "RANDOM", "drawn", "numbers", "pulled", "random"]


def random(first: int, count: int, cut: int | None = None) -> list[Expr]:
    """Candidates of the default space; of so many pieces where `cut` is given."""
    found: list[Expr] = []
    seed = first
    while len(found) < count:
        expr = random_expr(np.random.default_rng(seed), GRAMMARS["extended"])
        if cut in (None, pieces(expr)):
            found.append(expr)
        seed += 1
    return found


RANDOM = random(0, 60)
KNOWN = [expr for expr in (parse(known.text) for known in ZOO.values()) if all(Programs.of([expr], 1).served)]
ALONE = [parse(f"{name}({', '.join(('x', 'x1', 'x2')[: row.arity])})") for name, row in OPS.items()]


def drawn(*shape: int, seed: int = 0, dtype: torch.dtype = torch.float64, scale: float = 1.5) -> torch.Tensor:
    return torch.tensor(np.random.default_rng(seed).normal(size=shape) * scale, dtype=dtype)


def numbers(programs: Programs, dtype: torch.dtype = torch.float64) -> torch.Tensor:
    """Parameters near their starts, all different."""
    starts = torch.tensor(programs.starts(), dtype=dtype)
    return starts + 0.05 * drawn(len(starts), seed=9, dtype=dtype, scale=1.0)


def pulled(
    programs: Programs, x: torch.Tensor, theta: torch.Tensor, g: torch.Tensor
) -> Sequence[torch.Tensor]:
    """The value, and the adjoints of x and theta."""
    x, theta = x.detach().requires_grad_(), theta.detach().requires_grad_()
    y = fused(programs, x, theta)
    return (y.detach(), *torch.autograd.grad(y, (x, theta), g, materialize_grads=True))
