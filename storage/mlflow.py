"""MLflow, the only file that knows it: a thin typed client, and its errors as one sentence.

A process that opens `Tracking` belongs to one server: MLflow keeps the address for the whole process.
Every method may raise `MirrorError`, after which what was asked may have happened or not; each may be
called again, and nothing is there twice.
"""

import getpass
import logging
import os
import tempfile
import warnings
from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal, TypeAlias, final

os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
os.environ["MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR"] = "false"
os.environ["MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT"] = "true"  # what is printed there is for programs
os.environ["MLFLOW_HTTP_REQUEST_MAX_RETRIES"] = "0"  # whoever calls tries again, and looks before
os.environ["MLFLOW_HTTP_REQUEST_TIMEOUT"] = "10"

import mlflow
import numpy as np
from mlflow import MlflowClient
from mlflow.entities import (
    Dataset,
    DatasetInput,
    InputTag,
    LoggedModel,
    LoggedModelOutput,
    LoggedModelStatus,
    Metric,
    Param,
    Run,
    RunTag,
    ViewType,
)
from mlflow.exceptions import MlflowException
from mlflow.models import Model, ModelSignature
from mlflow.types import Schema, TensorSpec

from ..primitives.errors import MirrorError
from .foreign import database_tables
from .servers import reason, shown_server, sqlite_file
from .tracked import Measure, Status, TrackedModel, TrackedRun

__all__ = ["IDENTITY", "State", "Tracking"]

IDENTITY = "actsearch.id"
"""The tag by which what was sent is found again."""

State: TypeAlias = Literal["there", "deleted", "missing"]

_EXPERIMENT = {
    "mlflow.experimentKind": "custom_model_development",
    "mlflow.experiment.primaryMetric.name": "test_mean",
    "mlflow.experiment.primaryMetric.greaterIsBetter": "True",
}
"""What MLflow's pages look for in an experiment."""

_MEASURES, _TAGS = 1000, 100
"""How many a call may carry."""


@final
class Tracking:
    """The tracking server at `uri`, and its registry of models.

    `artifacts` is where the files of new experiments go; None leaves that to the server.
    """

    def __init__(self, uri: str, artifacts: Path | None = None) -> None:
        self.name = shown_server(uri)
        """The address without its password."""
        self.calls = 0
        """How many requests were made; MLflow may make several of one."""
        self._uri, self._artifacts = uri, artifacts
        for library in ("mlflow", "alembic", "sqlalchemy"):  # what they say of errors, the errors say too
            logging.getLogger(library).setLevel(logging.CRITICAL + 1)
        with self._told():
            _make_whole(uri)
            mlflow.set_tracking_uri(uri)
            mlflow.set_registry_uri(uri)
            self._client = MlflowClient(tracking_uri=uri, registry_uri=uri)

    def experiment(self, name: str) -> str | None:
        """Its id, made where it is missing; None where somebody deleted it."""
        with self._told():
            found = self._client.get_experiment_by_name(name)
            if found is None:
                place = None if self._artifacts is None else (self._artifacts / _file_name(name)).as_uri()
                try:
                    return str(self._client.create_experiment(name, place, _EXPERIMENT))
                except MlflowException as error:
                    if error.error_code != "RESOURCE_ALREADY_EXISTS":
                        raise
                    found = self._client.get_experiment_by_name(name)
        return str(found.experiment_id) if found and found.lifecycle_stage == "active" else None

    def state(self, run_id: str) -> State:
        """Whether a run is there, was deleted by somebody, or never was."""
        with self._told():
            try:
                run = self._client.get_run(run_id)
            except MlflowException as error:
                if error.error_code in ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"):
                    return "missing"
                raise
        return "there" if run.info.lifecycle_stage == "active" else "deleted"

    def open_run(self, experiment: str, run: TrackedRun, parent: str | None) -> str | None:
        """The id of the run of that identity, made where it is missing; None where somebody deleted it.

        It stands below the run `parent`. Where a broken connection has left several, one stays.
        """
        with self._told():
            found = self._client.search_runs(
                [experiment], f"tags.`{IDENTITY}` = '{run.identity}'", run_view_type=ViewType.ALL
            )
            there = _one_of([one for one in found if one.info.lifecycle_stage == "active"])
            if there is not None:
                for twin in found:
                    if twin.info.lifecycle_stage == "active" and twin.info.run_id != there:
                        self._client.delete_run(twin.info.run_id)
                return there
            if found:
                return None
            below = {"mlflow.parentRunId": parent} if parent else {}
            made = self._client.create_run(
                experiment,
                start_time=run.started_ms,
                tags={**run.tags, **below, "mlflow.user": _user(), IDENTITY: run.identity},
                run_name=run.name,
            )
            return str(made.info.run_id)

    def describe(self, run_id: str, run: TrackedRun) -> None:
        """Params, tags and data of a run; a parameter that stands there already stays as it is."""
        with self._told():
            known = self._client.get_run(run_id).data.params
            params = [Param(name, value) for name, value in run.params.items() if name not in known]
            tags = [RunTag(name, value) for name, value in run.tags.items()]
            for some in _chunks(params, _TAGS):
                self._client.log_batch(run_id, params=some)
            for some in _chunks(tags, _TAGS):
                self._client.log_batch(run_id, tags=some)
            if run.data is not None:
                name, digest, source = run.data
                dataset = Dataset(name=name, digest=digest, source_type="actsearch", source=source)
                context = InputTag("mlflow.data.context", "training")
                self._client.log_inputs(run_id, datasets=[DatasetInput(dataset, [context])])

    def measure(self, run_id: str, measures: Sequence[Measure]) -> None:
        """Points of curves; one that is there already stays one."""
        with self._told():
            for some in _chunks(measures, _MEASURES):
                points = [Metric(one.name, one.value, one.at_ms, one.step) for one in some]
                self._client.log_batch(run_id, metrics=points)

    def file(self, run_id: str, name: str, content: bytes) -> None:
        """A file of a run, in place of what stood there."""
        with self._told(), tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / name
            path.write_bytes(content)
            self._client.log_artifact(run_id, str(path))

    def end(self, run_id: str, status: Status, ended_ms: int | None) -> None:
        """How a run ended, or that it runs."""
        with self._told():
            if status == "RUNNING":
                self._client.update_run(run_id, status=status)
            else:
                self._client.set_terminated(run_id, status=status, end_time=ended_ms)

    def register(self, experiment: str, run_id: str, model: TrackedModel) -> str:
        """The version under which the model is registered, made where it is missing."""
        with self._told():
            wanted = f"name='{model.registered}'"
            found = self._versions(wanted, model.identity)
            if found:
                for twin in found[1:]:
                    self._client.delete_model_version(model.registered, twin)
                return found[0]
            logged = self._logged(experiment, run_id, model)
            try:
                self._client.create_registered_model(model.registered)
            except MlflowException as error:
                if error.error_code != "RESOURCE_ALREADY_EXISTS":
                    raise
            made = self._client.create_model_version(
                model.registered,
                source=f"models:/{logged.model_id}",
                run_id=run_id,
                tags={**model.tags, IDENTITY: model.identity},
                description=model.description,
                model_id=logged.model_id,
            )
            return str(made.version)

    def delete_twins(self, experiment: str, runs: Mapping[str, str]) -> int:
        """Deletes other runs of these identities than the ones named; how many there were.

        A server that was slow to make a run may have made it after it was asked again.
        """
        deleted = 0
        with self._told():
            for identity, run_id in runs.items():
                for run in self._client.search_runs([experiment], f"tags.`{IDENTITY}` = '{identity}'"):
                    if run.info.run_id != run_id:
                        self._client.delete_run(run.info.run_id)
                        deleted += 1
        return deleted

    def _versions(self, wanted: str, identity: str) -> list[str]:
        """Versions of that identity, the first one first."""
        found = self._client.search_model_versions(wanted)
        mine = [int(one.version) for one in found if one.tags.get(IDENTITY) == identity]
        return [str(version) for version in sorted(mine)]

    def _logged(self, experiment: str, run_id: str, model: TrackedModel) -> LoggedModel:
        """The model with its files, among the outputs of its run."""
        found = self._client.search_logged_models([experiment], f"tags.`{IDENTITY}` = '{model.identity}'")
        logged = min(found, key=lambda one: one.model_id, default=None)
        if logged is None:
            logged = self._client.create_logged_model(
                experiment,
                name=model.name,
                source_run_id=run_id,
                tags={**model.tags, IDENTITY: model.identity},
                model_type="activation function",
            )
        if logged.status != LoggedModelStatus.READY:
            with tempfile.TemporaryDirectory() as folder:
                _save(Path(folder), model, logged.model_id, run_id)
                self._client.log_model_artifacts(logged.model_id, str(Path(folder) / "model"))
            self._client.finalize_logged_model(logged.model_id, LoggedModelStatus.READY)
        run: Run = self._client.get_run(run_id)
        outputs = run.outputs.model_outputs if run.outputs else []
        if logged.model_id not in {one.model_id for one in outputs}:
            self._client.log_outputs(run_id, [LoggedModelOutput(logged.model_id, 0)])
        return logged

    @contextmanager
    def _told(self) -> Generator[None]:
        """Whatever MLflow, the network or the disk says becomes one sentence."""
        self.calls += 1
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                yield
        except MirrorError:
            raise
        except Exception as error:
            raise MirrorError(f"MLflow at `{self.name}` {reason(error)}") from error


def _make_whole(uri: str) -> None:
    """An SQLite file that is not there yet appears with all its tables: one that was begun and left
    half made is of no use to MLflow. One with the tables of another program is refused."""
    path = sqlite_file(uri)
    if path is None:
        return
    if path.exists():
        tables = database_tables(uri)
        if tables and "experiments" not in tables:
            raise MirrorError(
                f"`{shown_server(uri)}` is the database of another program, and MLflow would spoil it; "
                "name another file"
            )
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=f".{path.name}.") as folder:
        beside = Path(folder) / path.name
        client = MlflowClient(tracking_uri=f"sqlite:///{beside}", registry_uri=f"sqlite:///{beside}")
        client.search_experiments(max_results=1)
        try:
            os.link(beside, path)
        except FileExistsError:
            return  # another process was quicker
        except OSError:  # a disk without hard links
            if not path.exists():
                os.rename(beside, path)


def _save(folder: Path, model: TrackedModel, model_id: str, run_id: str) -> None:
    """The model as MLflow keeps models, in `folder/model`."""
    code, module = folder / "model.py", folder / "found.py"
    code.write_text(model.code, encoding="utf-8")
    module.write_text(model.module, encoding="utf-8")
    array = TensorSpec(np.dtype("float64"), (-1,) * model.axes)
    mlflow.pyfunc.save_model(
        path=str(folder / "model"),
        python_model=str(code),
        artifacts={"found": str(module)},
        signature=ModelSignature(Schema([array]), Schema([array])),
        pip_requirements=list(model.requirements),
        mlflow_model=Model(model_id=model_id, run_id=run_id),
    )


def _one_of(runs: Iterable[Run]) -> str | None:
    """The same one whoever asks."""
    return min((str(run.info.run_id) for run in runs), default=None)


def _user() -> str:
    """Who sends, as MLflow's own programs say it."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "unknown"


def _file_name(experiment: str) -> str:
    return experiment.replace("/", "-")


def _chunks(items: Sequence[Any], size: int) -> Iterable[list[Any]]:
    for start in range(0, len(items), size):
        yield list(items[start : start + size])
