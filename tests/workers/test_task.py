"""Tests of tasks as values: splits, the activation of a site, the chance score."""

from pathlib import Path
from textwrap import dedent

import numpy as np
import pytest
import torch

from actsearch.primitives import Lane, Outcome, key, parse
from actsearch.workers import Activation, Split, Task, chance, fit, load_task
from actsearch.workers import task as module


def test_real_numbers_become_float32_and_classes_int64() -> None:
    split = Split.of(np.zeros((3, 2), dtype=np.float64), np.array([1, 0, 2], dtype=np.int32))
    assert (split.inputs.dtype, split.targets.dtype) == (torch.float32, torch.int64)
    wide = split.to(torch.float64)
    assert (wide.inputs.dtype, wide.targets.dtype) == (torch.float64, torch.int64)


@pytest.mark.parametrize(("text", "pieces"), [("relu", 1), ("max(x, x1)", 2), ("x*sigmoid(x2) + x1", 3)])
def test_an_activation_takes_its_pieces_and_gives_its_width(text: str, pieces: int) -> None:
    activation = Activation(parse(text))
    assert activation.pieces == pieces
    assert activation(5)(torch.ones(7, pieces * 5)).shape == (7, 5)


def test_chance_is_the_score_of_the_constant(tiny: Task) -> None:
    truth = tiny.data.validation.targets.double().numpy()
    mean = tiny.data.train.targets.double().numpy().mean()
    assert tiny.info.chance == pytest.approx(-((truth - mean) ** 2).mean(), rel=1e-5)
    constant = torch.tensor([7.0])
    assert chance(tiny.data, tiny.metrics, constant) == pytest.approx(-((truth - 7.0) ** 2).mean(), rel=1e-5)


def test_the_example_of_the_docstring_is_a_task(tmp_path: Path) -> None:
    lines = (module.__doc__ or "").splitlines()
    code = [line for line in lines if line.startswith("    ") or not line]
    (tmp_path / "mine.py").write_text(dedent("\n".join(code)))
    name = f"{tmp_path / 'mine.py'}:make_task"
    info = load_task(name).info
    lane = Lane(key(parse("relu")), "relu", name, info.hash, info.search, info.default, seed=0)
    evaluation = fit(load_task(name), lane)[1]
    assert evaluation.outcome is Outcome.OK
    assert evaluation.score is not None
    assert evaluation.score > info.chance
