"""How numbers are shared out among threads: by the shape of a lane alone, within the memory there is."""

import math
from typing import Any

import numpy as np
import pytest
import torch

from actsearch.primitives.expr import Expr
from actsearch.primitives.kernel.bound import bound_of
from actsearch.primitives.kernel.gpu_plan import (
    MEMORY,
    Plan,
    finish,
    gather,
    plan,
    pull,
    threads,
    value,
)
from actsearch.primitives.kernel.programs import COLUMNS, FLAGS, KINDS
from actsearch.primitives.kernel.site import Programs
from actsearch.primitives.parser import MAX_SIZE
from actsearch.primitives.text import parse
from tests.primitives.kernel.lanes import KNOWN, RANDOM

ALL = [expr for expr in [*RANDOM, *KNOWN] if all(Programs.of([expr], 1).served)]


def planned(*exprs: Expr, width: int | tuple[int, ...] = 6) -> Plan:
    packed = Programs.of(exprs, width).packed()
    return plan(packed.arrays, packed.struct.pieces)


def parts(found: Plan) -> dict[str, np.ndarray[Any, Any]]:
    """The arrays as the kernels find them."""
    names = ("rows", "constants", "table", "places", "marks")
    ends = (*found.offsets[1:], 8 * len(found.words))
    cut = [found.words[start // 8 : end // 8] for start, end in zip(found.offsets, ends, strict=True)]
    made: dict[str, np.ndarray[Any, Any]] = dict(zip(names, cut, strict=True))
    made["rows"] = made["rows"].view(np.int32).reshape(-1, len(COLUMNS))
    made["constants"] = made["constants"].view(np.float64)
    return {**made, "table": made["table"].reshape(-1, 8), "marks": made["marks"].reshape(-1, 2)}


@pytest.mark.parametrize("expr", ALL, ids=str)
def test_each_step_that_is_added_up_has_its_place_among_the_sums(expr: Expr) -> None:
    packed = Programs.of([expr, expr], 6).packed()
    found = plan(packed.arrays, packed.struct.pieces)
    own = parts(found)
    kind, flags, spare = (own["rows"][:, COLUMNS.index(name)] for name in ("KIND", "FLAGS", "SPARE"))
    expected: list[tuple[int, int]] = []
    for lane, (first, steps, *_, start) in enumerate(own["table"].tolist()):
        assert start == len(expected)
        for step in range(steps):
            if kind[first + step] in (KINDS.index("CHANNEL"), KINDS.index("NEURON")) or (
                flags[first + step] & FLAGS["SUMMED"]
            ):
                assert spare[first + step] == len(expected) - start
                expected.append((lane, step))
    assert own["marks"].tolist() == [list(mark) for mark in expected]
    assert (found.marks, found.sums) == (len(expected), len(expected) // 2)
    np.testing.assert_array_equal(own["constants"], packed.arrays[1])
    assert (packed.arrays[0][:, COLUMNS.index("SPARE")] == 0).all()


@pytest.mark.parametrize(
    ("width", "shape"),
    [
        (1, (1,)),
        (1, (4_000_000,)),
        (6, (1000, 6)),
        (7, (13, 7)),
        ((3, 6), (90, 3, 6)),
        ((6, 16, 17), (50, 6, 16, 17)),
        ((6, 4), (3, 6, 4, 8, 8)),
    ],
)
def test_a_thread_meets_one_number_of_each_parameter(
    width: int | tuple[int, ...], shape: tuple[int, ...]
) -> None:
    programs = Programs.of([parse("x"), parse("abs(x)")], width)
    laid = bound_of(programs).laid(programs, torch.empty(2, *shape, device="meta"), torch.empty(0))
    layout = laid.layout
    assert layout.count == math.prod(shape)
    assert laid.stride % layout.span == 0
    size = math.prod(programs.width)
    assert laid.stride % size == 0 or layout.count % size
    assert laid.stride <= layout.count
    # Nor is a lane left to a few threads, or to more than it has work for.
    assert layout.count // laid.stride < 16 or layout.count // laid.stride == layout.count // math.lcm(
        layout.span, size
    )
    alone = Programs.of([parse("x")], width)
    other = bound_of(alone).laid(alone, torch.empty(1, *shape, device="meta"), torch.empty(0))
    assert other.stride == laid.stride


@pytest.mark.parametrize("size", [4, 8])
@pytest.mark.parametrize("expr", ALL[::5], ids=str)
def test_blocks_hold_all_threads_and_no_more_memory_than_there_is(expr: Expr, size: int) -> None:
    found = planned(expr, expr, expr)
    for stride in (1, 33, 5000):
        for launch in (value(found, size, stride), pull(found, size, stride)):
            assert 0 < launch.memory <= MEMORY
            assert launch.blocks % 3 == 0
            assert (launch.blocks // 3 - 1) * launch.threads < stride <= launch.blocks // 3 * launch.threads
            assert launch.threads & (launch.threads - 1) == 0
    last = finish(found, size)
    assert last.blocks * last.threads >= 3
    assert last.memory <= MEMORY
    each = gather(found)
    assert each.blocks * each.threads >= 32 * found.marks * found.widest


def test_the_largest_expression_finds_room() -> None:
    names = [f"b{number}" for number in range(72)]
    groups = [names[start : start + 12] for start in range(0, len(names), 12)]
    terms = [
        " + ".join(f"sin(x*{name}*{place}.5)" for place, name in enumerate(group, 1)) for group in groups
    ]
    text = " + ".join(f"({term})" for term in terms)
    expr = parse(f"{text} | {', '.join(f'{name}=1.0 channel' for name in names)}")
    found = planned(expr)
    assert found.steps > MAX_SIZE // 2
    assert threads(found, 8, back=True) >= 1
    assert threads(found, 4, back=True) >= 4
