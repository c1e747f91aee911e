"""What the doctor says of database, Ray and MLflow: there, not there, silent, wrong; and never a secret."""

import socket
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from actsearch.primitives import StoreError
from actsearch.service.doctor import examine, surroundings
from actsearch.service.doctor.surroundings import look_at_database, look_at_mlflow, look_at_ray
from actsearch.storage import open_store
from actsearch.storage.database import Database, locate
from actsearch.storage.migrate import NEWEST, migrate

if TYPE_CHECKING:
    from tests.storage.postgres_server import PostgresServer


@pytest.fixture(autouse=True)
def nothing_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("RAY_ADDRESS", "ACTSEARCH_MLFLOW", "MLFLOW_TRACKING_URI"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def nobody() -> str:
    """An address where nothing listens."""
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        return f"127.0.0.1:{server.getsockname()[1]}"


@pytest.fixture
def silent() -> Iterator[str]:
    """An address that takes connections and says nothing."""
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        yield f"127.0.0.1:{server.getsockname()[1]}"


def test_a_folder_that_is_not_there_stays_so(tmp_path: Path) -> None:
    home = tmp_path / "a" / "b"
    assert look_at_database(str(home)).state == "ok"
    assert not (tmp_path / "a").exists()
    (tmp_path / "file").write_text("")
    assert look_at_database(str(tmp_path / "file" / "home")).state == "bad"


def test_a_database_tells_kind_and_revision_and_is_left_alone(tmp_path: Path) -> None:
    open_store(tmp_path).close()
    before = (tmp_path / "actsearch.db").read_bytes()
    found = look_at_database(str(tmp_path))
    assert (found.state, found.sentence) == (
        "ok",
        f"sqlite `{tmp_path}` at revision {NEWEST} can be written",
    )
    assert (tmp_path / "actsearch.db").read_bytes() == before


def test_an_older_database_is_not_upgraded(tmp_path: Path) -> None:
    with closing(Database(locate(tmp_path))) as database, database.write() as session:
        migrate(database, session, "0002")
    for _ in range(2):
        found = look_at_database(str(tmp_path))
        assert (found.state, "is at revision 0002" in found.sentence) == ("warn", True)


def test_what_is_no_database_or_cannot_be_written_is_bad(tmp_path: Path) -> None:
    open_store(tmp_path).close()
    only_read = f"sqlite:///file:{tmp_path}/actsearch.db?mode=ro&uri=true"
    with pytest.raises(StoreError):
        look_at_database(only_read)
    other = tmp_path / "other"
    other.mkdir()
    (other / "actsearch.db").write_text("not a database, but long enough to be read as one" * 20)
    with pytest.raises(StoreError):
        look_at_database(str(other))
    foreign = tmp_path / "foreign"
    foreign.mkdir()
    with closing(sqlite3.connect(foreign / "actsearch.db")) as connection:
        connection.execute("CREATE TABLE jobs (x)")
    with pytest.raises(StoreError, match="another program"):
        look_at_database(str(foreign))


@pytest.mark.slow
def test_postgresql_is_looked_at_without_a_change(postgres: "PostgresServer") -> None:
    url = postgres.make_database()
    assert "is empty" in look_at_database(url).sentence
    assert "is empty" in look_at_database(url).sentence
    open_store(url).close()
    found = look_at_database(url)
    assert (found.state, found.sentence.startswith("postgresql `postgresql://")) == ("ok", True)
    assert "secret" not in found.sentence
    rights = (
        "GRANT USAGE ON SCHEMA actsearch TO reader; GRANT SELECT ON ALL TABLES IN SCHEMA actsearch TO reader"
    )
    postgres.run_sql(url, f"CREATE ROLE reader LOGIN PASSWORD 'secret'; {rights}")
    with pytest.raises(StoreError, match="does not let this user do that"):
        look_at_database(f"postgresql://reader:secret@/{url.partition('@/')[2]}")


def test_a_database_that_is_not_there_is_one_sentence_without_its_password(nobody: str) -> None:
    url = f"postgresql://somebody:pass-word@{nobody}/there"
    (found,) = examine(url, {"database": look_at_database})
    assert (found.state, "cannot be reached" in found.sentence) == ("bad", True)
    assert "pass-word" not in found.sentence + found.advice


@pytest.mark.parametrize(
    ("address", "state", "part"),
    [
        ("", "ok", "starts one of its own"),
        ("local", "ok", "starts one of its own"),
        ("nonsense", "bad", "no address of a Ray"),
        ("host:0", "bad", "no address of a Ray"),
        ("NOBODY", "bad", "Connection refused"),
        ("ray://NOBODY", "bad", "Connection refused"),
    ],
)
def test_a_ray_is_there_or_not(
    monkeypatch: pytest.MonkeyPatch, nobody: str, address: str, state: str, part: str
) -> None:
    monkeypatch.setenv("RAY_ADDRESS", address.replace("NOBODY", nobody))
    found = look_at_ray("")
    assert (found.state, part in found.sentence) == (state, True), found


def test_a_ray_that_is_none_does_not_hang(monkeypatch: pytest.MonkeyPatch, silent: str) -> None:
    monkeypatch.setenv("RAY_ADDRESS", silent)
    monkeypatch.setattr(surroundings, "RAY_S", 3.0)
    found = look_at_ray("")
    assert (found.state, "no healthy Ray" in found.sentence) == ("bad", True)


class Answers(BaseHTTPRequestHandler):
    """`/health` as MLflow answers it; at the port's other paths nothing."""

    def do_GET(self) -> None:
        well = self.path == "/health"
        self.send_response(200 if well else 404)
        self.end_headers()
        self.wfile.write(b"OK" if well else b"")

    def log_message(self, format: str, *args: object) -> None:
        """Nothing."""


@pytest.fixture
def server() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), Answers) as serving:
        thread = threading.Thread(target=serving.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{serving.server_port}"
        serving.shutdown()
        thread.join()


def test_an_mlflow_is_there_or_not_and_never_bad(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, nobody: str, silent: str, server: str
) -> None:
    monkeypatch.setattr(surroundings, "CONNECT_S", 0.5)
    home = str(tmp_path / "home")
    (tmp_path / "file").write_text("")
    wanted = {
        "": ("ok", "sqlite:///"),
        "off": ("ok", "switched off"),
        server: ("ok", server),
        f"{server}/other": ("warn", "answers 404"),
        f"http://user:pass-word@{nobody}": ("warn", "refuses the connection"),
        f"http://{silent}": ("warn", "does not answer in time"),
        f"sqlite:///{tmp_path}/file/mlflow.db": ("warn", "cannot be written"),
        f"postgresql://user:pass-word@{nobody}/mlflow": ("warn", "does not answer"),
    }
    for asked, (state, part) in wanted.items():
        monkeypatch.setenv("ACTSEARCH_MLFLOW", asked)
        found = look_at_mlflow(home)
        assert (found.state, part in found.sentence) == (state, True), (asked, found)
        assert "pass-word" not in found.sentence
    monkeypatch.setenv("ACTSEARCH_MLFLOW", "ftp://host")
    (found,) = examine(home, {"mlflow": look_at_mlflow})
    assert found.state == "bad"
    monkeypatch.delenv("ACTSEARCH_MLFLOW")
    assert "no folder beside it" in look_at_mlflow("postgresql://u@host/d").sentence
    assert not (tmp_path / "home").exists()
