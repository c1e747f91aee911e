"""`diabetes-mlp`: a perceptron foretells the course of a disease; regression, 442 rows."""

from collections.abc import Mapping

import numpy as np
from torch import Tensor, nn

from ...primitives import Protocol, TaskInfo, point
from ..task import Data, Split, Task, chance
from . import datasets, tables

__all__ = ["diabetes_mlp"]


def diabetes_mlp() -> Task:
    """10-32-32-1 on standardised measures; rows split 60 / 20 / 20, fifths of the target in proportion."""
    measures, course = datasets.diabetes()
    fifths = np.searchsorted(np.quantile(course, (0.2, 0.4, 0.6, 0.8)), course)
    parts = tables.stratified(fifths.astype(np.int64))
    inputs = tables.standardise_columns(measures, parts[0])
    targets = tables.standardise_columns(course[:, None], parts[0])
    data = Data(*(Split.of(inputs[part], targets[part]) for part in parts))
    return Task(
        info=TaskInfo(
            name="diabetes-mlp",
            title="The course of diabetes over a year, from 10 measures, by a perceptron",
            description=(
                "A network of two hidden layers of 32 gives the standardised course. The score is the "
                "negated mean squared error, whose unit is the variance of the target in training; R^2 is "
                "shown beside it: about 0.56 on this test split for whatever is fitted well, while the mean "
                "over such splits is near 0.48. A linear model is hard to beat, and stands among the "
                "baselines."
            ),
            score="-loss",
            unit="",
            chance=chance(data, metrics, data.train.targets.mean(0)),
            default=point(lr=3e-3),
            grid=tuple(point(lr=lr) for lr in (1e-3, 3e-3, 1e-2, 3e-2)),
            baselines=tables.BASELINES,
            search=Protocol(epochs=20, batch=32, weight_decay=0.3),
            confirm=Protocol(phase="confirm", epochs=20, batch=32, weight_decay=0.3),
        ),
        data=data,
        model=tables.perceptron(inputs=10, width=32, outputs=1),
        loss=nn.functional.mse_loss,
        metrics=metrics,
        sources=(datasets.__file__, tables.__file__),
    )


def metrics(outputs: Tensor, targets: Tensor) -> Mapping[str, float]:
    """Negated mean squared error, and R^2 = 1 - error / variance of the targets given."""
    error = float(nn.functional.mse_loss(outputs, targets))
    variance = float(targets.double().var(correction=0))
    return {"score": -error, "r2": 1.0 - error / variance if variance > 0.0 else 0.0}
