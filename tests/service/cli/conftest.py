"""A toy task of a fraction of a second, and the command line as a function."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import pytest

from actsearch.service.cli import main

TOY = """
import numpy as np
import torch
from actsearch.primitives import Baseline, Protocol, TaskInfo, point
from actsearch.workers import Data, Split, Task, chance
from torch import nn


def model(activation, point, protocol):
    layers = nn.Linear(1, 8 * activation.pieces), activation(8), nn.Linear(8, 1)
    return nn.Sequential(*layers)


def make_task():
    x = np.linspace(-1.0, 1.0, 120, dtype=np.float32)[:, None]
    rows = np.random.default_rng(0).permutation(120)
    data = Data(*(Split.of(x[part], np.sin(3 * x[part])) for part in np.split(rows, [60, 90])))

    def metrics(outputs, targets):
        return {"score": -float(torch.nn.functional.mse_loss(outputs, targets))}

    return Task(
        info=TaskInfo(
            name="toy", hash="", title="sin(3x) on a line", description="a toy", score="-loss", unit="",
            chance=chance(data, metrics, data.train.targets.mean(0)),
            default=point(lr=1e-2), grid=(point(lr=3e-3), point(lr=1e-2)),
            baselines=(Baseline(name="relu", text="relu"), Baseline(name="tanh", text="tanh")),
            search=Protocol(epochs=3, batch=30),
            confirm=Protocol(phase="confirm", epochs=3, batch=30),
        ),
        data=data,
        model=model,
        loss=torch.nn.functional.mse_loss,
        metrics=metrics,
    )
"""


@dataclass(frozen=True, slots=True)
class Said:
    """What one call of the command line gave."""

    code: int
    out: str
    err: str


Call: TypeAlias = Callable[..., Said]


@pytest.fixture
def actsearch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Call:
    """`actsearch("show", "relu")` in an empty folder that holds `toy.py`."""
    (tmp_path / "toy.py").write_text(TOY)
    monkeypatch.chdir(tmp_path)
    for name in ("ACTSEARCH_HOME", "ACTSEARCH_PROJECT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COLUMNS", "80")

    def call(*words: str) -> Said:
        monkeypatch.setattr("sys.argv", ["actsearch", *words])
        with pytest.raises(SystemExit) as left:
            main()
        out, err = capfd.readouterr()
        code = left.value.code
        return Said(code if isinstance(code, int) else 0, out, err)

    return call
