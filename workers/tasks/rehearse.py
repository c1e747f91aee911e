"""`rehearse`: what would fail at every candidate is said before anything is trained."""

import math
from collections.abc import Iterator

from ...primitives import ActsearchError, TaskError, TaskInfo, parse
from ...primitives.module import module_class
from ..generator import forked_generator
from ..task import Activation, Data, Task

__all__ = ["in_words", "rehearse"]


def rehearse(name: str, task: Task) -> None:
    """Raises `TaskError` unless the task is whole and carries a ReLU network through one step."""
    for fault in (*_of_data(task.data), *_of_info(task.info)):
        raise TaskError(f"the task `{name}` {fault}")
    info, split = task.info, task.data.train
    activation = Activation(parse("relu(x)"))
    try:
        with forked_generator():
            model = task.model(activation, info.default, info.search)
            outputs = model(split.inputs[: info.search.batch])
            targets = split.targets[: info.search.batch]
            task.loss(outputs, targets).backward()
            scored = task.metrics(outputs.detach(), targets)
    except Exception as error:
        raise TaskError(f"the task `{name}` cannot train a ReLU network: {in_words(error)}") from error
    if not any(isinstance(module, module_class(activation.expr)) for module in model.modules()):
        raise TaskError(f"the model of the task `{name}` has no site: it holds no `activation(width)`")
    if "score" not in scored:
        raise TaskError(f"the metrics of the task `{name}` hold `score`, not only {sorted(scored)}")


def _of_info(info: TaskInfo) -> Iterator[str]:
    """What is wrong with the description, one clause each."""
    if not info.grid or not all("lr" in dict(point) for point in (info.default, *info.grid)):
        yield "names a learning rate `lr` at `default` and all over `grid`, which has one point at least"
    if (info.search.phase, info.confirm.phase) != ("search", "confirm"):
        yield "has a `search` protocol of that phase and a `confirm` likewise"
    if not math.isfinite(info.chance):
        yield f"has a finite number as `chance`, not `{info.chance}`: it is the score of what fails"
    names = [baseline.name for baseline in info.baselines]
    if not names or len(set(names)) < len(names):
        yield f"has one baseline at least, each of its own name, not {names}"
    for baseline in info.baselines:
        try:
            parse(baseline.text)
        except ActsearchError as error:
            yield f"has a baseline `{baseline.name}` that is no expression: {error}"


def _of_data(data: Data) -> Iterator[str]:
    """What is wrong with the splits, one clause each."""
    for name, split in (("train", data.train), ("validation", data.validation), ("test", data.test)):
        inputs, targets = len(split.inputs), len(split.targets)
        if inputs != targets or not inputs:
            yield f"has rows in `{name}`, each with a target, not {inputs} inputs and {targets} targets"


def in_words(error: BaseException) -> str:
    """The kind of an error and what it says, on one line."""
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
