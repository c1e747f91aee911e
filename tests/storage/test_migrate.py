"""Upgrades: every earlier version's database keeps what it knew; a later one's is left alone."""

import math
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import create_engine

from actsearch.primitives.errors import StoreError, StoreVersionError
from actsearch.primitives.records import Outcome, Protocol, Standing, Verdict, point
from actsearch.storage import Upgrade, open_store, upgrade
from actsearch.storage.database import FILE
from actsearch.storage.migrate import NEWEST, SCRIPTS
from actsearch.storage.tables import Base

ASSETS = {asset.stem: asset for asset in (Path(__file__).parent / "assets").glob("v*.sql")}
"""A database of each version, as SQL, all with the same content."""


@pytest.fixture(params=sorted(ASSETS))
def old(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A data folder that an earlier version left."""
    database = sqlite3.connect(tmp_path / FILE)
    database.executescript(ASSETS[request.param].read_text())
    database.close()
    return tmp_path


def test_every_revision_has_its_file_its_asset_and_one_successor() -> None:
    steps = list(SCRIPTS.walk_revisions())
    assert [step.revision for step in steps] == [f"{n:04}" for n in range(len(steps), 0, -1)]
    assert {Path(step.path).name[:5] for step in steps} == {f"v{step.revision}" for step in steps}
    assert sorted(ASSETS) == sorted(f"v{step.revision}" for step in steps)
    assert SCRIPTS.get_heads() == [NEWEST]


def test_the_steps_are_found_in_the_package() -> None:
    assert Path(SCRIPTS.dir) == Path(str(files("actsearch.storage"))) / "migrations"
    assert [path.name for path in (Path(SCRIPTS.dir) / "versions").glob("__init__.py")]


def test_the_migrated_schema_is_that_of_the_tables(old: Path, tmp_path: Path) -> None:
    upgrade(old)
    upgrade(tmp_path / "new")
    for home in (old, tmp_path / "new"):
        engine = create_engine(f"sqlite:///{home / FILE}")
        with engine.connect() as connection:
            context = MigrationContext.configure(connection, opts={"compare_type": True})
            assert compare_metadata(context, Base.metadata) == []
        engine.dispose()


def test_an_old_database_keeps_what_it_knew(old: Path) -> None:
    search, confirm = Protocol(epochs=5, batch=32), Protocol(phase="confirm", epochs=9, batch=32)
    with open_store(old) as store:
        (task,) = store.tasks.of("toy")
        assert (task.search, task.confirm, task.default) == (search, confirm, point(lr=0.01))
        sine, cubed, confirmed = store.evaluations.of()
        assert (sine.outcome, sine.score, sine.lane.text) == (Outcome.OK, 0.75, "sin(x)")
        assert sine.curves["train_loss"] == (1.0, 0.5, math.inf)
        assert math.isnan(sine.curves["val_loss"][1])
        assert sine.diagnostics["weights"] == 4810
        assert (cubed.outcome, cubed.score) == (Outcome.DIVERGED, None)
        assert cubed.sentence.endswith("läuft über")
        assert math.isnan(cubed.step_s)
        assert (confirmed.lane.seed, confirmed.lane.protocol) == (2**70, confirm)
        asked = [each.lane.address for each in (sine, cubed, confirmed)]
        assert list(store.evaluations.find(asked)) == asked
        job = store.jobs.get("5f2a")
        assert (job.task, job.state, job.spec["trials"], job.created.year) == (task, "done", 2, 2030)
        assert [each.score for each in store.proposals.of(job.id)] == [0.75, None]
        assert store.standings.of(job.id) == [
            Standing(
                key="a" * 16,
                text="sin(x)",
                name="sin(x)",
                role="leader",
                protocol=confirm,
                point=point(lr=0.01),
                seeds=(10000, 2**70),
                scores=(0.7, None),
                mean=0.4,
                low=0.3,
                high=0.5,
                diverged=1,
                step_ratio=1.25,
                weights=4810,
                verdicts=(
                    Verdict(
                        against="relu",
                        difference=-0.1,
                        low=-0.2,
                        high=0.0,
                        p=0.05,
                        word="not distinguishable",
                    ),
                ),
            )
        ]
        assert job.updated < datetime.now(UTC).replace(year=2100)


def test_an_upgrade_is_a_step_of_its_own_and_done_once(old: Path, tmp_path: Path) -> None:
    before = upgrade(old).before
    assert before in {name.removeprefix("v") for name in ASSETS}
    assert upgrade(old) == Upgrade(str(old / FILE), NEWEST, NEWEST)
    assert upgrade(f"sqlite:///{tmp_path}/other.db") == Upgrade(f"{tmp_path}/other.db", None, NEWEST)


def test_a_newer_database_is_refused_and_left_alone(old: Path) -> None:
    upgrade(old)
    database = sqlite3.connect(old / FILE)
    with database:
        database.execute("UPDATE alembic_version SET version_num = 'ffff'")
    database.close()
    before = (old / FILE).read_bytes()
    for act in (open_store, upgrade):
        with pytest.raises(
            StoreVersionError, match=rf"{FILE}` was written by a newer actsearch: .* `ffff`, .* install"
        ):
            act(old)
    assert (old / FILE).read_bytes() == before


def test_a_database_whose_tables_vanished_is_told(tmp_path: Path) -> None:
    upgrade(tmp_path)
    database = sqlite3.connect(tmp_path / FILE)
    with database:
        database.execute("DROP TABLE evaluations")
    database.close()
    with (
        open_store(tmp_path) as store,
        pytest.raises(StoreError, match=r"no such table: evaluations.*restore"),
    ):
        store.evaluations.of()


OPENS = """
import sys, time
from actsearch.storage import open_store
time.sleep(max(0.0, float(sys.argv[2]) - time.time()))
for n in range(int(sys.argv[3])):
    open_store(f"{sys.argv[1]}/{n}").close()
"""


def test_two_first_starts_at_once_make_one_database(tmp_path: Path) -> None:
    rounds, start = 15, datetime.now(UTC).timestamp() + 2.5
    command = [sys.executable, "-c", OPENS, str(tmp_path), str(start), str(rounds)]
    starts = [subprocess.Popen(command, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    assert [(one.communicate(timeout=120)[1], one.returncode) for one in starts] == [("", 0)] * 2
    for n in range(rounds):
        assert upgrade(tmp_path / str(n)).before == NEWEST


DIES = """
import os, signal, sys
from sqlalchemy import Engine, event
from actsearch.storage import open_store
left = [int(sys.argv[2])]

@event.listens_for(Engine, "before_cursor_execute")
def count(connection, cursor, statement, *rest):
    if connection.get_execution_options().get("write"):
        left[0] -= 1
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)

open_store(sys.argv[1]).close()
"""


@pytest.mark.parametrize("statement", [2, 5, 9])
def test_an_upgrade_that_dies_half_way_changes_nothing(statement: int, tmp_path: Path) -> None:
    died = subprocess.run(
        [sys.executable, "-c", DIES, str(tmp_path), str(statement)], check=False, timeout=120
    )
    assert died.returncode == -9
    assert upgrade(tmp_path).before is None


def test_threads_may_open_fresh_folders_at_once(tmp_path: Path) -> None:
    homes = [tmp_path / str(number) for number in range(16)]
    with ThreadPoolExecutor(8) as threads:
        for found in threads.map(upgrade, homes):
            assert (found.before, found.after) == (None, NEWEST)
