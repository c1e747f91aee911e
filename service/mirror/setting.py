"""Where a data folder is mirrored to: `--mlflow`, ACTSEARCH_MLFLOW, MLFLOW_TRACKING_URI, or beside it."""

import os
import shlex
from dataclasses import dataclass
from pathlib import Path

from ...storage.servers import must_be_server, shown_server

__all__ = ["OFF", "Place", "place"]

OFF = "off"

_FILE, _ARTIFACTS = "mlflow.db", "mlflow-artifacts"


@dataclass(frozen=True, slots=True)
class Place:
    """A tracking server, and where the files of runs go; None leaves that to the server."""

    uri: str
    artifacts: Path | None
    asked: str = ""
    """What was asked for; empty where it stands beside the store because nothing was."""

    @property
    def name(self) -> str:
        """The address without its password."""
        return shown_server(self.uri)

    @property
    def look(self) -> str:
        """What shows it in a browser: a command, or the address itself."""
        if self.uri.startswith(("http:", "https:")):
            return self.name
        return shlex.join(["mlflow", "ui", "--backend-store-uri", self.name])


def place(home: str, asked: str | None) -> Place | None:
    """Where `home` is mirrored to; None where that is switched off.

    Raises `MirrorError` for what is no address.
    """
    wanted = asked or os.environ.get("ACTSEARCH_MLFLOW") or os.environ.get("MLFLOW_TRACKING_URI") or ""
    if wanted == OFF:
        return None
    if wanted:
        return Place(must_be_server(wanted), None, wanted)
    folder = _folder(home)
    if folder is None:
        return None
    return Place(f"sqlite:///{folder / _FILE}", folder / _ARTIFACTS)


def _folder(home: str) -> Path | None:
    """The data folder, or that of the file that a database URL names; None for one in memory."""
    if "://" not in home:
        return Path(home).expanduser().resolve()
    _, _, path = home.partition(":///")
    return Path(path).resolve().parent if path and path != ":memory:" else None
