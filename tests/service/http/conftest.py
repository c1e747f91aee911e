"""A data folder in which a small search was run and confirmed, and the service on a copy of it."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TypeAlias

import pytest

from actsearch.search import Job, run
from actsearch.service.http import Settings, create_app
from actsearch.service.http.describing import Describer, ask_a_child
from actsearch.workers import open_pool
from tests.service.cli.conftest import TOY

from .in_process import TestClient

TASK = "toytasks:make_task"
"""In a module that the services of these tests allow."""

ASKED = {"task": TASK, "trials": 6, "batch": 3, "executor": "inline", "stacked": False, "fused": False}

Serve: TypeAlias = Callable[..., AbstractContextManager[str]]


@pytest.fixture(scope="session")
def modules(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder of modules that Python finds, here and in child processes."""
    folder = tmp_path_factory.mktemp("modules")
    (folder / "toytasks.py").write_text(TOY + "\n\ndef make_wrong():\n    raise RuntimeError('no data')\n")
    (folder / "othertasks.py").write_text("from toytasks import make_task\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(folder))
        patch.setenv("PYTHONPATH", str(folder), prepend=os.pathsep)
        yield folder


@pytest.fixture(scope="session")
def searched(tmp_path_factory: pytest.TempPathFactory, modules: Path) -> Path:
    """Nobody changes it: `home` is a copy."""
    home = tmp_path_factory.mktemp("searched")
    with closing(open_pool("inline")) as pool:
        run(Job.from_mapping({**ASKED, "leaders": 2, "confirm_seeds": 2}), home=home, pool=pool)
    return home


@pytest.fixture
def home(searched: Path, tmp_path: Path) -> str:
    return str(shutil.copytree(searched, tmp_path / "home"))


@pytest.fixture
def settings(home: str) -> Settings:
    return Settings(home=home, modules=("toytasks",), requests_a_minute=1_000_000, poll_s=0.05)


@pytest.fixture(scope="session")
def describer(searched: Path) -> Describer:
    """What it knows stands for all tests: to ask a child process takes seconds."""
    return Describer(("toytasks",), ask_a_child(str(searched), ("toytasks",), 120.0))


@pytest.fixture
def service(settings: Settings, describer: Describer) -> Iterator[TestClient]:
    """In this process."""
    app = create_app(settings)
    app.state.kept = replace(app.state.kept, describer=describer)
    with TestClient(app, base_url="http://127.0.0.1/api/v1/") as client:
        yield client


@pytest.fixture
def serve(home: str) -> Serve:
    """`with serve("--base-path", "/a") as url`: a server process on a free port, killed in the end."""

    @contextmanager
    def serving(*words: str, home: str = home) -> Generator[str]:
        code = "from actsearch.service.cli import main; main()"
        command = [sys.executable, "-c", code, "serve", "--port", "0", "--home", home, "--no-runner", *words]
        with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
            assert process.stderr is not None
            try:
                said = process.stderr.readline()
                assert " at http://" in said, said + process.stderr.read()
                yield said.split(" at ")[1].split("/api/v1")[0]
            finally:
                process.kill()

    return serving
