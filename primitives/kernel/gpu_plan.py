"""How the programs of a site and the numbers of its lanes are shared out among the threads of a GPU."""

import ctypes
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from .gpu_text import GATHER
from .library import Layout
from .programs import COLUMNS, FLAGS, KINDS

__all__ = [
    "MEMORY",
    "Call",
    "Launch",
    "Plan",
    "finish",
    "gather",
    "plan",
    "pull",
    "stride",
    "threads",
    "value",
]

MEMORY: Final = 49_152
"""Bytes that the threads of a block share, on every GPU."""

_MOST: Final = 128
"""Threads of a block whose programs are short."""

_LEAST: Final = 32
"""Threads that a GPU runs together, idle or not."""

_EACH: Final = 8
"""Numbers that a thread takes at least where there are so many: what it finds once, and its partial sums,
are then little beside them."""

_POINTERS: Final = ("rows", "constants", "table", "places", "marks")
_TENSORS: Final = ("x", "theta", "y", "g", "gx", "gtheta", "partials", "totals")
_NUMBERS: Final = (
    *("lanes", "pieces", "count", "span", "inner", "stride", "blocks", "steps", "kept", "sums", "all"),
    "widest",
)


class Call(ctypes.Structure):
    """What every kernel is given, by value: `call_t` of device.h."""

    _fields_ = [
        *((name, ctypes.c_void_p) for name in (*_POINTERS, *_TENSORS)),
        *((name, ctypes.c_int64) for name in _NUMBERS),
    ]


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """The programs of a site as a GPU reads them, for any shape of its lanes."""

    words: NDArray[np.int64]
    """All arrays, one behind the other, to be copied at once."""
    offsets: tuple[int, ...]
    """Where each begins, in bytes, in the order rows, constants, table, places, marks."""
    lanes: int
    pieces: int
    steps: int
    kept: int
    sums: int
    """The most of any lane, as `steps` and `kept` are."""
    marks: int
    """Sums of all lanes."""
    widest: int
    """The most numbers that any sum has."""
    absent: bool
    """Whether some lane does not name some piece of its input."""


@dataclass(frozen=True, slots=True)
class Launch:
    """One kernel: its name, its blocks and their threads, and the bytes that a block's threads share."""

    name: str
    blocks: int
    threads: int
    memory: int


def plan(arrays: Sequence[NDArray[Any]], pieces: int) -> Plan:
    """Of the arrays of `Packed`: rows (step, column), constants, table (lane, 7), places (parameter, 2).

    Sums are what must be added up over a lane: the adjoints of channels' and neurons' parameters, and of
    steps that do not vary but are used by one that does. Each has its number in the column SPARE of its step.
    """
    rows, constants, table, places = (np.array(array) for array in arrays)
    at = {name: place for place, name in enumerate(COLUMNS)}
    spread = np.isin(rows[:, at["KIND"]], [KINDS.index("CHANNEL"), KINDS.index("NEURON")])
    summed = (rows[:, at["FLAGS"]] & FLAGS["SUMMED"]) != 0
    marks: list[tuple[int, int]] = []
    starts: list[int] = []
    widest, absent = 1, False
    for lane, (first, steps, *_, place) in enumerate(table.tolist()):
        starts.append(len(marks))
        own = rows[first : first + steps]
        named = own[own[:, at["KIND"]] == KINDS.index("INPUT")]
        absent |= len(named) < pieces
        for step in np.flatnonzero((spread | summed)[first : first + steps]).tolist():
            own[step, at["SPARE"]] = len(marks) - starts[-1]
            marks.append((lane, step))
            if spread[first + step]:
                widest = max(widest, int(places[place + own[step, at["WHAT"]], 1]))
    table = np.column_stack([table, starts])
    parts = [
        np.ascontiguousarray(part).reshape(-1).view(np.int64)
        for part in (rows, constants, table, places, np.array(marks, dtype=np.int64))
    ]
    ends = np.cumsum([8 * len(part) for part in parts]).tolist()
    return Plan(
        np.concatenate(parts),
        (0, *ends[:-1]),
        len(table),
        pieces,
        int(table[:, 1].max()),
        int(table[:, 3].max()),
        int(np.diff([*starts, len(marks)]).max()),
        len(marks),
        widest,
        absent,
    )


def stride(layout: Layout, width: Sequence[int]) -> int:
    """Threads of a lane: a multiple of all that repeats in it, by its layout and its site's width alone."""
    if not layout.count:
        return 1
    period = math.lcm(layout.span, math.prod(width))
    if layout.count % period:
        period = layout.span
    return period * max(1, layout.count // (_EACH * period))


def threads(plan: Plan, size: int, back: bool) -> int:
    """Threads of a block, as many as find room for their slots of `size` bytes; 0 where one does not."""
    most = MEMORY // _slots(plan, size, back)
    return min(_MOST, 1 << most.bit_length() - 1) if most else 0


def value(plan: Plan, size: int, stride: int) -> Launch:
    """Numbers of `size` bytes forward."""
    return _over_lanes("actsearch_value", plan, size, stride, back=False)


def pull(plan: Plan, size: int, stride: int) -> Launch:
    """Numbers of `size` bytes back, and partial sums."""
    return _over_lanes("actsearch_pull", plan, size, stride, back=True)


def gather(plan: Plan) -> Launch:
    """Partial sums to sums."""
    block, group = GATHER
    return Launch("actsearch_gather", -(-plan.marks * plan.widest * group // block), block, 8 * block)


def finish(plan: Plan, size: int) -> Launch:
    """Sums to the parameters of the layer."""
    count = threads(plan, size, back=True)
    return Launch("actsearch_finish", -(-plan.lanes // count), count, count * _slots(plan, size, back=True))


def _over_lanes(name: str, plan: Plan, size: int, stride: int, back: bool) -> Launch:
    count = min(threads(plan, size, back), max(_LEAST, 1 << (stride - 1).bit_length()))
    return Launch(name, plan.lanes * -(-stride // count), count, count * _slots(plan, size, back))


def _slots(plan: Plan, size: int, back: bool) -> int:
    """Bytes of one thread."""
    return size * (2 * plan.steps + plan.kept) + 8 * plan.sums if back else size * plan.steps
