"""How people reach it: command line, pictures, the service and its client, loaded when they are asked for."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .client import Client
    from .curves import curves_picture
    from .lookup import found, mean
    from .own.trial import trials
    from .own.work import reach_work
    from .picture import board_picture

__all__ = ["Client", "board_picture", "curves_picture", "found", "mean", "reach_work", "trials"]

_HOMES = {
    "Client": "client",
    "board_picture": "picture",
    "curves_picture": "curves",
    "found": "lookup",
    "mean": "lookup",
    "reach_work": "own.work",
    "trials": "own.trial",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_HOMES[name]}", __name__), name)
