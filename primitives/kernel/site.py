"""`Programs`: the functions of several lanes at one site of a model, and where their parameters lie."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..errors import ExprError
from ..expr import Expr, Param, params, pieces
from .library import Packed
from .programs import COLUMNS, compiled

__all__ = ["Programs", "param_shape"]


def param_shape(param: Param, width: tuple[int, ...]) -> tuple[int, ...]:
    """The shape of a parameter at a site of that width, as in the modules of `source`."""
    match param.scope:
        case "layer":
            return (1,)
        case "channel":
            return width[:1] if len(width) > 2 else width[-1:]
        case "neuron":
            return width


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Programs:
    """One expression a lane, all cutting their input into the same number of pieces.

    Parameters of all lanes lie in one row of numbers `theta`: lane after lane, within a lane in the order of
    `params(expr)`, each flat in its shape (`param_shape`).
    """

    exprs: tuple[Expr, ...]
    width: tuple[int, ...]
    """The site's: its shape without the batch, channels first where there are three or more."""
    pieces: int
    sizes: tuple[int, ...]
    """Numbers of learnable activation parameters of each lane."""
    served: tuple[bool, ...]
    """Which lanes the kernel serves; the others run as eager torch inside the same call."""

    @staticmethod
    def of(exprs: Sequence[Expr], width: int | tuple[int, ...]) -> "Programs":
        """Raises `ExprError` where there is no lane, or where lanes cut their input differently."""
        if not exprs:
            raise ExprError("a site needs at least one lane, but no expression came")
        shape = (width,) if isinstance(width, int) else tuple(width)
        cuts = sorted({pieces(expr) for expr in exprs})
        if len(cuts) > 1:
            raise ExprError(f"the lanes of one site have the same number of pieces, not {cuts}")
        sizes = tuple(sum(math.prod(param_shape(param, shape)) for param in params(expr)) for expr in exprs)
        return Programs(
            tuple(exprs), shape, cuts[0], sizes, tuple(compiled(expr) is not None for expr in exprs)
        )

    def starts(self) -> tuple[float, ...]:
        """The initial values of `theta`, sum(sizes) numbers."""
        return tuple(
            param.init
            for expr in self.exprs
            for param in params(expr)
            for _ in range(math.prod(param_shape(param, self.width)))
        )

    def take(self, lanes: Sequence[int]) -> "Programs":
        """Of these lanes alone, in this order."""
        return Programs.of([self.exprs[lane] for lane in lanes], self.width)

    def packed(self) -> Packed:
        """The programs as the kernel reads them. Raises `ExprError` where it does not serve every lane."""
        programs = [program for program in map(compiled, self.exprs) if program is not None]
        if len(programs) < len(self.exprs):
            raise ExprError("the kernel does not serve every lane; `take` those that are `served`")
        table: list[tuple[int, ...]] = []
        places: list[tuple[int, int]] = []
        row = constant = number = 0
        for expr, program, size in zip(self.exprs, programs, self.sizes, strict=True):
            steps = len(program.rows)
            table.append((row, steps, constant, program.kept, number, size, len(places)))
            start = 0
            for param in params(expr):
                count = math.prod(param_shape(param, self.width))
                places.append((start, count))
                start += count
            row, constant, number = row + steps, constant + len(program.constants), number + size
        return Packed(
            np.concatenate([program.rows for program in programs]).reshape(-1, len(COLUMNS)),
            np.concatenate([program.constants for program in programs]),
            np.array(table, dtype=np.int64).reshape(-1, 7),
            np.array(places, dtype=np.int64).reshape(-1, 2),
            self.pieces,
        )
