"""The built library, loaded once a process, and the call of its two functions."""

import ctypes
import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .build import Built, Kind, build

__all__ = ["Layout", "Library", "Packed", "library", "loaded"]

_LOG = logging.getLogger("actsearch")
_LOCK = threading.Lock()
_LOADED: dict[Kind, "tuple[Library | None, Built]"] = {}


class Layout(ctypes.Structure):
    """How the values of one lane lie: `count` of the output, `span` of one piece together, `inner` of one
    channel together."""

    _fields_ = [("count", ctypes.c_int64), ("span", ctypes.c_int64), ("inner", ctypes.c_int64)]


class _Programs(ctypes.Structure):
    _fields_ = [
        *((name, ctypes.c_void_p) for name in ("rows", "constants", "table", "places")),
        *((name, ctypes.c_int64) for name in ("lanes", "pieces")),
    ]


class Packed:
    """The programs of several lanes, where C finds them."""

    def __init__(
        self,
        rows: NDArray[np.int32],  # (step, column)
        constants: NDArray[np.float64],
        table: NDArray[np.int64],  # (lane, 7)
        places: NDArray[np.int64],  # (parameter, 2)
        pieces: int,
    ) -> None:
        self.arrays = tuple(np.ascontiguousarray(array) for array in (rows, constants, table, places))
        self.struct = _Programs(*(array.ctypes.data for array in self.arrays), len(table), pieces)
        self.reference = ctypes.addressof(self.struct)


@dataclass(frozen=True, slots=True)
class Library:
    """The functions; pointers come as numbers, all to memory that is contiguous and of the right size."""

    value: Callable[..., int]
    pull: Callable[..., int]
    adam: Callable[..., int]
    patches: Callable[..., int]
    unpatches: Callable[..., int]


def library(kind: Kind) -> Library | None:
    """The library, built at the first call where it must be; None where there is none, said once."""
    known = _LOADED.get(kind)
    return known[0] if known is not None else _load(kind)


def loaded(kind: Kind) -> Built:
    """Where the library comes from, or why there is none."""
    library(kind)
    return _LOADED[kind][1]


def _load(kind: Kind) -> Library | None:
    with _LOCK:
        if kind not in _LOADED:
            built = build(kind)
            made: Library | None = None
            if built.path is not None:
                try:
                    handle = ctypes.CDLL(str(built.path))
                    value, pull, adam = handle.actsearch_value, handle.actsearch_pull, handle.actsearch_adam
                    value.argtypes, pull.argtypes = [ctypes.c_void_p] * 5, [ctypes.c_void_p] * 7
                    adam.argtypes = [*[ctypes.c_void_p] * 5, ctypes.c_int64, *[ctypes.c_void_p] * 3]
                    patches, unpatches = handle.actsearch_patches, handle.actsearch_unpatches
                    patches.argtypes = unpatches.argtypes = [ctypes.c_void_p] * 3
                    made = Library(value, pull, adam, patches, unpatches)
                except (OSError, AttributeError) as error:
                    built = Built(None, f"`{built.path}` cannot be loaded: {error}", built.seconds)
            if made is None and not any(known[0] is None for known in _LOADED.values()):
                _LOG.warning(
                    "activations run in eager torch: %s; it would be faster with a C compiler: "
                    "install gcc or pip install 'actsearch[compiler]'",
                    built.why_not,
                )
            elif built.seconds:
                _LOG.info("the fused kernel was built in %.1f s: %s", built.seconds, built.path)
            _LOADED[kind] = (made, built)
        return _LOADED[kind][0]
