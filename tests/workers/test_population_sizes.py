"""A lane has the same bits in populations of 1, 5, 17 and 32, in whatever order, on tasks of every kind."""

import random
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from actsearch.primitives import Evaluation, Lane, Outcome, key, parse, point
from actsearch.primitives.kernel.fused import available
from actsearch.workers import Data, Split, Task, load_task, train
from actsearch.workers.pool import TOGETHER

TEXTS = (
    "tanh(x)",
    "x*sigmoid(b*x) | b=1.0 channel",
    "sin(x) + p(0.3)",
    "exp(-x^2)*cos(x)",
    "x*tanh(softplus(x)) + c | c=0.25",
    "log(x^2 + 1)",
    "x*erf(x) + 0.1*x",
    "x/(1 + x^2)",
)
"""Smooth twice, as `pinn` asks."""

TASKS = ("digits-mlp", "tabular", "text-gpt:budget=tiny", "images-cnn:budget=tiny", "pinn:budget=tiny")
SIZES = (1, 5, 17, TOGETHER)


def named(name: str, folder: Path) -> str:
    if name != "tabular":
        return name
    rng = np.random.default_rng(0)
    numbers = rng.normal(size=(300, 5))
    classes = np.where(numbers[:, 0] * numbers[:, 1] > 0, "up", "down")
    rows = [",".join([*map(str, row), kind]) for row, kind in zip(numbers.round(6), classes, strict=True)]
    (folder / "table.csv").write_text("\n".join(["a,b,c,d,e,kind", *rows]) + "\n")
    return f"tabular:file={folder / 'table.csv'},target=kind"


def shortened(task: Task) -> Task:
    """A few steps an epoch, the last with fewer rows."""
    most = 5 * task.info.search.batch + 3
    train, validation = (
        Split(split.inputs[:most], split.targets[:most]) for split in (task.data.train, task.data.validation)
    )
    return replace(task, data=Data(train, validation, task.data.test))


def lanes_of(name: str, task: Task, fused: bool) -> list[Lane]:
    """No two alike in function, seed and learning rate."""
    fixed = {name: value for name, value in task.info.default if name != "lr"}
    protocol = replace(task.info.search, stacked=True, fused=fused, epochs=2)
    rates = [1e-3 * (1 + place) for place in range(TOGETHER)]
    return [
        Lane(key(parse(text)), text, name, task.info.hash, protocol, point(lr=rate, **fixed), seed % 3)
        for seed, (text, rate) in enumerate(zip(TEXTS * (TOGETHER // len(TEXTS)), rates, strict=True))
    ]


def told(one: Evaluation) -> tuple[object, ...]:
    """All but times."""
    return one.outcome, one.score, dict(one.metrics), dict(one.curves), dict(one.diagnostics)


@pytest.mark.slow
@pytest.mark.parametrize("fused", [False, True])
@pytest.mark.parametrize("name", TASKS)
def test_a_lane_has_the_same_bits_in_populations_of_all_sizes(name: str, fused: bool, tmp_path: Path) -> None:
    whole_name = named(name, tmp_path)
    task = shortened(load_task(whole_name))
    if fused and task.info.search.derivatives > 1:
        pytest.skip("the kernel serves first derivatives alone")
    if fused and not available():
        pytest.skip("the fused kernel cannot be built here")
    lanes = lanes_of(whole_name, task, fused)
    known = {one.lane: told(one) for one in train(task, lanes)}
    assert len(known) == TOGETHER
    assert {one[0] for one in known.values()} == {Outcome.OK}
    assert len({one[1] for one in known.values()}) == TOGETHER
    order = random.Random(0)
    for size in SIZES:
        some = order.sample(lanes, size)
        for one in train(task, some):
            assert told(one) == known[one.lane], f"{one.lane.text} among {size}"
