"""One step of training under a magnifying glass: model, loss, gradient, score, each with its fault."""

import math
import warnings
from collections.abc import Iterator, Mapping
from typing import Any

import torch
from torch import Tensor, nn

from ...primitives import Expr, Point, Protocol, TaskInfo, canonical_text, parse
from ...primitives.module import module_class
from ..generator import forked_generator
from ..task import Activation, Split, Task
from .data_faults import splits_of
from .fault import Fault, described, in_words

__all__ = ["built", "first_step", "last_batch", "plain", "plain_name", "rare_targets", "sites_of"]

_DTYPES = {"float32": torch.float32, "float64": torch.float64}


RELU, TANH = parse("relu(x)"), parse("tanh(x)")


def plain(info: TaskInfo) -> Expr:
    """What the task is tried with: ReLU, or tanh where training takes derivatives that ReLU lacks."""
    return RELU if info.search.derivatives < 2 else TANH


def plain_name(info: TaskInfo) -> str:
    """What people call it."""
    return "ReLU" if plain(info) == RELU else "tanh"


def sites_of(model: nn.Module, expr: Expr) -> list[nn.Module]:
    """The activations in the network, in its order."""
    return [module for module in model.modules() if isinstance(module, module_class(expr))]


def built(task: Task, expr: Expr, at: Point, protocol: Protocol, seed: int = 0) -> nn.Module | Fault:
    """The network as training makes it, or why it cannot be made."""
    shown = f"the activation `{canonical_text(expr)}`"
    try:
        with forked_generator():
            torch.manual_seed(seed)
            model: Any = task.model(Activation(expr), at, protocol)
    except (Exception, SystemExit) as error:
        return Fault("model", f"`model` cannot be made with {shown} at {dict(at)}: {in_words(error)}")
    if not isinstance(model, nn.Module):
        return Fault("model", f"`model` returns a `{type(model).__name__}`; a `torch.nn.Module` would do")
    if not sites_of(model, expr):
        return Fault(
            "model",
            "`model` has no site: the network it returns holds no module that `activation(width)` gave; put "
            "one behind every layer whose activation is searched",
        )
    if any(nn.parameter.is_lazy(parameter) for parameter in model.parameters()):
        return Fault("model", "`model` has lazy layers, whose sizes are open; name their sizes")
    if not any(parameter.requires_grad for parameter in model.parameters()):
        return Fault("model", "`model` has no weight to train; leave `requires_grad` at true")
    return model.to(_DTYPES[protocol.dtype])


def first_step(
    task: Task, expr: Expr, at: Point, protocol: Protocol, *, scored: bool = True
) -> Iterator[Fault]:
    """What keeps a network of that activation from one step, or makes the step doubtful.

    `scored` also takes the score, of all of validation.
    """
    model = built(task, expr, at, protocol)
    if isinstance(model, Fault):
        yield model
        return
    train = task.data.train.to(_DTYPES[protocol.dtype])
    inputs, targets = train.inputs[: protocol.batch], train.targets[: protocol.batch]
    with warnings.catch_warnings(record=True), forked_generator(), torch.enable_grad():
        warnings.simplefilter("always")
        torch.manual_seed(0)
        model.train()
        outputs = _outputs(model, inputs)
        if isinstance(outputs, Fault):
            yield outputs
            return
        loss = _loss(task, outputs, targets)
        if isinstance(loss, Fault):
            yield loss
            return
        try:
            loss.backward()
        except (Exception, SystemExit) as error:
            yield Fault("loss", f"the gradient of `loss` cannot be taken: {in_words(error)}")
            return
        yield from _unmoved(model)
        if scored:
            yield from _scored(task, model, task.data.validation.to(_DTYPES[protocol.dtype]))
        yield from _not_a_mean(task, outputs.detach(), targets, float(loss.detach()))


def _outputs(model: nn.Module, inputs: Tensor) -> Tensor | Fault:
    before = inputs.clone()
    try:
        outputs: Any = model(inputs)
    except (Exception, SystemExit) as error:
        return Fault("model", f"`model` cannot take inputs {described(inputs)}: {in_words(error)}")
    if not torch.equal(inputs, before):
        inputs.copy_(before)
        return Fault("model", "`model` changes its inputs in place; `x * 2` instead of `x.mul_(2)` would do")
    if not isinstance(outputs, Tensor):
        return Fault("model", f"`model` gives a `{type(outputs).__name__}`; one tensor would do")
    if outputs.ndim == 0 or len(outputs) != len(inputs):
        return Fault(
            "model",
            f"`model` gives outputs {described(outputs)} to inputs {described(inputs)}; a row of outputs "
            "belongs to each row of inputs",
        )
    if not bool(torch.isfinite(outputs).all()):
        return Fault("model", "`model` gives outputs that are not finite, untrained; look at its scale")
    return outputs


def _loss(task: Task, outputs: Tensor, targets: Tensor) -> Tensor | Fault:
    pair = f"outputs {described(outputs)} and targets {described(targets)}"
    try:
        loss: Any = task.loss(outputs, targets)
    except (Exception, SystemExit) as error:
        return Fault("loss", f"`loss` cannot take {pair}: {in_words(error)}{_advice(outputs, targets)}")
    if not isinstance(loss, Tensor):
        return Fault("loss", f"`loss` gives a `{type(loss).__name__}`; a tensor that has a gradient would do")
    if _crosses(outputs, targets) and loss.ndim == 0:
        return Fault(
            "loss",
            f"`loss` compares {pair}: torch pairs every output with every target instead of row with row; "
            "give both one shape, such as `targets[:, None]`",
        )
    if loss.ndim:
        return Fault(
            "loss", f"`loss` gives a tensor {described(loss)}; one number would do, a mean over rows"
        )
    if not loss.requires_grad:
        return Fault("loss", "`loss` has no gradient by the weights; drop `detach`, `item` or `argmax` in it")
    if not math.isfinite(float(loss)):
        return Fault("loss", f"`loss` is {float(loss)} before any training; look at the scale of the targets")
    return loss


def _advice(outputs: Tensor, targets: Tensor) -> str:
    """What most likely is wrong where a loss refuses; empty where nobody knows."""
    whole = not targets.is_floating_point()
    if whole and targets.ndim == 1 and outputs.ndim == 2 and outputs.shape[1] > 1:
        low, high = int(targets.min()), int(targets.max())
        if low < 0:
            return f"; classes count from 0, and the smallest here is {low}"
        if high >= outputs.shape[1]:
            given = outputs.shape[1]
            return f"; classes run to {high}, which takes {high + 1} outputs, and `model` gives {given}"
    if whole and outputs.shape == targets.shape:
        return '; real targets would do: `Split.of(inputs, targets.astype("float32"))`'
    if not whole and outputs.ndim == 2 and targets.ndim == 1 and outputs.shape[1] > 1:
        return "; classes should be whole numbers: `Split.of(inputs, classes.astype(int))`"
    if outputs.numel() == targets.numel():
        return f"; targets should have the shape of outputs: `targets.reshape({_reshape(outputs)})`"
    return ""


def _reshape(outputs: Tensor) -> str:
    return ", ".join(["-1", *(str(size) for size in outputs.shape[1:])])


def _crosses(outputs: Tensor, targets: Tensor) -> bool:
    """(32, 1) beside (32,) gives (32, 32); no loss means that."""
    return (
        len(outputs) > 1
        and targets.is_floating_point()
        and {outputs.ndim, targets.ndim} == {1, 2}
        and 1 in (outputs.shape[-1], targets.shape[-1])
        and outputs.numel() == targets.numel()
    )


def _unmoved(model: nn.Module) -> Iterator[Fault]:
    """Parameters that the gradient does not reach: warnings, since some models mean it."""
    unmoved = [
        name
        for name, parameter in model.named_parameters()
        if parameter.requires_grad and parameter.grad is None
    ]
    if unmoved:
        shown = ", ".join(f"`{name}`" for name in unmoved[:5]) + (" ..." if unmoved[5:] else "")
        yield Fault(
            "model",
            f"the gradient does not reach {len(unmoved)} of the parameters: {shown}; use them in `forward`, "
            "or leave them out",
            severe=False,
        )


def _scored(task: Task, model: nn.Module, split: Split) -> Iterator[Fault]:
    """Metrics as training takes them: over all of validation at once."""
    model.eval()
    with torch.no_grad():
        outputs = _outputs(model, split.inputs)
        if isinstance(outputs, Fault):
            yield outputs
            return
        try:
            found: Any = task.metrics(outputs, split.targets)
        except (Exception, SystemExit) as error:
            pair = f"outputs {described(outputs)} and targets {described(split.targets)}"
            advice = _advice(outputs, split.targets)
            yield Fault("metrics", f"`metrics` cannot take {pair}: {in_words(error)}{advice}")
            return
    if not isinstance(found, Mapping):
        yield Fault("metrics", f'`metrics` gives a `{type(found).__name__}`; `{{"score": number}}` would do')
        return
    values: dict[Any, Any] = dict(found)
    if "score" not in values:
        found = sorted(map(str, values))
        yield Fault("metrics", f"`metrics` gives {found}; among them should be `score`, larger is better")
    for name, value in values.items():
        try:
            number = float(value)
        except (TypeError, ValueError, RuntimeError):
            kind = type(value).__name__
            yield Fault("metrics", f"`metrics` gives `{name}` as a `{kind}`; a number would do")
            continue
        if not math.isfinite(number):
            yield Fault(
                "metrics",
                f"`metrics` gives `{name}` as {number} for an untrained network; a finite number would do",
            )


def _not_a_mean(task: Task, outputs: Tensor, targets: Tensor, loss: float) -> Iterator[Fault]:
    """A loss that is no mean over rows weighs the rows of a short last batch otherwise."""
    rows = range(min(len(outputs), 8))
    try:
        with torch.no_grad():
            whole = float(task.loss(outputs[: len(rows)], targets[: len(rows)]))
            each = [float(task.loss(outputs[row : row + 1], targets[row : row + 1])) for row in rows]
    except (Exception, SystemExit):
        return  # a loss may want several rows
    mean = math.fsum(each) / len(each)
    if math.isfinite(mean) and abs(whole - mean) > 1e-3 * max(abs(whole), abs(mean), 1e-6):
        yield Fault(
            "loss",
            f"`loss` of {len(rows)} rows is {whole:.4g}, and the mean of their own losses is {mean:.4g}; a "
            "mean over rows keeps the learning rate independent of the batch",
            severe=False,
        )


def rare_targets(task: Task, expr: Expr) -> Iterator[Fault]:
    """The smallest and the largest whole-number target of each split, which one batch may not hold."""
    protocol = task.info.search
    model = built(task, expr, task.info.default, protocol)
    if isinstance(model, Fault):
        return
    for name, split in splits_of(task.data).items():
        if split.targets.is_floating_point():
            continue
        ranks = split.targets.reshape(len(split.targets), -1)
        rows = torch.stack((ranks.amin(1).argmin(), ranks.amax(1).argmax()))
        part = Split(split.inputs[rows], split.targets[rows]).to(_DTYPES[protocol.dtype])
        model.eval()
        with torch.no_grad():
            outputs = _outputs(model, part.inputs)
        if isinstance(outputs, Fault):
            continue
        loss = _loss(task, outputs.requires_grad_(), part.targets)
        if isinstance(loss, Fault):
            yield Fault(loss.about, f"in `{name}`, {loss.sentence}")


def last_batch(task: Task, expr: Expr) -> Iterator[Fault]:
    """The last batch of an epoch may be short, and some models cannot take one row."""
    protocol = task.info.search
    rows = len(task.data.train.inputs) % protocol.batch
    if not rows or rows == len(task.data.train.inputs):
        return
    model = built(task, expr, task.info.default, protocol)
    if isinstance(model, Fault):
        return
    part = task.data.train.to(_DTYPES[protocol.dtype])
    with forked_generator(), torch.no_grad():
        model.train()
        outputs = _outputs(model, part.inputs[-rows:])
    if isinstance(outputs, Fault):
        yield Fault(
            "model",
            f"the last batch of an epoch has {rows} of {protocol.batch} rows, and {outputs.sentence}; "
            "another `batch` leaves another rest",
        )
