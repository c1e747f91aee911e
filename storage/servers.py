"""Addresses of tracking servers, and what is wrong with one, in words; needs no MLflow."""

import errno
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from ..primitives.errors import MirrorError

__all__ = ["must_be_server", "reason", "shown_server", "sqlite_file"]

_ADVICE = "write `http://host:5000`, `sqlite:///path/to/mlflow.db`, or `off`"

_TROUBLES: tuple[tuple[str, str], ...] = (
    ("Connection refused", "refuses the connection; start it, or name another"),
    ("Name or service not known", "cannot be found: no host has that name; check the address"),
    ("Temporary failure in name resolution", "cannot be found: no host has that name; check the address"),
    ("Failed to resolve", "cannot be found: no host has that name; check the address"),
    ("timed out", "does not answer in time; wait for it, or name another"),
    ("Connection aborted", "broke the connection; start it again, or name another"),
    ("Connection reset", "broke the connection; start it again, or name another"),
    ("RemoteDisconnected", "broke the connection; start it again, or name another"),
    ("No space left", "cannot be written: the disk is full; make room"),
    ("database or disk is full", "cannot be written: the disk is full; make room"),
    ("File too large", "cannot be written: a file would be larger than may be; make room"),
    ("disk I/O error", "cannot be written: the disk says so; check the disk and its quota"),
    ("database is locked", "is locked by another process; wait for it, or stop it"),
    ("readonly database", "cannot be written; give yourself the right to write there"),
    ("Read-only file system", "cannot be written; name a place where you may write"),
    ("Permission denied", "cannot be written; give yourself the right to write there"),
    ("unable to open database", "cannot be opened; check its folder and your right to write there"),
    ("failed with error code 404", "is no MLflow: something else answers there; check the address"),
    ("not a database", "is a file of another kind; move that file away"),
    (
        "Detected out-of-date database schema",
        "was made by another MLflow; run `mlflow db upgrade` on it",
    ),
    ("Can't locate revision", "was made by a newer MLflow; install that"),
)
"""What stands in an error of MLflow, of the network or of the disk: what is wrong, and what to do."""


def reason(error: BaseException) -> str:
    """What is wrong with the server, and what to do: the end of a sentence that names it."""
    missing = _missing(error)
    if missing:
        return f"needs the package `{missing}`, which is not installed; install it, or name another"
    said = _words(error)
    for part, words in _TROUBLES:
        if part.lower() in said.lower():
            return words
    return f"refuses: {' '.join(str(error).split())[:300] or type(error).__name__}"


def _missing(error: BaseException | None) -> str:
    """The package that an import did not find."""
    while error is not None:
        if isinstance(error, ModuleNotFoundError) and error.name:
            return error.name.partition(".")[0]
        error = error.__cause__
    return ""


def _words(error: BaseException | None) -> str:
    """All that an error and its causes say."""
    said: list[str] = []
    while error is not None and len(said) < 10:
        code = getattr(error, "errno", None)
        said.append(f"{type(error).__name__}: {error} {errno.errorcode.get(code, '') if code else ''}")
        error = error.__cause__ or error.__context__
    return "\n".join(said)


def shown_server(uri: str) -> str:
    """The address without its password."""
    parts = urlsplit(uri)
    if parts.password is None:
        return uri
    host = parts.hostname or ""
    port = f":{parts.port}" if parts.port else ""
    return urlunsplit(parts._replace(netloc=f"{parts.username}:***@{host}{port}"))


def sqlite_file(uri: str) -> Path | None:
    """The file of an SQLite address; None for any other."""
    if not uri.startswith("sqlite:"):
        return None
    path = make_url(uri).database
    return Path(path) if path and path != ":memory:" else None


def must_be_server(uri: str) -> str:
    """`uri`, if it can be mirrored to. Raises `MirrorError`."""
    kind = uri.partition(":")[0].partition("+")[0]
    known = ("http", "https", "sqlite", "postgresql", "mysql", "mssql", "databricks")
    try:
        readable = kind in known and (kind == "databricks" or "://" in uri)
        if readable and kind in ("http", "https"):
            readable = bool(urlsplit(uri).hostname) and (urlsplit(uri).port is None or True)
        elif readable and "://" in uri and kind != "databricks":
            make_url(uri)
    except (ValueError, ArgumentError):
        readable = False
    if not readable or (kind == "sqlite" and sqlite_file(uri) is None):
        raise MirrorError(f"`{shown_server(uri)}` is no address of an MLflow server; {_ADVICE}")
    return uri
