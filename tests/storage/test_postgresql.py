"""PostgreSQL alone: its schema, its errors without secrets, poolers, and a server that dies."""

import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, make_url

from actsearch.primitives.errors import StoreAway, StoreError
from actsearch.storage import Store, open_store, shown_home
from actsearch.storage.backup import backup
from actsearch.storage.database import Database, locate
from actsearch.storage.postgresql import SCHEMA, SCHEMA_SETTING, TROUBLES, away, schema_of, trouble

from .lives import TASK, evaluation, live
from .postgres_server import PASSWORD, PostgresServer, start_server

pytest.importorskip("psycopg", reason="no driver: `pip install 'psycopg[binary]'`")

SECRET = "hunter2"


@pytest.fixture
def home(postgres: PostgresServer) -> str:
    return postgres.make_schema()


# Where its tables are ----------------------------------------------------------------------------


def test_tables_are_in_a_schema_of_their_own(
    postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    plain = postgres.make_database()
    places = {"": SCHEMA, "set": "by_setting", "&schema=Odd%20one%2F%22x%22%25": 'Odd one/"x"%'}
    for said, schema in places.items():
        monkeypatch.setenv(SCHEMA_SETTING, "by_setting" if said == "set" else "")
        url = plain if said == "set" else plain + said
        with open_store(url) as store:
            store.jobs.create(schema, TASK, {})
            store.evaluations.add([evaluation(schema)])
            assert backup(url, tmp_path / "copy").rows == 4
            assert [job.id for job in store.jobs.all()] == [schema]
    tables = "SELECT DISTINCT table_schema FROM information_schema.tables WHERE table_name = 'jobs'"
    assert set(postgres.run_sql(plain, tables).splitlines()) == set(places.values())


def test_a_schema_that_is_there_asks_for_no_right_to_make_one(postgres: PostgresServer) -> None:
    url = postgres.make_database()
    postgres.run_sql(
        url,
        "DROP ROLE IF EXISTS modest; CREATE ROLE modest LOGIN PASSWORD 'modest'; "
        "CREATE SCHEMA mine AUTHORIZATION modest;",
    )
    modest = make_url(url).set(username="modest", password="modest").render_as_string(hide_password=False)
    open_store(modest + "&schema=mine").close()
    with pytest.raises(StoreError, match=r"does not let this user do that; .* grant the user CREATE"):
        open_store(modest + "&schema=theirs")


@pytest.mark.parametrize("name", ["", " ", "pg_mine", "x" * 64, "a\0b"])
def test_a_name_that_no_schema_may_have_is_refused(name: str) -> None:
    with pytest.raises(StoreError, match="is no name of a schema"):
        schema_of(make_url("postgresql://h/d").update_query_dict({"schema": name or " "}))


# Errors and secrets ------------------------------------------------------------------------------

URLS = {
    f"postgresql://me:{SECRET}@127.0.0.1:1/d": r"127\.0\.0\.1:1/d` cannot be reached .*refused",
    f"postgres://me:{SECRET}@127.0.0.1:1/d": r"127\.0\.0\.1:1/d` cannot be reached .*refused",
    f"postgresql+psycopg://127.0.0.1:1/d?user=me&password={SECRET}": "cannot be reached .*refused",
    f"postgresql://me:{SECRET}@127.0.0.1:1/d?sslpassword={SECRET}": "cannot be reached .*refused",
    f"postgresql://me:{SECRET}@/d?host=/nowhere": "cannot be reached .*No such file",
    f"postgresql://me:{SECRET}@127.0.0.1:1/d?nonsense={SECRET}": "refused: invalid connection option",
}


@pytest.mark.parametrize("url", URLS)
def test_what_cannot_be_reached_is_told_without_a_secret(url: str) -> None:
    with pytest.raises(StoreError, match=URLS[url]) as told:
        open_store(url)
    assert SECRET not in str(told.value)
    assert "\n" not in str(told.value)
    assert SECRET not in shown_home(url)
    database = Database(locate(url))
    assert SECRET not in database.name + repr(database) + repr(database.engine)


def test_the_wrong_password_is_told_without_it(postgres: PostgresServer) -> None:
    wrong = make_url(postgres.url("postgres")).set(password=SECRET).render_as_string(hide_password=False)
    with pytest.raises(StoreError, match=r"password authentication failed.*check that it runs") as told:
        open_store(wrong)
    error: BaseException | None = told.value
    while error is not None:
        assert SECRET not in f"{error}{error!r}"
        error = error.__cause__


def test_no_message_and_no_repr_tells_the_password(home: str) -> None:
    assert PASSWORD not in shown_home(home)
    with open_store(home) as store:
        assert PASSWORD not in "".join(map(repr, (store, store.database, store.database.engine)))
        assert PASSWORD not in store.database.name


@pytest.mark.parametrize(
    ("home", "shown"),
    [
        ("data", "data"),
        (
            f"postgresql://me:{SECRET}@h:5432/d?schema=s&password={SECRET}",
            "postgresql://me@h:5432/d?schema=s",
        ),
        ("sqlite:////a/b.db", "sqlite:////a/b.db"),
        (f"mysql://me:{SECRET}@h/d", "mysql://..."),
        (f"postgresql://me:{SECRET}@h:port/d", "postgresql://..."),
    ],
)
def test_a_home_is_shown_without_its_secrets(home: str, shown: str) -> None:
    assert shown_home(home) == shown


@pytest.mark.parametrize(
    "state", ["28P01", "42501", "53100", "53300", "53200", "55P03", "40P01", "57P03", "08006"]
)
def test_an_error_is_known_by_the_longest_start_of_its_state(state: str) -> None:
    class Told(Exception):
        sqlstate = state

    longest = max((start for start in TROUBLES if state.startswith(start)), key=len)
    assert trouble(Told()) == TROUBLES[longest]


@pytest.mark.parametrize(
    ("state", "passes"),
    [
        *((state, True) for state in ("53300", "55P03", "40P01", "57P01", "57P03", "08006")),
        *((state, False) for state in ("28P01", "42501", "53100", "22003", "XX000", "3D000")),
    ],
)
def test_what_passes_is_told_from_what_is_to_be_repaired(state: str, passes: bool) -> None:
    class Told(Exception):
        sqlstate = state

    assert away(Told()) is passes


def test_a_number_that_no_cell_holds_is_told(home: str) -> None:
    with open_store(home) as store, pytest.raises(StoreError, match=r"refused: .* out of range") as told:
        store.queue.submit("job", TASK, {}, priority=2**40)
    assert not isinstance(told.value, StoreAway)


def test_a_lock_that_is_never_given_back_is_told(home: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("actsearch.storage.postgresql.WAIT_S", 0.2)
    with open_store(home) as store:
        store.jobs.create("job", TASK, {})
        with store.database.write() as session:
            store.database.take_turn(session, "evaluations")
            with pytest.raises(StoreAway, match=r"was locked by another process for 30 s; .* is kept; wait"):
                store.evaluations.add([evaluation("k")])
        store.evaluations.add([evaluation("k")])


# Readers -----------------------------------------------------------------------------------------


def test_a_reader_sees_one_moment_and_changes_nothing(home: str) -> None:
    with open_store(home) as store:
        with store.database.read() as reading:
            query = f"SELECT count(*) FROM {schema_of(make_url(home))}.jobs"
            before = reading.connection().exec_driver_sql(query).scalar_one()
            store.jobs.create("job", TASK, {})
            assert reading.connection().exec_driver_sql(query).scalar_one() == before == 0
        with (
            pytest.raises(StoreError, match="cannot be written: it only reads"),
            store.database.read() as reading,
        ):
            reading.connection().exec_driver_sql(query.replace("SELECT count(*)", "DELETE"))


# Poolers -----------------------------------------------------------------------------------------


def test_nothing_outlives_a_transaction(home: str) -> None:
    """As through a pooler that gives each transaction any connection, and clears it in between."""
    open_store(home).close()
    with open_store(home) as store:
        told: list[str] = []
        event.listen(
            store.database.engine,
            "before_cursor_execute",
            lambda _c, _u, statement, *_: told.append(statement),
        )
        event.listen(store.database.engine, "checkin", _discard)
        store.queue.submit("job", TASK, {})
        lease = store.leases.claim("runner")
        assert lease is not None
        live(store, lease)
        assert store.jobs.get("job").state == "done"
    assert len(told) > 30
    outlives = re.compile(
        r"^\s*(SET (?!LOCAL )|PREPARE|LISTEN|DECLARE .* WITH HOLD|CREATE TEMP)|pg_advisory_lock",
        re.IGNORECASE,
    )
    assert not [statement for statement in told if outlives.search(statement)]


def _discard(connection: Any, _record: object) -> None:
    connection.autocommit = True
    connection.execute("DISCARD ALL")
    connection.autocommit = False


# A server that dies ------------------------------------------------------------------------------

ADDS = """
import sys
from actsearch.primitives.errors import StoreError
from actsearch.storage import open_store
from tests.storage.lives import evaluation
with open_store(sys.argv[1]) as store:
    seed = 0
    while True:
        try:
            store.evaluations.add([evaluation("k", seed)])
        except StoreError as error:
            print("trouble", error, flush=True)
            sys.stdin.readline()
        else:
            print(seed, flush=True)
            seed += 1
"""


@pytest.fixture
def mortal() -> Iterator[PostgresServer]:
    server = start_server()
    yield server
    server.remove()


def test_what_was_acknowledged_outlives_the_server(mortal: PostgresServer) -> None:
    home = mortal.make_database()
    with open_store(home) as store:
        store.queue.submit("job", TASK, {})
        lease = store.leases.claim("runner")
        assert lease is not None
        writer = subprocess.Popen(
            [sys.executable, "-c", ADDS, home],
            cwd=Path(__file__).parents[2],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            told = _outlive(mortal, store, writer)
        finally:
            writer.kill()
            rest, _ = writer.communicate()
        told += rest.splitlines()
        acknowledged = {int(line) for line in told if line.strip().isdigit()}
        assert not [line for line in told if PASSWORD in line]
        stored = {one.lane.seed for one in _again(store).evaluations.of()}
        assert acknowledged <= stored <= set(range(max(acknowledged) + 2))
        assert store.leases.renew(lease) == "run"


def _outlive(server: PostgresServer, store: Store, writer: "subprocess.Popen[str]") -> list[str]:
    """What the writer says before, during and after a death of the server."""
    assert writer.stdin is not None
    assert writer.stdout is not None
    told = [writer.stdout.readline() for _ in range(20)]
    server.kill()
    while not told[-1].startswith("trouble"):
        told.append(writer.stdout.readline())
    with pytest.raises(StoreAway, match="database `postgresql://postgres@/"):
        store.jobs.all()
    _start_again(server)
    writer.stdin.write("\n")
    writer.stdin.flush()
    return told + [writer.stdout.readline() for _ in range(20)]


def _start_again(server: PostgresServer) -> None:
    for _ in range(100):
        try:
            return server.start()
        except RuntimeError:  # what it left is not cleared away yet
            time.sleep(0.1)
    raise AssertionError("the server does not start again")


def _again(store: Store) -> Store:
    """The first statement after a restart may meet a connection that died."""
    try:
        store.jobs.all()
    except StoreError:
        store.jobs.all()
    return store
