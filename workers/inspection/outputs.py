"""What may be wrong with outputs and loss.

A loss is known by what it does, not by its name: one that does not change when a number is added to all
outputs of a row applies softmax itself; one that falls as an output rises beyond 1 takes logits.
"""

import math

import torch
from torch import Tensor

from .observation import Observed

__all__ = ["no_softmax", "out_of_reach", "sigmoid_twice", "softmax_twice", "unused_outputs"]


RANGES = {
    "relu": (0.0, math.inf),
    "softplus": (0.0, math.inf),
    "sigmoid": (0.0, 1.0),
    "tanh": (-1.0, 1.0),
}
"""What an activation at the output can give."""


def _classes(seen: Observed) -> bool:
    return not seen.targets.is_floating_point() and seen.outputs.ndim > seen.targets.ndim


def _takes_softmax(seen: Observed) -> bool:
    """Whether the loss applies softmax itself."""
    outputs = seen.outputs
    draws = torch.Generator().manual_seed(0)
    logits = torch.randn(outputs.shape, generator=draws, dtype=torch.float64).to(outputs.dtype)
    shift = 3.0 * torch.rand((len(outputs), *[1] * (outputs.ndim - 1)), generator=draws).to(outputs.dtype)
    plain, shifted = (_loss(seen, values) for values in (logits, logits + shift))
    return math.isfinite(plain) and abs(plain - shifted) < 1e-4 * (1.0 + abs(plain))


def _takes_logits(seen: Observed) -> bool:
    """Whether targets are 0 and 1, and the loss of an output beyond them is still smaller."""
    targets = seen.targets
    if not targets.is_floating_point() or not bool(((targets == 0.0) | (targets == 1.0)).all()):
        return False
    sure, surer = (_loss(seen, size * (2.0 * targets - 1.0)) for size in (2.0, 6.0))
    return math.isfinite(sure) and math.isfinite(surer) and surer < sure


def _loss(seen: Observed, outputs: Tensor) -> float:
    try:
        return float(seen.task.loss(outputs.view_as(seen.outputs), seen.targets))
    except Exception:  # as of a loss that wants probabilities
        return math.nan


def _class_axis(seen: Observed) -> int:
    """The axis of the outputs that the targets lack; the first of several, as torch has it."""
    shape = seen.outputs.shape
    axes = (axis for axis in range(1, len(shape)) if shape[:axis] + shape[axis + 1 :] == seen.targets.shape)
    return next(axes, 1)


def _sums(seen: Observed) -> tuple[bool, bool]:
    """Whether what is given for the classes are probabilities, and whether logarithms of such."""
    outputs, dim = seen.outputs, _class_axis(seen)
    ones = torch.ones(())
    probabilities = bool((outputs >= 0).all()) and torch.allclose(outputs.sum(dim).float(), ones, atol=1e-3)
    logarithms = bool((outputs <= 0).all()) and torch.allclose(
        outputs.exp().sum(dim).float(), ones, atol=1e-3
    )
    return probabilities, logarithms


def softmax_twice(seen: Observed) -> str | None:
    if _classes(seen) and _sums(seen)[0] and _takes_softmax(seen):
        return "the outputs are probabilities already, and the loss applies softmax to them once more"
    return None


def no_softmax(seen: Observed) -> str | None:
    if _classes(seen) and not any(_sums(seen)) and not _takes_softmax(seen):
        return "the loss wants probabilities or their logarithms, and the outputs are neither"
    return None


def sigmoid_twice(seen: Observed) -> str | None:
    inside = bool(((seen.outputs > 0.0) & (seen.outputs < 1.0)).all())
    if inside and any(site.output for site in seen.sites) and _takes_logits(seen):
        return "the outputs lie between 0 and 1, and the loss takes logits, to which it applies a sigmoid"
    return None


def unused_outputs(seen: Observed) -> str | None:
    if not _classes(seen):
        return None
    outputs, classes = seen.outputs.shape[_class_axis(seen)], int(seen.task.data.train.targets.max()) + 1
    if classes < outputs:
        return f"{outputs - classes} of {outputs} outputs are never right: there are {classes} classes"
    return None


def out_of_reach(seen: Observed) -> str | None:
    last = [site for site in seen.sites if site.output]
    targets = seen.task.data.train.targets
    if not last or not targets.is_floating_point() or seen.outputs.shape != seen.targets.shape:
        return None
    if _takes_logits(seen):
        return None
    low, high = RANGES.get(last[-1].old.lower().removesuffix("(x)"), (-math.inf, math.inf))
    share = float(((targets < low) | (targets > high)).double().mean())
    if share > 0.0:
        return f"{share:.0%} of the targets lie outside {low:g} to {high:g}, which `{last[-1].old}` gives"
    return None
