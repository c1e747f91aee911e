"""What a running service keeps open, for its routes: the database, its settings, and who describes tasks."""

from dataclasses import dataclass
from importlib.util import find_spec
from typing import Annotated, TypeAlias

from fastapi import Depends, Request

from ...storage import Store
from ...storage.pages import Pages
from ...storage.submissions import Submissions
from .describing import Describer, ask_a_child, ask_runners
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
    if find_spec("torch") is not None:
        ask = ask_a_child(settings.home, settings.modules, settings.describe_s)
    else:
        ask = ask_runners(store.descriptions, settings.modules, settings.describe_s)
    describer = Describer(settings.modules, ask)
    return Open(settings, store, Pages(store.database), Submissions(store.database), describer)


def _kept(request: Request) -> Open:
    return request.app.state.kept


Kept: TypeAlias = Annotated[Open, Depends(_kept)]
"""In the signature of a route."""
