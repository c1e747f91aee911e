"""What a running service keeps open, for its routes: the database, its settings, and who describes tasks."""

from dataclasses import dataclass
from typing import Annotated, TypeAlias

from fastapi import Depends, Request

from ...storage import Store
from ...storage.pages import Pages
from ...storage.submissions import Submissions
from .describing import Describer
from .settings import Settings

__all__ = ["Kept", "Open", "keep"]


@dataclass(frozen=True, slots=True)
class Open:
    """All of it."""

    settings: Settings
    store: Store
    pages: Pages
    submissions: Submissions
    describer: Describer


def keep(settings: Settings, store: Store) -> Open:
    """Of an open store, which its owner closes."""
    describer = Describer(settings.home, settings.modules, settings.describe_s)
    return Open(settings, store, Pages(store.database), Submissions(store.database), describer)


def _kept(request: Request) -> Open:
    return request.app.state.kept


Kept: TypeAlias = Annotated[Open, Depends(_kept)]
"""In the signature of a route."""
