"""Loops over statements in C, compiled as the kernel is: what tests call the mathematics and the rows by."""

import ctypes
import re
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from actsearch.primitives.kernel.build import Kind, flag_sets
from actsearch.primitives.kernel.compilers import Compiler, compilers, ran
from actsearch.primitives.kernel.text import BLOCK, DEFINES, mathematics

__all__ = ["NUMBERS", "Array", "Loop", "Loops", "compiled", "every_compiler"]

Array = NDArray[Any]

NUMBERS: Final[dict[Kind, type[np.floating[Any]]]] = {"f": np.float32, "d": np.float64}
"""The type that each library computes with."""


@dataclass(frozen=True, slots=True)
class Loop:
    """Statements over scalars `x`, `y`, `z` that set `outs`."""

    arity: int
    outs: tuple[str, ...]
    body: str


@dataclass(frozen=True, slots=True)
class Loops:
    """Compiled loops by name."""

    kind: Kind
    library: ctypes.CDLL
    table: Mapping[str, Loop]

    def __call__(self, name: str, *columns: Array) -> tuple[Array, ...]:
        """What the loop sets, one array an `out`, for arguments of one length."""
        loop, count = self.table[name], len(columns[0])
        assert len(columns) == loop.arity
        size = -(-count // BLOCK) * BLOCK
        # As the kernel does it: the last block is filled up with its last value.
        padded = [np.pad(np.asarray(c, NUMBERS[self.kind]), (0, size - count), mode="edge") for c in columns]
        outs = [np.empty(size, NUMBERS[self.kind]) for _ in loop.outs]
        places = [ctypes.c_void_p(array.ctypes.data) for array in (*padded, *outs)]
        getattr(self.library, f"loop_{name}")(ctypes.c_long(size), *places)
        return tuple(out[:count] for out in outs)


def compiled(
    kind: Kind,
    table: Mapping[str, Loop],
    compiler: Compiler | None = None,
    flags: Sequence[str] | None = None,
    header: str | None = None,
) -> Loops:
    """The loops as a library, by default of the first compiler, with the first flags that it takes."""
    text = "\n".join([header or mathematics(), *map(_loop, table, table.values())])
    with tempfile.TemporaryDirectory() as folder:
        source, out = Path(folder) / "loops.c", Path(folder) / "loops.so"
        source.write_text(text, encoding="utf-8")
        maker = compiler or next(compilers(Path(folder)))
        said: str | None = None
        for words in flag_sets() if flags is None else [flags]:
            command = [*maker.command, *DEFINES[kind], *words, str(source), "-o", str(out), "-lm"]
            said = ran(command, Path(folder), limit_s=300.0)
            if said is None:
                return Loops(kind, ctypes.CDLL(str(out)), table)
        raise AssertionError(said)


def every_compiler() -> list[Compiler]:
    """The compilers of this machine, one a version."""
    with tempfile.TemporaryDirectory() as folder:
        return list({compiler.version: compiler for compiler in compilers(Path(folder))}.values())


def _loop(name: str, loop: Loop) -> str:
    letters = "xyz"[: loop.arity]
    takes = [f"const real *restrict {letter}_" for letter in letters]
    gives = [f"real *restrict to_{out}_" for out in loop.outs]
    inner = " ".join(
        [
            f"for (int j_ = 0; j_ < {BLOCK}; j_++) {{ const long k_ = i_ + j_;",
            *(f"const real {letter} = {letter}_[k_];" for letter in letters),
            f"real {', '.join(loop.outs)}; {loop.body}",
            *(f"to_{out}_[k_] = {out};" for out in loop.outs),
            "}",
        ]
    )
    body = inner
    if re.search(r"\bfar\b", loop.body) is not None:
        near, beyond = (f"{{ enum {{ far = {far} }}; {inner} }}" for far in (0, 1))
        body = f"if (m_any_far(x_ + i_, {BLOCK})) {beyond} else {near}"
    return (
        f"void loop_{name}(long n_, {', '.join([*takes, *gives])}) "
        f"{{ for (long i_ = 0; i_ < n_; i_ += {BLOCK}) {body} }}"
    )
