"""Pickles read as data alone: dictionaries, lists, texts, numbers and arrays; nothing in them is ever run.

A pickle is a program that may call any function of any module. Here its instructions, which
`pickletools` takes apart without running them, are carried out on stand-ins: a table names the few
functions by which numpy writes an array, and none of them, nor any other, is called.
"""

import pickletools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ....primitives import TaskError

__all__ = ["read_pickle"]

KINDS = ("u1", "i4", "i8", "f4", "f8")
"""Kinds of number an array may hold; objects, which may be anything, are not among them."""


@dataclass(slots=True)
class _Array:
    """Stands for an array until its content has come."""

    values: NDArray[Any] | None = None


@dataclass(frozen=True, slots=True)
class _Kind:
    """Stands for a dtype."""

    name: str


@dataclass(frozen=True, slots=True)
class _Known:
    """A name that arrays are written with; `call` is of this file."""

    call: Callable[..., Any]


class _Mark:
    """Where a run of values on the stack begins."""


def _kind(name: Any, *_: Any) -> _Kind:
    if not isinstance(name, str) or name.lstrip("|<=") not in KINDS:
        raise TypeError("an array of another kind than numbers")
    return _Kind(name.lstrip("|<="))


def _text(text: Any, codec: Any) -> bytes:
    if not isinstance(text, str) or codec not in ("latin1", "latin-1"):
        raise TypeError("bytes that are written in another code than latin-1")
    return text.encode("latin-1")


def _whole(raw: Any, kind: _Kind, shape: Any, order: str) -> _Array:
    return _Array(_values(raw, kind, shape, order == "F"))


_KNOWN: Mapping[tuple[str, str], _Known] = MappingProxyType(
    {
        # module and name as the pickle has them -> what stands for the function
        ("numpy", "ndarray"): _Known(lambda: None),
        ("numpy", "dtype"): _Known(_kind),
        ("numpy.core.multiarray", "_reconstruct"): _Known(lambda *_: _Array()),
        ("numpy._core.multiarray", "_reconstruct"): _Known(lambda *_: _Array()),
        ("numpy.core.numeric", "_frombuffer"): _Known(_whole),
        ("numpy._core.numeric", "_frombuffer"): _Known(_whole),
        ("_codecs", "encode"): _Known(_text),
    }
)


def read_pickle(raw: bytes, place: str) -> Any:
    """What the pickle `raw` holds: dict, list, tuple, str, bytes, int, float, bool, None, numpy arrays.

    Texts of Python 2, which are bytes, become `str` of the code points 0 to 255. Raises `TaskError`
    where it is no pickle or holds anything else; `place` is named by the sentence.
    """
    machine = _Machine(place)
    try:
        for opcode, argument, _ in pickletools.genops(raw):
            machine.step(opcode.name, argument)
        (result,) = machine.stack
    except (ValueError, IndexError, KeyError, TypeError, OverflowError, RecursionError) as error:
        raise TaskError(
            f"`{place}` is no pickle of arrays, lists and texts, or breaks off ({error}); fetch it again"
        ) from error
    return _unwrapped(result)


@dataclass(frozen=True, slots=True)
class _Machine:
    """The stack and the memory that the instructions of a pickle work on."""

    place: str
    stack: list[Any] = field(default_factory=list[Any])
    memory: dict[int, Any] = field(default_factory=dict[int, Any])

    def step(self, name: str, argument: Any) -> None:
        """One instruction, see the documentation of `pickletools`."""
        stack = self.stack
        match name:
            case "PROTO" | "FRAME" | "STOP":
                pass
            case "MARK":
                stack.append(_Mark())
            case "EMPTY_DICT":
                stack.append({})
            case "EMPTY_LIST":
                stack.append([])
            case "EMPTY_TUPLE":
                stack.append(())
            case "DICT":
                given = self._run()
                stack.append(dict(zip(map(_key, given[::2]), given[1::2], strict=True)))
            case "LIST":
                stack.append(self._run())
            case "TUPLE":
                stack.append(tuple(self._run()))
            case "TUPLE1" | "TUPLE2" | "TUPLE3":
                count = int(name[-1])
                given = [stack.pop() for _ in range(count)]
                stack.append(tuple(reversed(given)))
            case "NONE":
                stack.append(None)
            case "NEWTRUE" | "NEWFALSE":
                stack.append(name == "NEWTRUE")
            case "PUT" | "BINPUT" | "LONG_BINPUT":
                self.memory[argument] = stack[-1]
            case "MEMOIZE":
                self.memory[len(self.memory)] = stack[-1]
            case "GET" | "BINGET" | "LONG_BINGET":
                stack.append(self.memory[argument])
            case "APPEND":
                value = stack.pop()
                _list(stack[-1]).append(value)
            case "APPENDS":
                given = self._run()
                _list(stack[-1]).extend(given)
            case "SETITEM":
                value, key = stack.pop(), stack.pop()
                _dict(stack[-1])[_key(key)] = value
            case "SETITEMS":
                given = self._run()
                _dict(stack[-1]).update(zip(map(_key, given[::2]), given[1::2], strict=True))
            case "GLOBAL":
                module, _, function = argument.partition(" ")
                stack.append(self._known(module, function))
            case "STACK_GLOBAL":
                function, module = stack.pop(), stack.pop()
                stack.append(self._known(module, function))
            case "REDUCE":
                arguments, known = stack.pop(), stack.pop()
                if not isinstance(known, _Known):
                    raise TypeError("it calls what is no function")
                stack.append(known.call(*arguments))
            case "BUILD":
                _build(stack.pop(), stack[-1])
            case _ if name in _VALUES:
                stack.append(argument)
            case _:
                raise ValueError(f"the instruction {name}")

    def _run(self) -> list[Any]:
        """The values since the last mark, which are taken off with it."""
        given: list[Any] = []
        while not isinstance(value := self.stack.pop(), _Mark):
            given.append(value)
        return given[::-1]

    def _known(self, module: Any, function: Any) -> _Known:
        if (module, function) not in _KNOWN:
            raise TaskError(
                f"`{self.place}` asks for `{module!s:.80}.{function!s:.80}`, which no array needs and which "
                "was not run; do not trust this file, and fetch it again from where it is published"
            )
        return _KNOWN[module, function]


_VALUES = frozenset(
    {
        *("INT", "BININT", "BININT1", "BININT2", "LONG", "LONG1", "LONG4", "FLOAT", "BINFLOAT"),
        *("BINBYTES", "SHORT_BINBYTES", "BINBYTES8", "BYTEARRAY8"),
        *("STRING", "BINSTRING", "SHORT_BINSTRING"),
        *("UNICODE", "BINUNICODE", "SHORT_BINUNICODE", "BINUNICODE8"),
    }
)
"""Instructions that put their own argument on the stack."""


def _build(state: Any, target: Any) -> None:
    match target:
        case _Kind():
            if state[1] == ">":
                raise TypeError("an array of numbers whose first byte is the highest")
        case _Array():
            _, shape, kind, fortran, raw = state
            target.values = _values(raw, kind, shape, bool(fortran))
        case _:
            raise TypeError("it sets the state of what is no array")


def _values(raw: Any, kind: Any, shape: Any, fortran: bool) -> NDArray[Any]:
    content = raw.encode("latin-1") if isinstance(raw, str) else raw
    if not isinstance(kind, _Kind) or not isinstance(content, bytes | bytearray):
        raise TypeError("an array without its numbers")
    flat = np.frombuffer(content, dtype="<" + kind.name)
    return flat.reshape(tuple(int(size) for size in shape), order="F" if fortran else "C")


def _key(key: Any) -> str:
    """Keys are texts: to hash nested tuples may take for ever."""
    if isinstance(key, bytes):
        return key.decode("latin-1")
    if not isinstance(key, str):
        raise TypeError("a key that is no text")
    return key


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise TypeError("it appends to what is no list")
    return value  # pyright: ignore[reportUnknownVariableType]


def _dict(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise TypeError("it sets an item of what is no dictionary")
    return value  # pyright: ignore[reportUnknownVariableType]


def _unwrapped(value: Any) -> Any:
    """With arrays in place of what stands for them, in the outermost dictionary."""
    if isinstance(value, dict):
        items: dict[str, Any] = value
        return {key: _unwrapped(item) if isinstance(item, _Array) else item for key, item in items.items()}
    return value.values if isinstance(value, _Array) else value
