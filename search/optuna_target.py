"""Where a study for Optuna is written: an SQLite file, a database, or a journal file."""

import os
import warnings
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import optuna
from optuna.exceptions import ExperimentalWarning, StorageInternalError
from optuna.storages import BaseStorage, JournalStorage, RDBStorage, get_storage
from optuna.storages.journal import JournalFileBackend

from ..primitives import ActsearchError, StoreError
from ..storage.foreign import DATABASE_ERRORS, database_reason, database_tables, shown_url

__all__ = ["open_source", "open_target", "quiet", "target_name", "target_place", "told"]

_PATIENCE_S = 6.0
"""Seconds to wait for the lock of an SQLite file; Optuna tries five times."""

_JOURNAL = ".log"
"""How the name of a journal file ends."""

_ADVICE = "write `sqlite:///study.db`, a database URL, or `study.log` for a journal"


def open_target(target: str) -> BaseStorage:
    """Optuna's storage there, made where it is missing: an SQLite file, `study.log`, or a database URL.

    Raises `StoreError` where it cannot be opened, or holds what is not Optuna's.
    """
    if not target.strip():
        raise StoreError(f"the study has no place to go to; {_ADVICE}")
    if _is_journal(target):
        return _journal(Path(target).expanduser())
    url = _url(target)
    with told(target):
        tables = database_tables(url)
        if "alembic_version" in tables and "studies" not in tables:
            raise StoreError(
                f"`{target_name(target)}` is the database of another program, and Optuna would spoil it; "
                "choose another file"
            )
        engine: dict[str, Any] = {"connect_args": {"timeout": _PATIENCE_S}} if _is_sqlite(url) else {}
        return get_storage(RDBStorage(url, engine_kwargs=engine))


@contextmanager
def open_source(target: str) -> Generator[BaseStorage]:
    """Optuna's storage that is there, to be read: nothing is made or changed, and it is closed in the end.

    Raises `StoreError` where there is none.
    """
    absent = StoreError(f"`{target_name(target)}` is no storage of Optuna's; {_ADVICE}")
    with _source_told(target):
        if _is_journal(target):
            path = Path(target).expanduser()
            if not path.is_file():
                raise absent
            yield JournalStorage(JournalFileBackend(str(path)))
            return
        url = _url(target)
        if not {"studies", "trials", "version_info"} <= database_tables(url):
            raise absent
        engine: dict[str, Any] = {"connect_args": {"timeout": _PATIENCE_S}} if _is_sqlite(url) else {}
        storage = RDBStorage(url, engine_kwargs=engine, skip_table_creation=True)
        try:
            yield storage
        finally:
            storage.remove_session()
            storage.engine.dispose()


@contextmanager
def _source_told(target: str) -> Generator[None]:
    """As `told`, of what is read: whatever a damaged or hostile storage brings about becomes a sentence."""
    try:
        with told(target):
            yield
    except (TypeError, AttributeError, LookupError, RecursionError, OverflowError) as error:
        said = " ".join(str(error).split())[:200]
        what = f"is not what Optuna expects: {said or type(error).__name__}"
        raise StoreError(_refused(target, what, "choose another file")) from error


def target_name(target: str) -> str:
    """What messages call it: the path of a file, or the URL without its password."""
    if _is_journal(target):
        return target
    try:
        return shown_url(_url(target))
    except (*DATABASE_ERRORS, ValueError):
        return f"{target.partition('://')[0]}://..."


def target_place(target: str) -> str:
    """A URL of the target that is the same however its file is written, for a lock of this user."""
    name = target_name(target)
    return f"study://{os.getuid()}@{name if '://' in name else Path(name).expanduser().resolve()}"


@contextmanager
def told(target: str) -> Generator[None]:
    """Whatever the storage says becomes one sentence, a `StoreError`."""
    try:
        yield
    except ActsearchError:
        raise
    except ImportError as error:
        raise StoreError(
            f"no driver for `{target_name(target)}` is installed ({error.__cause__ or error}); install one, "
            "such as `psycopg2-binary` for PostgreSQL, or write `sqlite:///study.db`"
        ) from error
    except (*DATABASE_ERRORS, StorageInternalError) as error:
        what, advice = database_reason(error)
        raise StoreError(_refused(target, what, advice)) from error
    except OSError as error:
        what = f"cannot be written ({error.strerror or error})"
        raise StoreError(_refused(target, what, "make room or choose another file")) from error
    except (RuntimeError, ValueError, KeyError, AssertionError) as error:
        # Optuna's own words for a schema of another version, a damaged journal, other distributions.
        what = f"is not what Optuna expects: {' '.join(str(error).split()).rstrip('.')}"
        raise StoreError(_refused(target, what, "choose another file")) from error


@contextmanager
def quiet() -> Generator[None]:
    """Without the lines that Optuna logs for each study, and its warnings that a function is new."""
    verbosity = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ExperimentalWarning)
            yield
    finally:
        optuna.logging.set_verbosity(verbosity)


def _refused(target: str, what: str, advice: str) -> str:
    return f"the study's storage `{target_name(target)}` {what}; what was written before is kept; {advice}"


def _is_journal(target: str) -> bool:
    return "://" not in target and target.endswith(_JOURNAL)


def _is_sqlite(url: str) -> bool:
    return url.startswith("sqlite")


def _url(target: str) -> str:
    """The URL; a path is an SQLite file."""
    return target if "://" in target else f"sqlite:///{Path(target).expanduser()}"


def _journal(path: Path) -> BaseStorage:
    with told(str(path)):
        if not path.exists() and not os.access(path.parent, os.W_OK):
            raise StoreError(
                f"the journal `{path}` cannot be made: its folder is missing or may not be written; "
                "choose another file"
            )
        return JournalStorage(JournalFileBackend(str(path)))
