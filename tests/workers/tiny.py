"""A task that trains in milliseconds, as a user writes one; its model misbehaves for some functions."""

import os
import signal
import time
from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor, nn

from actsearch.primitives import Baseline, Call, Point, Protocol, TaskInfo, point, walk
from actsearch.workers import Activation, Data, Split, Task, chance, mlp


def make_task() -> Task:
    places = np.linspace(-2.0, 2.0, 96, dtype=np.float32)[:, None]
    heights = np.sin(3.0 * places)
    rows = np.random.default_rng(0).permutation(96)
    train, validation, test = (Split.of(places[part], heights[part]) for part in np.split(rows, [64, 80]))
    data = Data(train, validation, test)
    return Task(
        info=TaskInfo(
            name="tiny",
            title="A sine on a line",
            description="For tests.",
            score="-loss",
            unit="",
            chance=chance(data, metrics, train.targets.mean(0)),
            default=point(lr=1e-2),
            grid=(point(lr=3e-3), point(lr=1e-2)),
            baselines=(Baseline(name="relu", text="relu"), Baseline(name="tanh", text="tanh")),
            search=Protocol(epochs=2, batch=16),
            confirm=Protocol(phase="confirm", epochs=2, batch=16),
        ),
        data=data,
        model=model,
        loss=nn.functional.mse_loss,
        metrics=metrics,
    )


def model(activation: Activation, point: Point, protocol: Protocol) -> nn.Module:
    ops = {node.op for node in walk(activation.expr) if isinstance(node, Call)}
    if "sinh" in ops:
        os.kill(os.getpid(), signal.SIGKILL)
    if "asinh" in ops:
        os._exit(3)
    if "cosh" in ops:
        time.sleep(120)
    if "erf" in ops:
        hoard = [torch.ones(2**22) for _ in range(64)]  # 16 MiB each
        time.sleep(120)
        del hoard
    if "atan" in ops:
        raise RuntimeError("no such layer")
    if "cube" in ops:
        time.sleep(0.3)
    return mlp(activation, inputs=1, width=8, depth=2, outputs=1)


def metrics(outputs: Tensor, targets: Tensor) -> Mapping[str, float]:
    return {"score": -float(nn.functional.mse_loss(outputs, targets))}
