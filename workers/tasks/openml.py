"""`fetch_openml`: a table of OpenML, downloaded once. Through scikit-learn, imported where it is used."""

import re
import socket
import warnings
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError

from ...primitives import TaskError
from .data_folder import cached
from .fault import in_words

__all__ = ["OpenmlTable", "fetch_openml"]

SILENCE_S = 15.0
"""So long may a server say nothing."""

_NAME = re.compile(r"[\w.()+-]{1,200}(@\d{1,9})?")


@dataclass(frozen=True, slots=True)
class OpenmlTable:
    """What was fetched."""

    frame: Any
    """A pandas frame, the target among its columns."""
    target: str | None
    """The column that OpenML names as target, where it names one."""


def fetch_openml(name: str) -> OpenmlTable:
    """A table of OpenML.

    `name` is `adult`, `adult@2` for a version, or a number. Downloaded once, see `data_folder.py`. The
    checksum that OpenML gives is compared, and our own at every reading. Raises `TaskError`: no such
    table, no network, a download that broke off, a damaged cache, a table that is sparse.
    """
    title, at, version = name.partition("@")
    if not _NAME.fullmatch(name) or (at and not version.isdecimal()):
        raise TaskError(
            f"`{name}` is no table of OpenML; `adult`, `adult@2` or a number such as `1590` would do"
        )
    wanted: dict[str, Any] = {"data_id": int(name)} if name.isdecimal() else {"name": title}
    if at:
        wanted["version"] = int(version)

    def fetch(part: Path) -> None:
        _openml(name, wanted, part)

    bunch = _openml(name, wanted, cached("openml", name, fetch))
    target = bunch["details"].get("default_target_attribute")
    return OpenmlTable(bunch["frame"], target if target in bunch["frame"].columns else None)


def _openml(name: str, wanted: dict[str, Any], folder: Path) -> Any:
    from sklearn import datasets

    with _in_a_sentence(name), _no_longer_than(SILENCE_S), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of its retries, and of several versions
        return datasets.fetch_openml(
            **wanted,
            data_home=str(folder),
            target_column=None,
            as_frame=True,
            parser="pandas",
            n_retries=1,
            delay=0.5,
        )


@contextmanager
def _in_a_sentence(name: str) -> Generator[None]:
    what = f"the table `{name}` of OpenML"
    try:
        yield
    except HTTPError as error:
        code = error.code
        error.close()
        raise TaskError(f"{what} cannot be had: the server answers {code}; try again later") from error
    except (URLError, TimeoutError, ConnectionError) as error:
        reason = error.reason if isinstance(error, URLError) else error
        raise TaskError(
            f"{what} cannot be downloaded, since OpenML is not reached ({reason}); a file of yours would do"
        ) from error
    except OSError as error:
        raise TaskError(
            f"{what} cannot be kept: {in_words(error)}; name a folder in ACTSEARCH_DATA"
        ) from error
    except Exception as error:
        raise TaskError(f"{what} cannot be had: {_why(error)}") from error


def _why(error: Exception) -> str:
    said = str(error)
    if "md5" in said or "checksum" in said:
        return "its download is incomplete or damaged (OpenML names another checksum); try again"
    if isinstance(error, (EOFError, UnicodeDecodeError)) or type(error).__name__ in (
        "IncompleteRead",
        "JSONDecodeError",
    ):
        return f"its download broke off ({in_words(error)}); try again"
    if type(error).__name__ == "OpenMLError":
        return f"OpenML knows none of that name ({said}); look it up on openml.org"
    if "parse" in said.lower() and "sparse" in said.lower():
        return "it is sparse, which is not supported"
    return in_words(error)


@contextmanager
def _no_longer_than(silence_s: float) -> Generator[None]:
    """The fetcher sets no limit of its own: a network that swallows packets would hold it for minutes."""
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(silence_s)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)
