"""The registered models of a job: each leader as the file that `actsearch export` writes, for MLflow."""

import re
from importlib.metadata import version

from ...export import Found, export
from ...primitives import ExprError, Standing
from ...search import Board
from ...storage import JobRecord
from ...storage.tracked import TrackedModel
from ..formula import short
from .functions import compared
from .learned import identity

__all__ = ["leader_models", "registered_name"]


def registered_name(task: str) -> str:
    """The registered model whose versions are the leaders found for a task."""
    return f"actsearch-{re.sub(r'[^A-Za-z0-9_. -]+', '-', task)}"


def leader_models(record: JobRecord, board: Board) -> list[TrackedModel]:
    """Of a job that is done, its leaders, the best last, so that it is the latest version.

    One that cannot be exported is left out.
    """
    if board.state != "done":
        return []
    found = (_model(record, one) for one in reversed(board.leaders))
    return [model for model in found if model is not None]


def _model(record: JobRecord, one: Standing) -> TrackedModel | None:
    taken = Found(
        text=one.text,
        key=one.key,
        standardise=one.protocol.standardise,
        version=version("actsearch"),
        task=record.task,
        standing=one,
        job=record.id,
        confirmed=record.updated.date().isoformat(),
    )
    try:
        module = export(taken, "torch")
    except ExprError:
        return None
    info = record.task
    unit = f" {info.unit}" if info.unit else ""
    verdicts = "; ".join(
        f"{compared(verdict.word)} {verdict.against} by {verdict.difference:+.3g}{unit}"
        for verdict in one.verdicts
    )
    return TrackedModel(
        identity=identity(record, f"model {one.key}"),
        registered=registered_name(info.name),
        name=_model_name(one.text),
        description=f"`{one.text}`: {info.score} {one.mean:.4g}{unit} on test, 95 % interval "
        f"{one.low:.4g} to {one.high:.4g}, {len(one.seeds)} fresh seeds; {verdicts}",
        tags={
            "actsearch.job": record.id,
            "actsearch.key": one.key,
            "function": one.text,
            "test_mean": f"{one.mean:.6g}",
        },
        code=_CODE,
        module=module,
        requirements=tuple(f"{name}=={version(name).partition('+')[0]}" for name in ("numpy", "torch")),
    )


def _model_name(text: str) -> str:
    """A name that MLflow allows for a model."""
    return short(re.sub(r"""[/:.%"'`]+""", " ", text), 60)


_CODE = '''\
"""An activation function as a Python function of arrays; `found.py` beside it is the torch module."""

import importlib.util

import mlflow
import numpy


class FoundActivation(mlflow.pyfunc.PythonModel):
    """`predict(array)` applies the function to a float64 array (sample, feature).

    A function of k pieces cuts the features into k blocks. `unwrap_python_model().module.Activation` is
    the torch class, for use inside a network.
    """

    def load_context(self, context):
        spec = importlib.util.spec_from_file_location("found", context.artifacts["found"])
        self.module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(self.module)

    def predict(self, context, model_input: numpy.ndarray, params=None):
        import torch

        before = torch.get_default_dtype()
        torch.set_default_dtype(torch.float64)
        try:
            x = torch.from_numpy(numpy.array(model_input, dtype=numpy.float64))
            activation = self.module.Activation(x.shape[-1] // getattr(self.module.Activation, "pieces", 1))
            with torch.no_grad():
                return activation(x).numpy()
        finally:
            torch.set_default_dtype(before)


mlflow.models.set_model(FoundActivation())
'''
