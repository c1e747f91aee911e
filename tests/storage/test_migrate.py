"""Upgrades: every earlier version's database keeps what it knew; a later one's is left alone."""

import math
import sqlite3
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Column, Integer, MetaData, Table, Text, insert, make_url, select, update
from sqlalchemy.schema import CreateTable, DropTable

from actsearch.primitives.errors import StoreError, StoreVersionError
from actsearch.primitives.records import Outcome, Protocol, Standing, Verdict, point
from actsearch.storage import Upgrade, open_store, upgrade, views
from actsearch.storage.database import FILE, Database, locate
from actsearch.storage.migrate import NEWEST, SCRIPTS, revision_of, schema_name
from actsearch.storage.pages import Counts, Pages
from actsearch.storage.postgresql import schema_of
from actsearch.storage.projects import Asked, Whose
from actsearch.storage.tables import Base
from actsearch.storage.tokens import Tokens

from .postgres_server import PostgresServer
from .stores import LASTING, new_database

VERSION = Table("alembic_version", MetaData(), Column("version_num", Text))

FOLDER = Path(__file__).parent / "assets"

ASSETS = {
    "sqlite": {asset.stem: asset for asset in FOLDER.glob("v*.sql")},
    "postgresql": {asset.stem: asset for asset in (FOLDER / "postgresql").glob("v*.sql")},
}
"""A database of each kind and version, as SQL, all with the same content."""

OLD = [(kind, version) for kind, assets in ASSETS.items() for version in sorted(assets)]


@pytest.fixture(params=OLD, ids="-".join)
def old(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """URL of a database that an earlier version left."""
    kind, version = request.param
    script = ASSETS[kind][version].read_text()
    if kind == "postgresql":
        server: PostgresServer = request.getfixturevalue("postgres")
        url = server.make_schema()
        server.run_sql(url, script.replace("actsearch", schema_of(make_url(url))))
        return url
    with closing(sqlite3.connect(tmp_path / FILE)) as database:
        database.executescript(script)
    return f"sqlite:///{tmp_path / FILE}"


@pytest.fixture(params=LASTING)
def new(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """URL of an empty database."""
    return new_database(request.param, tmp_path, request)


def test_every_revision_has_its_file_its_asset_and_one_successor() -> None:
    steps = list(SCRIPTS.walk_revisions())
    assert [step.revision for step in steps] == [f"{n:04}" for n in range(len(steps), 0, -1)]
    assert {Path(step.path).name[:5] for step in steps} == {f"v{step.revision}" for step in steps}
    for assets in ASSETS.values():
        assert sorted(assets) == sorted(f"v{step.revision}" for step in steps)
    assert SCRIPTS.get_heads() == [NEWEST]


def test_the_steps_are_found_in_the_package() -> None:
    assert Path(SCRIPTS.dir) == Path(str(files("actsearch.storage"))) / "migrations"
    assert [path.name for path in (Path(SCRIPTS.dir) / "versions").glob("__init__.py")]


def test_the_migrated_schema_is_that_of_the_tables(old: str) -> None:
    _is_as_the_tables_say(old)


def test_a_new_schema_is_that_of_the_tables(new: str) -> None:
    _is_as_the_tables_say(new)


def _is_as_the_tables_say(home: str) -> None:
    with open_store(home) as store, store.database.engine.connect() as connection:
        schema = schema_name(connection)
        if schema is not None:  # what is compared is looked for where tables are if nothing is said
            connection.exec_driver_sql(f"SET search_path TO {schema}")
            connection.dialect.default_schema_name = schema
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_an_old_database_keeps_what_it_knew(old: str) -> None:
    search = Protocol(epochs=5, batch=32, numerics=1)
    confirm = replace(search, phase="confirm", epochs=9)
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
        (confirmed, *_) = views.leaderboard(store)
        assert (confirmed.key, confirmed.mean) == ("a" * 16, 0.4)


def test_an_old_database_ranks_what_it_knew_and_goes_on(old: str) -> None:
    with open_store(old) as store:
        store.standings.replace("5f2a9c01d3e4", [])
        board = [(row.key, row.mean, row.seeds, row.diverged) for row in views.leaderboard(store)]
        assert board == [("a" * 16, 0.75, 1, 0)]
        (known, *_) = store.evaluations.of()
        store.evaluations.add([replace(known, lane=replace(known.lane, seed=7), score=0.25)])
        assert [(row.mean, row.seeds) for row in views.leaderboard(store)] == [(0.5, 2)]
        assert len(store.evaluations.of()) == 4
        task = store.tasks.of("toy")[0]
        store.queue.submit("new", task, {})
        assert [job.id for job in store.jobs.all()] == ["5f2a9c01d3e4", "new"]


def test_an_old_database_says_how_far_its_jobs_are(old: str) -> None:
    with open_store(old) as store:
        (line,) = Pages(store.database).jobs(limit=9)
    assert line.counts == Counts(done=1, waiting=1, best=0.75)


def test_an_old_job_is_of_the_default_project_and_whoever_put_it_into_the_queue(old: str) -> None:
    before = upgrade_from(old)
    if before == "0004":
        database = Database(locate(old))
        with database.write() as session:
            token = {"number": 9, "id": "somebody", "digest": "d", "name": "laptop", "scope": "submit"}
            names = [*token, "created"]
            tokens = Table("tokens", MetaData(), *map(Column, names))
            session.connection().execute(insert(tokens), [token | {"created": "2030-01-02T09:32:09+00:00"}])
        database.close()
    with open_store(old) as store:
        (line,) = Pages(store.database).jobs(limit=9, whose=Whose(project="default"))
        assert line.asked == (Asked(project="default", owner="laptop" if before == "0004" else ""),)
        assert {one.project for one in Tokens(store.database).all()} <= {None}
        assert store.queue.quota("somebody").trials is None


def test_an_upgrade_is_a_step_of_its_own_and_done_once(old: str, new: str) -> None:
    before = upgrade(old)
    assert before.before in {name.removeprefix("v") for name in ASSETS["sqlite"]}
    assert upgrade(old) == Upgrade(before.database, NEWEST, NEWEST)
    assert upgrade(new).before is None
    assert upgrade(new).before == NEWEST


def test_a_newer_database_is_refused_and_left_alone(new: str) -> None:
    upgrade(new)
    with open_store(new) as store:
        with store.database.write() as session:
            session.execute(update(VERSION).values(version_num="ffff"))
        for act in (open_store, upgrade):
            with pytest.raises(
                StoreVersionError, match=r"written by a newer actsearch: .* `ffff`, .* install"
            ):
                act(new)
        with store.database.read() as session:
            assert session.scalars(select(VERSION.c.version_num)).all() == ["ffff"]


def test_a_database_whose_tables_vanished_is_told(new: str) -> None:
    with open_store(new) as store:
        with store.database.write() as session:
            session.connection().execute(DropTable(Base.metadata.tables["evaluations"]))
        with pytest.raises(StoreError, match=r"evaluations.*restore a copy"):
            store.evaluations.of()


def test_tables_of_another_program_are_left_alone(new: str) -> None:
    database = Database(locate(new))
    with database.write() as session:
        database.kind.make_schema(session)
        session.connection().execute(CreateTable(Table("jobs", MetaData(), Column("salary", Integer))))
    with pytest.raises(
        StoreError, match="holds a table `jobs` that another program made; nothing was changed"
    ):
        upgrade(new)
    database.close()


OPENS = """
import sys, time
from actsearch.storage import open_store
time.sleep(max(0.0, float(sys.argv[1]) - time.time()))
for home in sys.argv[2:]:
    open_store(home).close()
"""


@pytest.mark.slow
@pytest.mark.parametrize("kind", LASTING)
def test_first_starts_at_once_make_one_database(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    homes = [new_database(kind, _made(tmp_path / str(n)), request) for n in range(4)]
    command = [sys.executable, "-c", OPENS, str(time.time() + 2.5), *homes]
    starts = [subprocess.Popen(command, stderr=subprocess.PIPE, text=True) for _ in range(3)]
    assert [(one.communicate(timeout=120)[1], one.returncode) for one in starts] == [("", 0)] * 3
    assert {upgrade(home).before for home in homes} == {NEWEST}


DIES = """
import os, signal, sys
from sqlalchemy import Engine, event
from actsearch.storage import upgrade
left = [int(sys.argv[2])]

@event.listens_for(Engine, "before_cursor_execute")
def count(connection, cursor, statement, *rest):
    if connection.get_execution_options().get("write"):
        left[0] -= 1
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)

upgrade(sys.argv[1])
"""


@pytest.mark.parametrize("statement", [5, *(pytest.param(n, marks=pytest.mark.slow) for n in (2, 9, 25))])
def test_an_upgrade_that_dies_half_way_changes_nothing(statement: int, new: str) -> None:
    died = subprocess.run([sys.executable, "-c", DIES, new, str(statement)], check=False, timeout=120)
    assert died.returncode == -9
    assert upgrade(new).before is None


@pytest.mark.slow
@pytest.mark.parametrize("statement", [3, 6])
def test_an_old_database_survives_an_upgrade_that_dies(statement: int, old: str) -> None:
    revision = upgrade_from(old)
    died = subprocess.run([sys.executable, "-c", DIES, old, str(statement)], check=False, timeout=120)
    assert died.returncode == (0 if revision == NEWEST else -9)
    assert upgrade(old).before == revision
    with open_store(old) as store:
        assert len(store.evaluations.of()) == 3


def upgrade_from(home: str) -> str | None:
    """The revision of a database, which stays as it is."""
    database = Database(locate(home))
    with database.read() as session:
        found = revision_of(database, session)
    database.close()
    return found


def test_threads_may_open_fresh_folders_at_once(tmp_path: Path) -> None:
    homes = [tmp_path / str(number) for number in range(16)]
    with ThreadPoolExecutor(8) as threads:
        for found in threads.map(upgrade, homes):
            assert (found.before, found.after) == (None, NEWEST)


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder
