"""The CUDA text of the kernel: each operator's row as a case of a `switch`, and the interpreter of a GPU."""

import re
from functools import cache
from pathlib import Path
from typing import Final, Literal, TypeAlias

from ..op import Op
from ..ops import OPS
from .programs import COLUMNS, FLAGS, KINDS, SERVED
from .text import mathematics

__all__ = ["GATHER", "GPU_DEFINES", "GpuKind", "gpu_text"]

GpuKind: TypeAlias = Literal["f", "d", "b"]
"""What tensors hold: float, double, or bfloat16, which is computed with as float."""

GPU_DEFINES: Final[dict[GpuKind, tuple[str, ...]]] = {
    "f": (),
    "d": ("-DREAL_IS_DOUBLE",),
    "b": ("-DSTORED_IS_BFLOAT16",),
}
"""What makes the same text the code for each."""

GATHER: Final = (128, 32)
"""Threads of a block, and of the group that adds up one number, of `actsearch_gather`."""

_FOLDER = Path(__file__).parent


@cache
def gpu_text() -> str:
    """The whole text; C++ for NVRTC, or for any compiler that is told what a thread and a block are."""
    rows = [OPS[name] for name in SERVED]
    parts = [
        _header("device_types.h"),
        mathematics(),
        _header("device_numbers.h"),
        f"enum {{ {', '.join(COLUMNS)}, COLUMNS }};",
        f"enum {{ {', '.join(KINDS)} }};",
        f"enum {{ {', '.join(f'{name} = {bit}' for name, bit in FLAGS.items())} }};",
        f"enum {{ GATHER = {GATHER[0]}, GROUP = {GATHER[1]} }};",
        "M_INLINE real value_of(int what, real x, real y, real z) {\nswitch (what) {",
        *(_case(number, row, "return f;") for number, row in enumerate(rows)),
        "}\nreturn M_NAN_; }",
        "typedef struct { real f, dx, dy, dz; } found_t;",
        "M_SCALAR found_t slopes_of(int what, real x, real y, real z) {\nfound_t to_ = {0, 0, 0, 0};",
        "switch (what) {",
        *(_case(number, row, _slopes(row)) for number, row in enumerate(rows)),
        "}\nreturn to_; }",
        _header("device.h"),
    ]
    return "\n".join(parts)


def _header(name: str) -> str:
    return (_FOLDER / name).read_text(encoding="utf-8")


def _slopes(row: Op) -> str:
    return " ".join(["to_.f = f;", *(f"to_.d{arg} = d{arg};" for arg in "xyz"[: row.arity]), "break;"])


def _case(number: int, row: Op, then: str) -> str:
    """One operator; the long way round the circle only for what is far out, which changes no value."""
    far = "const int far = m_any_far(&x, 1); " if re.search(r"\bfar\b", row.kernel) else ""
    slopes = ", ".join(f"d{arg}" for arg in "xyz"[: row.arity])
    return f"case {number}: {{ {far}real f, {slopes};\n{row.kernel}\n{then} }}"
