"""The mirror of jobs in MLflow: what it should hold, who sends it, where it is; loads when asked for."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .sender import Sender
    from .setting import OFF, Place, place
    from .states import MirrorState, mirror_state, mirror_states

__all__ = ["OFF", "MirrorState", "Place", "Sender", "mirror_state", "mirror_states", "place"]

_HOMES = {
    "OFF": "setting",
    "MirrorState": "states",
    "Place": "setting",
    "Sender": "sender",
    "mirror_state": "states",
    "mirror_states": "states",
    "place": "setting",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_HOMES[name]}", __name__), name)
