"""Addresses of tracking servers, and their troubles as one sentence."""

import errno
import sqlite3
from pathlib import Path

import pytest

from actsearch.primitives.errors import MirrorError
from actsearch.storage.servers import must_be_server, reason, shown_server, sqlite_file


@pytest.mark.parametrize(
    "uri",
    ["http://h", "https://u:p@h:5000/x", "sqlite:///x.db", "sqlite:////tmp/x.db", "postgresql://u:p@h/d"],
)
def test_servers_and_databases_are_addresses(uri: str) -> None:
    assert must_be_server(uri) == uri


@pytest.mark.parametrize(
    "uri", ["", "h:5000", "file:///tmp/x", "./mlruns", "ftp://h", "sqlite://", "http://", "http://h:port"]
)
def test_anything_else_is_refused_in_one_sentence(uri: str) -> None:
    with pytest.raises(MirrorError, match=r"is no address of an MLflow server; write `http"):
        must_be_server(uri)


def test_a_password_is_not_shown() -> None:
    assert shown_server("https://me:secret@h:5000/x") == "https://me:***@h:5000/x"
    assert shown_server("https://h:5000/x") == "https://h:5000/x"
    with pytest.raises(MirrorError) as told:
        must_be_server("ftp://me:secret@h")
    assert "secret" not in str(told.value)


def test_the_file_of_a_database_is_known() -> None:
    assert sqlite_file("sqlite:////a/b.db") == Path("/a/b.db")
    assert sqlite_file("sqlite:///b.db") == Path("b.db")
    assert sqlite_file("http://h") is None


def full() -> BaseException:
    try:
        try:
            raise OSError(errno.ENOSPC, "No space left on device")
        except OSError as error:
            raise RuntimeError("cannot log") from error
    except RuntimeError as error:
        return error


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (ConnectionRefusedError(errno.ECONNREFUSED, "Connection refused"), "refuses the connection"),
        (TimeoutError("Read timed out. (read timeout=10)"), "does not answer in time"),
        (full(), "the disk is full"),
        (sqlite3.OperationalError("database is locked"), "is locked by another process"),
        (ValueError("what\n  is   this"), "refuses: what is this"),
        (KeyError(), "refuses: KeyError"),
        (OSError(errno.EROFS, "Read-only file system", "/x/.m.db.8s1c"), "cannot be written; name a place"),
        (RuntimeError("API request to endpoint /x failed with error code 404 != 200"), "is no MLflow"),
        (ModuleNotFoundError("No module named 'a.b'", name="a.b"), "needs the package `a`"),
    ],
)
def test_a_trouble_is_told_by_what_stands_in_it_or_behind_it(error: BaseException, said: str) -> None:
    assert reason(error).startswith(said) or said in reason(error)
    assert "\n" not in reason(error)
