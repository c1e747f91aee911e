"""`tabular`: a perceptron on any table, a CSV or Parquet file or one of OpenML; classes or a number."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from torch import Tensor, nn

from ...primitives import Protocol, TaskError, TaskInfo, UnknownName, point
from ..task import Data, Split, Task, chance
from . import datasets, tables
from .answers import Kind, answers_of, epochs_for, parts_of
from .features import encode
from .openml import fetch_openml
from .table_files import Column, Table, read_table, table_of

__all__ = ["class_metrics", "number_metrics", "tabular"]

TARGETS = ("target", "label", "class", "y")
"""Names, in small letters, by which a column is taken for the target where none is named."""

LONG = 20_000
"""From so many training rows on batches have 256 of them, else 128."""

STEPS = 1000
"""Of a training, about; at most 100 epochs."""

WEIGHT_DECAY = 0.3

MEASURES = (
    *("radius", "texture", "perimeter", "area", "smoothness", "compactness", "concavity"),
    *("concave points", "symmetry", "fractal dimension"),
)
"""Of the cell nuclei in the table that comes with scikit-learn."""

TINY_ROWS = 2000


def tabular(
    file: Path | None = None,
    openml: str | None = None,
    target: str | None = None,
    kind: Kind = "auto",
    budget: Literal["tiny", "real"] = "real",
) -> Task:
    """Inputs-64-64-outputs on the columns of a table, rows split 60 / 20 / 20 in proportion of the target.

    `file` is a table on the disk, `openml` the name, `name@version` or number of one there; without both
    it is that of breast cancer which comes with scikit-learn. `target` names the column to foretell.
    Raises `TaskError` or `UnknownName`.
    """
    table, target = _table(file, openml, target)
    if budget == "tiny" and table.rows > TINY_ROWS:
        table = _thinned(table, TINY_ROWS)
    goal, table = _apart(table, target)
    asked = answers_of(goal, kind, table.shown)
    parts = parts_of(table, asked)
    found = encode(table, parts[0])
    classes = bool(asked.classes)
    wanted = asked.values if classes else tables.standardise_columns(asked.values[:, None], parts[0])
    data = Data(*(Split.of(found.inputs[part], wanted[part]) for part in parts))
    metrics = class_metrics if classes else number_metrics
    rows = len(parts[0])
    batch = min(rows, 256 if rows >= LONG else 128)
    epochs = epochs_for(rows, batch, *((20, 3) if budget == "tiny" else (STEPS, 100)))
    protocol = Protocol(epochs=epochs, batch=batch, weight_decay=WEIGHT_DECAY)
    return Task(
        info=TaskInfo(
            name="tabular",
            title=_title(goal, asked.classes, table, file.name if file else openml or "breast cancer"),
            description=_description(table, goal, asked.classes, found.dropped),
            score="-loss",
            unit="nats" if classes else "",
            chance=chance(data, metrics, _constant(data, len(asked.classes))),
            default=point(lr=3e-3),
            grid=tuple(point(lr=lr) for lr in (3e-4, 1e-3, 3e-3, 1e-2)),
            baselines=tables.BASELINES,
            search=protocol,
            confirm=replace(protocol, phase="confirm"),
        ),
        data=data,
        model=tables.perceptron(inputs=found.inputs.shape[1], width=64, outputs=len(asked.classes) or 1),
        loss=nn.functional.cross_entropy if classes else nn.functional.mse_loss,
        metrics=metrics,
        sources=(tables.__file__,),
    )


def class_metrics(outputs: Tensor, targets: Tensor) -> Mapping[str, float]:
    """Negated mean cross-entropy in nats, the share of rows whose largest output is right; of two classes
    also the area under the ROC curve."""
    loss = float(nn.functional.cross_entropy(outputs, targets))
    found = {"score": -loss, "accuracy": float((outputs.argmax(1) == targets).double().mean())}
    if outputs.shape[1] == 2:
        found["auc"] = area(outputs[:, 1] - outputs[:, 0], targets == 1)
    return found


def area(margins: Tensor, positive: Tensor) -> float:
    """The share of pairs, one row of each class, that `margins` put in order, ties counting half.

    From ranks (Mann and Whitney 1947), since pairs of a long table are too many; 1/2 where one class is
    missing.
    """
    _, places, counts = torch.unique(margins, return_inverse=True, return_counts=True)
    middles = counts.cumsum(0).double() - (counts.double() - 1.0) / 2.0  # the mean rank of equal margins
    many, few = int(positive.sum()), int((~positive).sum())
    if not many or not few:
        return 0.5
    return float((middles[places][positive].sum() - many * (many + 1) / 2.0) / (many * few))


def number_metrics(outputs: Tensor, targets: Tensor) -> Mapping[str, float]:
    """Negated mean squared error of the standardised target, and R^2 = 1 - error / variance."""
    error = float(nn.functional.mse_loss(outputs, targets))
    variance = float(targets.double().var(correction=0))
    return {"score": -error, "r2": 1.0 - error / variance if variance > 0.0 else 0.0}


def _table(file: Path | None, openml: str | None, target: str | None) -> tuple[Table, str]:
    """The table, and the name of the column to foretell."""
    if file is not None and openml is not None:
        raise TaskError("`tabular` reads one table: `file` or `openml`, not both")
    if file is not None:
        return (table := read_table(file)), target or _target(table)
    if openml is not None:
        from pyarrow import Table as ArrowTable

        found = fetch_openml(openml)
        plain = ArrowTable.from_pandas(found.frame, preserve_index=False)
        table = table_of(plain, f"the table `{openml}` of OpenML")
        return table, target or found.target or _target(table)
    measures, classes = datasets.breast_cancer()
    names = [f"{measure} ({of})" for of in ("mean", "error", "worst") for measure in MEASURES]
    columns = [Column(name, "numbers", measures[:, index].copy()) for index, name in enumerate(names)]
    tumour = Column("tumour", "words", classes, ("malignant", "benign"))
    return Table("the table of breast cancer", (*columns, tumour)), target or "tumour"


def _target(table: Table) -> str:
    """The column that goes by a usual name."""
    names = [column.name for column in table.columns]
    usual = [name for name in names if name.lower() in TARGETS]
    if len(usual) != 1:
        shown = ", ".join(f"`{name}`" for name in names[:12]) + (" ..." if names[12:] else "")
        raise TaskError(
            f"which column of {table.shown} is to be foretold? `target=NAME` would do; it has {shown}"
        )
    return usual[0]


def _apart(table: Table, target: str) -> tuple[Column, Table]:
    """The column to foretell, and the table without it."""
    names = [column.name for column in table.columns]
    if target not in names:
        raise UnknownName(f"column of {table.shown.replace('`', '')}", target, names)
    if len(names) == 1:
        raise TaskError(f"{table.shown} has one column, `{target}`; another to learn from would do")
    others = tuple(column for column in table.columns if column.name != target)
    return table.columns[names.index(target)], replace(table, columns=others)


def _thinned(table: Table, rows: int) -> Table:
    """So many rows, drawn once and for all, in their order."""
    drawn = np.sort(np.random.default_rng(0).choice(table.rows, rows, replace=False))
    return replace(table, columns=tuple(replace(one, values=one.values[drawn]) for one in table.columns))


def _constant(data: Data, classes: int) -> Tensor:
    """The best constant answer on the training split."""
    if not classes:
        return data.train.targets.mean(0)
    counts = torch.bincount(data.train.targets, minlength=classes).float()
    return (counts.clamp(min=0.5) / counts.sum()).log()  # a class that train lacks may stand elsewhere


def _title(goal: Column, classes: tuple[str, ...], table: Table, name: str) -> str:
    what = f"which of {len(classes)} classes is `{goal.name}`" if classes else f"the number `{goal.name}`"
    count = len(table.columns)
    return f"{name}: {what}, from {count} column{'s' if count > 1 else ''}, by a perceptron"


def _description(table: Table, goal: Column, classes: tuple[str, ...], dropped: tuple[str, ...]) -> str:
    """What was found in the table, and what was left out."""
    if classes:
        shown = ", ".join(classes[:6]) + (", ..." if classes[6:] else "")
        said = f"Cross-entropy over the classes {shown}; accuracy is shown beside it."
        if goal.kind == "numbers":
            said += " `kind=regression` would take them as numbers."
    else:
        said = "Mean squared error of the standardised target; R^2 is shown beside it."
    notes = [column.note for column in (*table.columns, goal) if column.note]
    left_out = [f"Left out: {'; '.join(dropped[:8])}{' ...' if dropped[8:] else ''}."] if dropped else []
    noted = [f"{'; '.join(notes[:8])}."] if notes else []
    return " ".join((f"{table.rows} rows.", said, *left_out, *noted))
