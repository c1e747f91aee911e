"""A search at any stage in a data folder, senders of it, and all that an MLflow database holds."""

import hashlib
import os
import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

from actsearch.primitives import (
    Baseline,
    Evaluation,
    Lane,
    Outcome,
    Proposal,
    Protocol,
    Standing,
    TaskInfo,
    Verdict,
    key,
    parse,
    point,
)
from actsearch.service.mirror import Place, place
from actsearch.service.mirror.deliver import Sent
from actsearch.storage import Store, open_store

INFO = TaskInfo(
    name="imagined",
    hash="0123456789abcdef",
    title="Imagined",
    description="scores are made up",
    score="PSNR",
    unit="dB",
    chance=-1.0,
    default=point(lr=0.01),
    grid=(point(lr=0.003), point(lr=0.01)),
    baselines=(Baseline(name="relu", text="relu"),),
    search=Protocol(epochs=3, batch=8),
    confirm=Protocol(phase="confirm", epochs=4, batch=8),
)
TEXTS = ("sin(x)", "x*sigmoid(x)", "tanh(x)", "x + sin(b*x)^2 | b=1.5 channel", "exp(x)", "cos(x)")
"""Trained in the search, two a batch; the third diverges."""
LEADERS = ("x + sin(b*x)^2 | b=1.5 channel", "sin(x)")
STAGES = ("asked", "half", "confirming", "done")
JOB = "5f2a9c01d3e4"


def made(text: str, protocol: Protocol, seed: int, score: float | None) -> Evaluation:
    """One evaluation with curves; None diverged."""
    whole = {"train_loss": (3.0, 2.0 - seed / 8, 1.5), "val_loss": (2.5, 2.0, 1.0 + seed / 8)}
    curves = {name: (*values, 0.5)[: protocol.epochs] for name, values in whole.items()}
    lane = Lane(key(parse(text)), text, "imagined", INFO.hash, protocol, INFO.default, seed)
    return Evaluation(
        lane=lane,
        outcome=Outcome.DIVERGED if score is None else Outcome.OK,
        sentence="",
        score=score,
        metrics={} if score is None else {"val_loss": -score, "test_score": score},
        curves={} if score is None else curves,
        wall_s=0.25,
    )


def proposal(place: int, text: str, score: float | None, outcome: Outcome) -> Proposal:
    batch, index = divmod(place, 3)
    return Proposal(
        batch=batch,
        index=index,
        key=key(parse(text)),
        text=text,
        choices={},
        outcome=outcome,
        sentence="why",
        score=score,
    )


def search_so_far(store: Store, stage: str, job_id: str = JOB) -> None:
    """A job brought as far as `stage`; what it has learned before stays as it is."""
    until = STAGES.index(stage)
    spec = {"task": "imagined", "trials": 6, "leaders": 2, "confirm_seeds": 2, "batch": 2}
    store.jobs.create(job_id, INFO, spec)
    if until == 0:
        return
    store.jobs.set_state(job_id, "running")
    batches = 1 if stage == "half" else 3
    for batch in range(batches):
        _train(store, batch, job_id)
    if until < 2:
        return
    store.jobs.set_state(job_id, "confirming")
    if until < 3:
        return
    for text in (*LEADERS, "relu(x)"):
        store.evaluations.add(made(text, INFO.confirm, seed, 20.0 + len(text)) for seed in (10_000, 10_001))
    store.standings.replace(job_id, [_standing(text) for text in (*LEADERS, "relu(x)")])
    store.jobs.set_state(job_id, "done")


def _train(store: Store, batch: int, job_id: str) -> None:
    """A refused proposal, and two that are trained."""
    rows = [proposal(3 * batch, f"{batch + 2}*x", -1.0, Outcome.REJECTED)]
    for index, text in enumerate(TEXTS[2 * batch : 2 * batch + 2], 1):
        diverges = text == "tanh(x)"
        score = None if diverges else 10.0 + len(text)
        store.evaluations.add([made(text, INFO.search, 0, score)])
        outcome = Outcome.DIVERGED if diverges else Outcome.OK
        rows.append(proposal(3 * batch + index, text, -1.0 if score is None else score, outcome))
    if not store.proposals.of(job_id) or rows[0].batch > store.proposals.of(job_id)[-1].batch:
        store.proposals.add(job_id, rows)


def _standing(text: str) -> Standing:
    role, mean = ("leader", 20.0 + len(text)) if text in LEADERS else ("baseline", 27.0)
    verdict = Verdict(against="relu", difference=mean - 27.0, low=-1.0, high=4.0, p=0.1, word="better")
    return Standing(
        key=key(parse(text)),
        text=text,
        name=text if text in LEADERS else "relu",
        role="leader" if role == "leader" else "baseline",
        protocol=INFO.confirm,
        point=INFO.default,
        seeds=(10_000, 10_001),
        scores=(mean, mean),
        mean=mean,
        low=mean - 1,
        high=mean + 1,
        diverged=0,
        step_ratio=1.5,
        weights=100,
        verdicts=(verdict,) if text in LEADERS else (),
    )


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A data folder with a search that is done."""
    with open_store(tmp_path / "home") as store:
        search_so_far(store, "done")
    return tmp_path / "home"


def mirror_env(uri: str | None) -> dict[str, str]:
    """The environment of a sender to that server; None is the data folder's own."""
    left_out = ("ACTSEARCH_MLFLOW", "MLFLOW_TRACKING_URI", "ACTSEARCH_HOME")
    env = {name: value for name, value in os.environ.items() if name not in left_out}
    return env | ({"ACTSEARCH_MLFLOW": uri} if uri else {})


@pytest.fixture(scope="session")
def empty_mlflow(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An MLflow database with nothing in it; to make one takes seconds, to copy one none."""
    from actsearch.service.mirror.outbox import connect

    path = tmp_path_factory.mktemp("mlflow") / "mlflow.db"
    connect(Place(f"sqlite:///{path}", path.parent / "artifacts")).experiment("actsearch/imagined")
    with sqlite3.connect(path) as db:
        db.execute("delete from experiment_tags")
        db.execute("delete from experiments where name <> 'Default'")
    db.close()
    return path


Send = Callable[..., Sent]


@pytest.fixture
def send(empty_mlflow: Path) -> Send:
    """`send(home)`: what the job of a data folder lacks, to its own MLflow, in this process."""
    from actsearch.service.mirror.outbox import connect, send_jobs

    def now(home: Path, **changes: Any) -> Sent:
        path = home / "mlflow.db"
        if not path.exists():
            shutil.copy(empty_mlflow, path)
        where = place(str(home), f"sqlite:///{path}")
        assert where is not None
        where = Place(where.uri, home / "mlflow-artifacts")
        with open_store(home) as store:
            return send_jobs(store, connect(where), where, str(home), [JOB], **changes)[JOB]

    return now


Mirror = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def mirror(tmp_path: Path) -> Mirror:
    """`mirror(home, uri=..., code=...)`: a sender to its end, in a process whose warnings are errors."""

    def send(home: Path, uri: str | None = None, *words: str, code: str = "") -> Any:
        start = f"{code}\nfrom actsearch.service.cli import main; main()"
        command = [sys.executable, "-c", start, "mirror", "--home", str(home), *words]
        return subprocess.run(
            command, env=mirror_env(uri), cwd=tmp_path, capture_output=True, text=True, timeout=240,
            check=False,
        )  # fmt: skip

    return send


def contents(database: Path) -> dict[str, Any]:
    """All that an MLflow database holds of our runs and models, without ids and moments of its own.

    Rows are lists, so that what is there twice is seen twice. Files stand with the hash of what is in them.
    """
    with sqlite3.connect(database) as db:
        rows = db.execute(
            "select r.run_uuid, r.name, r.status, r.start_time, r.end_time, r.artifact_uri, e.name "
            "from runs r join experiments e on e.experiment_id = r.experiment_id "
            "where r.lifecycle_stage = 'active'"
        ).fetchall()
        names = {row[0]: row[1] for row in rows}
        held: dict[str, Any] = {
            "runs": sorted(
                ([*row[1:5], row[6], files(row[5]), *_of(db, row[0], names)] for row in rows), key=str
            ),
            "experiments": [row[0] for row in db.execute("select name from experiments order by name")],
            "models": [row[0] for row in db.execute("select name from registered_models order by name")],
        }
        versions = db.execute("select name, version, description, run_id, source from model_versions")
        held["versions"] = sorted(
            (
                [name, about, names[run], files(_place(db, source)), _tags(db, name, version)]
                for name, version, about, run, source in versions.fetchall()
                if "deleted" not in str(about)
            ),
            key=str,
        )
        held["logged"] = sorted(
            row[0] for row in db.execute("select name from logged_models where lifecycle_stage = 'active'")
        )
    db.close()
    return held


def _of(db: sqlite3.Connection, run: str, names: dict[str, str]) -> list[Any]:
    """Params, tags, all points of all measures, the latest ones, data and models of a run."""
    params = db.execute("select key, value from params where run_uuid = ?", [run]).fetchall()
    tags = dict(db.execute("select key, value from tags where run_uuid = ?", [run]).fetchall())
    tags.pop("mlflow.user", None)
    if "mlflow.parentRunId" in tags:
        tags["mlflow.parentRunId"] = names.get(tags["mlflow.parentRunId"], "deleted")
    ask = "select key, step, value, timestamp from {} where run_uuid = ?"
    points = db.execute(ask.format("metrics"), [run]).fetchall()
    latest = db.execute(ask.format("latest_metrics"), [run]).fetchall()
    data = db.execute("select destination_type from inputs where destination_id = ?", [run]).fetchall()
    models = db.execute("select destination_type from inputs where source_id = ?", [run]).fetchall()
    return [sorted(params), sorted(tags.items()), sorted(points), sorted(latest), data, models]


def _place(db: sqlite3.Connection, source: str) -> str:
    model_id = source.removeprefix("models:/")
    ask = "select artifact_location from logged_models where model_id = ?"
    return db.execute(ask, [model_id]).fetchone()[0]


def _tags(db: sqlite3.Connection, name: str, version: int) -> list[Any]:
    ask = "select key, value from model_version_tags where name = ? and version = ?"
    return sorted(db.execute(ask, [name, version]).fetchall())


def files(place: str) -> list[tuple[str, str]]:
    """Files under an artefact location by name, with the hash of what does not differ by run."""
    folder = Path(unquote(urlsplit(place).path))
    found: list[tuple[str, str]] = []
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            text = path.read_bytes()
            if path.name == "MLmodel":
                own = rb"(model_id|model_uuid|run_id|utc_time_created|model_code_path|uri): .*"
                text = re.sub(own, rb"", text)
            found.append((path.relative_to(folder).as_posix(), hashlib.sha256(text).hexdigest()[:12]))
    return found


@pytest.fixture
def search() -> SimpleNamespace:
    """What is known of the search that tests mirror."""
    return SimpleNamespace(
        info=INFO, texts=TEXTS, leaders=LEADERS, stages=STAGES, job=JOB, so_far=search_so_far
    )
