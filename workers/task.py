"""`Task`: what an activation is tried on: data with its splits, a model family, a loss, a score.

A user adds one in one file, a function that returns a `Task`, whose arguments are its settings:

    import numpy as np
    import torch
    from actsearch.primitives import Baseline, Protocol, TaskInfo, point
    from actsearch.workers import Data, Split, Task, chance, mlp

    def make_task() -> Task:
        x = np.linspace(-1.0, 1.0, 600, dtype=np.float32)[:, None]
        rows = np.random.default_rng(0).permutation(600)
        data = Data(*(Split.of(x[part], np.abs(x[part])) for part in np.split(rows, [400, 500])))

        def metrics(outputs, targets):
            return {"score": -float(torch.nn.functional.mse_loss(outputs, targets))}

        return Task(
            info=TaskInfo(
                name="absolute", title="|x| on a line", description="a toy", score="-loss", unit="",
                chance=chance(data, metrics, data.train.targets.mean(0)),
                default=point(lr=1e-2), grid=(point(lr=3e-3), point(lr=1e-2)),
                baselines=(Baseline(name="relu", text="relu"),),
                search=Protocol(epochs=20, batch=100),
                confirm=Protocol(phase="confirm", epochs=20, batch=100),
            ),
            data=data,
            model=lambda activation, point, protocol: mlp(
                activation, inputs=1, width=32, depth=2, outputs=1
            ),
            loss=torch.nn.functional.mse_loss,
            metrics=metrics,
        )

`actsearch check-task path/to/file.py:make_task` says what is wrong with it, and `actsearch search
--task path/to/file.py:make_task` uses it; no hash is given by hand, see `load_task`. A row in `TASKS`
gives it a short name.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor, nn

from ..primitives import Expr, Point, Protocol, TaskInfo, pieces
from ..primitives.module import module

__all__ = [
    "Activation",
    "Data",
    "Loss",
    "MakeModel",
    "MakeSite",
    "Metrics",
    "Picture",
    "Split",
    "Task",
    "chance",
]


MakeSite: TypeAlias = Callable[[Expr, int | tuple[int, ...]], nn.Module]


@dataclass(frozen=True, slots=True)
class Activation:
    """Makes the activation of one site: `activation(width)` is a module.

    `width` is how many channels (or, as a tuple, neurons) the site gives out. The layer before the
    site gives `pieces * width` channels.
    """

    expr: Expr
    make: MakeSite = module
    """`make(expr, width)`: the module of a site; operator by operator unless said otherwise."""

    @property
    def pieces(self) -> int:
        return pieces(self.expr)

    def __call__(self, width: int | tuple[int, ...]) -> nn.Module:
        return self.make(self.expr, width)


@dataclass(frozen=True, slots=True)
class Split:
    """Rows of inputs and the targets that belong to them."""

    inputs: Tensor  # (row, ...)
    targets: Tensor  # (row, ...)

    @classmethod
    def of(cls, inputs: ArrayLike, targets: ArrayLike) -> "Split":
        """From arrays: real numbers become float32, whole numbers (classes) int64."""
        return cls(_tensor(inputs), _tensor(targets))

    def to(self, dtype: torch.dtype, device: str = "cpu") -> "Split":
        """Real numbers in that dtype, classes as they are, both on that device."""

        def cast(tensor: Tensor) -> Tensor:
            return tensor.to(device, dtype if tensor.is_floating_point() else tensor.dtype)

        return Split(cast(self.inputs), cast(self.targets))


def _tensor(values: ArrayLike) -> Tensor:
    array = np.asarray(values)
    real = np.issubdtype(array.dtype, np.floating)
    return torch.from_numpy(np.ascontiguousarray(array, dtype=np.float32 if real else np.int64))


@dataclass(frozen=True, slots=True)
class Data:
    """Weights are fitted on `train`, choices made on `validation`, `test` is for confirmation alone."""

    train: Split
    validation: Split
    test: Split


MakeModel: TypeAlias = Callable[[Activation, Point, Protocol], nn.Module]
"""`model(activation, point, protocol)`: layers as torch initialises them from its global generator,
an activation at every site, in order. It heeds `activation.pieces` (widths shrink, see
`equal_width`), those values of `point` that shape the model, and of `protocol` the fields
`initialisation` and `inputs`; it raises `TaskError` for what it does not offer."""

Loss: TypeAlias = Callable[[Tensor, Tensor], Tensor]
"""`loss(outputs, targets)`: a scalar to make small, mean over rows."""

Metrics: TypeAlias = Callable[[Tensor, Tensor], Mapping[str, float]]
"""`metrics(outputs, targets)`: numbers by name, among them `score`, larger is better."""


@dataclass(frozen=True, slots=True)
class Picture:
    """How to look at what was learned: the truth, and a model's version of it, as grey images."""

    target: NDArray[np.float64]  # (row, column), 0 black to 1 white
    draw: Callable[[nn.Module], NDArray[np.float64]]
    """The same pixels as a model gives them, clipped to 0..1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What candidates are trained on. `load_task` fills in `info.hash`."""

    info: TaskInfo
    data: Data
    model: MakeModel
    loss: Loss
    metrics: Metrics
    picture: Picture | None = None
    sources: tuple[str, ...] = ()
    """Files, beside the one that makes the task, whose text decides its results."""


def chance(data: Data, metrics: Metrics, constant: Tensor) -> float:
    """Validation score of the model that answers `constant` to every row.

    `constant` (the shape of one row of outputs) is the answer that is best on the training split:
    the mean target under squared error, the logarithms of the class shares under cross-entropy.
    """
    rows = len(data.validation.inputs)
    return float(metrics(constant.expand(rows, *constant.shape), data.validation.targets)["score"])
