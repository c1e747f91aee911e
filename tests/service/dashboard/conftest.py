"""The dashboard in this process, on a copy of a data folder in which a small search was run and confirmed."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from actsearch.service.http import Settings, create_app
from actsearch.service.http.describing import Describer
from actsearch.service.http.kept import Open, keep
from actsearch.storage import Store, open_store
from tests.service.http.conftest import (
    Serve,
    describer,
    home,
    modules,
    searched,
    serve,
    settings,
)
from tests.service.http.in_process import TestClient

__all__ = ["URL", "Serve", "describer", "home", "modules", "pages", "searched", "serve", "settings", "store"]

URL = "http://127.0.0.1"


@pytest.fixture
def pages(
    settings: Settings,
    describer: Describer,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[TestClient]:
    """It follows no redirect by itself."""

    def knowing(settings: Settings, store: Store) -> Open:
        return replace(keep(settings, store), describer=describer)

    monkeypatch.setattr("actsearch.service.http.app.keep", knowing)
    with TestClient(create_app(settings), base_url=URL, follow_redirects=False) as client:
        yield client


@pytest.fixture
def store(home: str) -> Iterator[Store]:
    """The database of `pages`, beside it."""
    with open_store(home) as store:
        yield store
