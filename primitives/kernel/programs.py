"""An expression as the kernel reads it: one row of numbers a step, arguments before what uses them."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from ..expr import Const, Expr, Input, Param, params
from ..ops import OPS
from ..program import Step, program

__all__ = ["COLUMNS", "FLAGS", "KINDS", "SERVED", "Program", "compiled"]

SERVED: tuple[str, ...] = tuple(name for name, row in OPS.items() if row.kernel)
"""The operators that the kernel knows; their places here are their numbers in a program."""

KINDS = ("INPUT", "CONST", "LAYER", "CHANNEL", "NEURON", "CALL")
"""What a step is; a parameter by its scope."""

COLUMNS = ("KIND", "WHAT", "ARG0", "ARG1", "ARG2", "FLAGS", "SLOT", "SPARE")
"""Of a row. WHAT is the piece, the place among the constants, the number of the parameter, or the place in
`SERVED`; SLOT the first of the blocks in which a step keeps its slopes."""

FLAGS = {
    "WANTED0": 1,  # the slope by argument 0 leads to an input or a parameter
    "WANTED1": 2,
    "WANTED2": 4,
    "AGAIN0": 8,  # argument 0 has been given a part of its adjoint before: add
    "AGAIN1": 16,
    "AGAIN2": 32,
    "VARYING": 64,  # differs from element to element; other steps are computed once a lane
    "KEPT": 128,  # slopes are found with the value, and kept; else found again on the way back
    "SUMMED": 256,  # does not vary, but a varying step uses it: its adjoint is a sum over all elements
}

_Rows = NDArray[np.int32]


@dataclass(frozen=True, slots=True, eq=False)
class Program:
    """`rows` has one row a step (see `COLUMNS`), the last step is the whole expression."""

    rows: _Rows  # (step, column)
    constants: NDArray[np.float64]
    kept: int
    """How many blocks of slopes are kept."""


@dataclass(frozen=True, slots=True)
class _Line:
    """A step whose constant may be infinite or not a number, as no `Const` is."""

    what: Input | Param | float | str
    args: tuple[int, ...] = ()


@lru_cache(maxsize=4096)
def compiled(expr: Expr) -> Program | None:
    """The program of `expr`; None where the kernel does not know one of its operators.

    Parts without input or parameter are numbers, found in float64. Raises as `program` does.
    """
    lines = _folded(program(expr))
    if any(isinstance(line.what, str) and line.what not in SERVED for line in lines):
        return None
    root = len(lines) - 1
    names = [param.name for param in params(expr)]
    constants: list[float] = []
    rows = np.zeros((len(lines), len(COLUMNS)), dtype=np.int32)
    kept = 0
    varying: list[bool] = []
    wanted: list[bool] = []
    for number, line in enumerate(lines):
        inner = [arg for arg in line.args if wanted[arg]]
        varies = any(varying[arg] for arg in line.args)
        match line.what:
            case Input(piece):
                kind, what, varies = "INPUT", piece, True
            case Param(name, _, scope):
                kind, what, varies = scope.upper(), names.index(name), scope != "layer"
            case str(name):
                kind, what = "CALL", SERVED.index(name)
            case value:
                kind, what = "CONST", len(constants)
                constants.append(value)
        flags = FLAGS["VARYING"] * varies
        flags |= sum(FLAGS[f"WANTED{place}"] for place, arg in enumerate(line.args) if wanted[arg])
        slot = kept
        dear = isinstance(line.what, str) and OPS[line.what].transcendental > 0
        # The value of the whole is not needed on the way back: a last step of one argument is not kept.
        if dear and inner and (number < root or len(line.args) > 1):
            flags |= FLAGS["KEPT"]
            kept += len(line.args)
        rows[number] = (KINDS.index(kind), what, *line.args, *[0] * (3 - len(line.args)), flags, slot, 0)
        varying.append(varies)
        wanted.append(kind not in ("CONST", "CALL") or bool(inner))
    _mark_sums(rows, lines, varying, wanted)
    return Program(rows, np.array(constants, dtype=np.float64), kept)


def _folded(steps: tuple[Step, ...]) -> list[_Line]:
    """With numbers for steps that depend on numbers alone, and without the steps that only those used."""
    done: list[_Line] = []
    with np.errstate(all="ignore"):
        for step in steps:
            what = step.what.value if isinstance(step.what, Const) else step.what
            numbers = [
                number for number in (done[arg].what for arg in step.args) if isinstance(number, float)
            ]
            if isinstance(what, str) and len(numbers) == len(step.args) and not OPS[what].axis:
                done.append(_Line(float(OPS[what].reference(*(np.float64(number) for number in numbers)))))
            else:
                done.append(_Line(what, step.args))
    used = {len(done) - 1}
    for number in range(len(done) - 1, -1, -1):
        if number in used:
            used.update(done[number].args)
    places = {number: place for place, number in enumerate(sorted(used))}
    return [_Line(done[number].what, tuple(places[arg] for arg in done[number].args)) for number in places]


def _mark_sums(rows: _Rows, lines: list[_Line], varying: list[bool], wanted: list[bool]) -> None:
    """Sets AGAIN and SUMMED, from the last step back, in the order in which adjoints flow."""
    root, column = len(lines) - 1, COLUMNS.index("FLAGS")
    given: set[int] = {root}
    # First within each block, through the steps that vary; then once a lane, through the others.
    for phase in (True, False):
        for number in range(root, -1, -1):
            if varying[number] is not phase:
                continue
            for place, arg in enumerate(lines[number].args):
                if wanted[arg]:
                    if arg in given:
                        rows[number, column] |= FLAGS[f"AGAIN{place}"]
                    given.add(arg)
        if phase:
            for number in given:
                if wanted[number] and not varying[number]:
                    rows[number, column] |= FLAGS["SUMMED"]
