"""What is wrong with the data of a task: missing rows, numbers that are none, splits that share rows."""

import itertools
from collections.abc import Iterator, Mapping
from typing import Any

import torch
from torch import Tensor

from ..task import Data, Split
from .fault import Fault, described
from .overlap import Hashed, count_shared

__all__ = ["PARTS", "SPLITS", "data_faults", "shared_rows", "splits_of"]

SPLITS = ("train", "validation", "test")
PARTS = ("inputs", "targets")

DTYPES = {
    *(torch.float16, torch.float32, torch.float64),
    *(torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64),
}
"""Numbers that training and hashing take."""

FEW = 20
"""A split with fewer rows than this gives scores that are mostly noise."""

FAR = 20.0
"""Numbers of this size, or of its inverse, are far from the size at which networks begin: 1."""


def splits_of(data: Data) -> Mapping[str, Split]:
    return {name: getattr(data, name) for name in SPLITS}


def data_faults(data: Any) -> Iterator[Fault]:
    """From what cannot be read at all to what is only strange; later questions assume earlier answers."""
    if not isinstance(data, Data):
        kind = type(data).__name__
        yield Fault("data", f"`data` is a `{kind}`; a `Data(train, validation, test)` would do")
        return
    unreadable = [fault for name, split in splits_of(data).items() for fault in _unreadable(name, split)]
    yield from unreadable
    if unreadable:
        return
    yield from _unlike(data)
    for name, split in splits_of(data).items():
        for part, tensor in (("inputs", split.inputs), ("targets", split.targets)):
            yield from _not_finite(f"data.{name}.{part}", tensor)
    yield from _shared(data)
    yield from _nothing_to_learn(data)
    yield from _strange(data)


def _unreadable(name: str, split: Any) -> Iterator[Fault]:
    """What keeps a split from being looked at any further."""
    if not isinstance(split, Split):
        kind = type(split).__name__
        yield Fault("data", f"`data.{name}` is a `{kind}`; `Split.of(inputs, targets)` would do")
        return
    rows: list[int] = []
    for part, tensor in (("inputs", split.inputs), ("targets", split.targets)):
        place, value = f"`data.{name}.{part}`", _anything(tensor)
        if not isinstance(value, Tensor):
            kind = type(value).__name__
            yield Fault("data", f"{place} is a `{kind}`; `Split.of(inputs, targets)` makes tensors of arrays")
        elif value.ndim == 0:
            yield Fault("data", f"{place} is one number; its first axis should be the rows")
        elif value.dtype not in DTYPES:
            yield Fault(
                "data",
                f"{place} is {described(value)}; real numbers (float32) or whole ones (int64) would do",
            )
        elif value.device.type != "cpu":
            yield Fault("data", f"{place} lies on `{value.device}`; leave it on the CPU, as `Split.of` does")
        elif value.layout is not torch.strided:
            yield Fault("data", f"{place} is a `{value.layout}` tensor; `{part}.to_dense()` would do")
        elif value[:1].numel() == 0 < len(value):
            yield Fault(
                "data", f"{place} is {described(value)}: rows without a number; give each one at least"
            )
        elif value.requires_grad:
            yield Fault("data", f"{place} asks for a gradient; `{part}.detach()` would do")
        else:
            rows.append(len(value))
    if rows == [0, 0]:
        yield Fault("data", f"`data.{name}` is empty; give it rows")
    elif len(rows) == 2 and rows[0] != rows[1]:
        yield Fault(
            "data",
            f"`data.{name}` has {rows[0]} rows of inputs and {rows[1]} of targets; give each row one target",
        )


def _unlike(data: Data) -> Iterator[Fault]:
    """Splits of different shapes or kinds of number."""
    for part in PARTS:
        first: Tensor = getattr(data.train, part)
        for name in SPLITS[1:]:
            other: Tensor = getattr(splits_of(data)[name], part)
            if first.shape[1:] != other.shape[1:] or first.dtype != other.dtype:
                yield Fault(
                    "data",
                    f"`{part}` of `train` are {described(first)}, those of `{name}` {described(other)}; "
                    "all splits should agree but in their number of rows",
                )


def _not_finite(place: str, tensor: Tensor) -> Iterator[Fault]:
    bad = ~torch.isfinite(tensor)
    if bad.any():
        first = bad.nonzero()[0].tolist()
        where = f"row {first[0]}" + (f", column {first[1]}" if len(first) == 2 else "")
        yield Fault(
            "data",
            f"`{place}` holds {int(bad.sum())} numbers that are not finite (NaN or infinite), the first in "
            f"{where}; drop such rows, or fill them in from the training split",
        )


def _shared(data: Data) -> Iterator[Fault]:
    """Rows, input and target, that stand in two splits."""
    for (one, other), count in shared_rows(data).items():
        rows = len(splits_of(data)[other].inputs)
        if count:
            most = count > rows / 2
            yield Fault(
                "data",
                f"{count} of the {rows} rows of `{other}` stand in `{one}` too: scores on `{other}` "
                f"{'tell' if most else 'partly tell'} what was learnt by heart; "
                + ("split the rows so that none is in two" if most else "put equal rows into one split"),
                severe=most,
            )


def shared_rows(data: Data) -> Mapping[tuple[str, str], int]:
    """By two splits, for each pair: how many rows of the second stand, input and target, in the first.

    A pair of different shapes or kinds of number has none.
    """
    hashed = {name: Hashed.of(split) for name, split in splits_of(data).items()}
    return {
        (one, other): count_shared(hashed[one], hashed[other])
        for one, other in itertools.combinations(SPLITS, 2)
    }


def _nothing_to_learn(data: Data) -> Iterator[Fault]:
    for part in PARTS:
        values: Tensor = getattr(data.train, part)
        if len(values) > 1 and bool((values == values[:1]).all()):
            yield Fault(
                "data", f"`data.train.{part}` are the same in every row: there is nothing to learn from them"
            )


def _strange(data: Data) -> Iterator[Fault]:
    """Warnings."""
    for name, split in splits_of(data).items():
        if len(split.inputs) < FEW:
            yield Fault(
                "data",
                f"`data.{name}` has {len(split.inputs)} rows: scores on so few are mostly noise",
                severe=False,
            )
    for part, values in (("inputs", data.train.inputs), ("targets", data.train.targets)):
        if values.is_floating_point() and len(values) > 1 and bool(torch.isfinite(values).all()):
            mean, spread = float(values.double().mean()), float(values.double().std())
            if spread and not (1 / FAR < spread < FAR and abs(mean) < FAR):
                yield Fault(
                    "data",
                    f"`data.train.{part}` have mean {mean:.3g} and deviation {spread:.3g}, far from 0 and 1, "
                    "where networks begin; standardise with the mean and deviation of the training split",
                    severe=False,
                )
    classes = [split.targets for split in splits_of(data).values()]
    if all(one.ndim == 1 and not one.is_floating_point() for one in classes):
        known = set(classes[0].tolist())
        for name, targets in zip(SPLITS[1:], classes[1:], strict=True):
            new = sorted(set(targets.tolist()) - known)
            if new:
                yield Fault(
                    "data",
                    f"`data.{name}` has the classes {new[:5]}, of which `train` has no row; split every "
                    "class in proportion",
                    severe=False,
                )


def _anything(value: object) -> object:
    """A value that a user may have made anything of."""
    return value
