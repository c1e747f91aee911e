"""`breast-cancer-mlp`: a perceptron with one logit tells malignant from benign; two classes, 569 rows."""

from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor, nn

from ...primitives import Protocol, TaskInfo, point
from ..task import Data, Split, Task, chance
from . import datasets, tables

__all__ = ["breast_cancer_mlp"]


def breast_cancer_mlp() -> Task:
    """30-32-32-1 on standardised measures; rows split 60 / 20 / 20, both classes in proportion."""
    measures, classes = datasets.breast_cancer()
    parts = tables.stratified(classes)
    inputs = tables.standardise_columns(measures, parts[0])
    targets = classes[:, None].astype(np.float32)  # as wide as the logit, real as its loss wants them
    data = Data(*(Split.of(inputs[part], targets[part]) for part in parts))
    return Task(
        info=TaskInfo(
            name="breast-cancer-mlp",
            title="Malignant or benign, from 30 measures of cell nuclei, by a perceptron",
            description=(
                "A network of two hidden layers of 32 gives one logit, that of benign. Accuracy saturates "
                "near 97 %, so the score is the negated binary cross-entropy; accuracy and the area under "
                "the ROC curve are shown beside it. A linear model is hard to beat, and stands among the "
                "baselines. 114 rows make the test split: small differences are differences of this split."
            ),
            score="-loss",
            unit="nats",
            chance=chance(data, metrics, torch.logit(data.train.targets.mean(0))),
            default=point(lr=1e-3),
            grid=tuple(point(lr=lr) for lr in (3e-4, 1e-3, 3e-3, 1e-2)),
            baselines=tables.BASELINES,
            search=Protocol(epochs=30, batch=32, weight_decay=3.0),
            confirm=Protocol(phase="confirm", epochs=30, batch=32, weight_decay=3.0),
        ),
        data=data,
        model=tables.perceptron(inputs=30, width=32, outputs=1),
        loss=nn.functional.binary_cross_entropy_with_logits,
        metrics=metrics,
        sources=(datasets.__file__, tables.__file__),
    )


def metrics(outputs: Tensor, targets: Tensor) -> Mapping[str, float]:
    """Negated mean binary cross-entropy in nats; the share of rows on the right side of 0; the area.

    The area under the ROC curve is the share of pairs, one of each class, that the logits put in
    order, ties counting half; 1/2 where one class is missing.
    """
    loss = float(nn.functional.binary_cross_entropy_with_logits(outputs, targets))
    benign = targets > 0.5
    right = (outputs > 0.0) == benign
    gaps = outputs[benign][:, None] - outputs[~benign]  # (benign, malignant)
    area = float(((1.0 + gaps.sign()) / 2.0).double().mean()) if gaps.numel() else 0.5
    return {"score": -loss, "accuracy": float(right.double().mean()), "auc": area}
