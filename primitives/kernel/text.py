"""The C text of the kernel: loops over a block, made of each operator's row, and the interpreter."""

import re
from functools import cache
from pathlib import Path
from typing import Final

from ..op import Op
from ..ops import OPS
from .programs import COLUMNS, FLAGS, KINDS, SERVED

__all__ = ["BLOCK", "DEFINES", "mathematics", "text"]

BLOCK: Final = 256
"""Values that go through a program together."""

DEFINES: Final = {"f": (), "d": ("-DREAL_IS_DOUBLE",)}
"""What makes the same text a library for float, and one for double."""

_FOLDER = Path(__file__).parent

_HEAD = f"""\
#include <stdlib.h>
#include <string.h>

#define BLOCK {BLOCK}
/* Names that end in `_` are not those of a row's own variables. */
#define TAKES const real *x_, const real *y_, const real *z_
#define GIVES real *restrict to_
#define SLOPES real *restrict tx_, real *restrict ty_, real *restrict tz_
#define ADJOINT const real *g_
typedef void value_t(TAKES, GIVES);
typedef void both_t(TAKES, GIVES, SLOPES);
typedef void pull_t(ADJOINT, TAKES, GIVES, int again_);

static void chain(const real *g, const real *slope, real *restrict to, int again) {{
    if (again) for (int i = 0; i < BLOCK; i++) to[i] += g[i] * slope[i];
    else for (int i = 0; i < BLOCK; i++) to[i] = g[i] * slope[i];
}}
"""


def mathematics() -> str:
    """The functions that rows call, for both types."""
    names = ("mathematics.h", "elementary.h", "special.h")
    return "\n".join((_FOLDER / name).read_text(encoding="utf-8") for name in names)


@cache
def text() -> str:
    """The whole text, the same for both types (see `DEFINES`); it needs C99 and its standard headers."""
    rows = [OPS[name] for name in SERVED]
    parts = [
        mathematics(),
        _HEAD,
        f"enum {{ {', '.join(COLUMNS)}, COLUMNS }};",
        f"enum {{ {', '.join(KINDS)} }};",
        f"enum {{ {', '.join(f'{name} = {bit}' for name, bit in FLAGS.items())} }};",
        *(_loops(row) for row in rows),
        f"static value_t *const value_of[] = {{{', '.join(f'{row.name}_value' for row in rows)}}};",
        f"static both_t *const both_of[][8] = {{{', '.join(_both_entry(row) for row in rows)}}};",
        f"static pull_t *const pull_of[][3] = {{{', '.join(_pull_entry(row) for row in rows)}}};",
        (_FOLDER / "interpreter.h").read_text(encoding="utf-8"),
        (_FOLDER / "adam.h").read_text(encoding="utf-8"),
        (_FOLDER / "patches.h").read_text(encoding="utf-8"),
    ]
    return "\n".join(parts)


def _loops(row: Op) -> str:
    """The value of a block; the value and the slopes of a set of arguments; what an adjoint gives to each."""
    parts = [f"static void {row.name}_value(TAKES, GIVES) {{\n{_over_block(row, 'to_[i_] = f;')} }}"]
    for mask in _masks(row):
        wanted = [arg for place, arg in enumerate("xyz"[: row.arity]) if mask >> place & 1]
        stores = " ".join(f"t{arg}_[i_] = d{arg};" for arg in wanted)
        loop = _over_block(row, f"to_[i_] = f; {stores}")
        parts.append(f"static void {row.name}_both{mask}(TAKES, GIVES, SLOPES) {{\n{loop} }}")
    for arg in _pulled(row):
        put, add = (_over_block(row, f"to_[i_] {sign} g_[i_] * d{arg};") for sign in ("=", "+="))
        loops = put if row.transcendental else f"if (again_) {add}\nelse {put}"
        parts.append(f"static void {row.name}_pull_{arg}(ADJOINT, TAKES, GIVES, int again_) {{\n{loops} }}")
    return "\n".join(parts)


def _over_block(row: Op, then: str) -> str:
    """The row at every value of a block; one that knows `far` in two loops, of which a block takes one."""
    args = "xyz"[: row.arity]
    loop = "\n".join(
        [
            "for (int i_ = 0; i_ < BLOCK; i_++) {",
            " ".join(f"const real {arg} = {arg}_[i_];" for arg in args),
            f"real f, {', '.join(f'd{arg}' for arg in args)};",
            row.kernel,
            f"{then} }}",
        ]
    )
    if re.search(r"\bfar\b", row.kernel) is None:
        return loop
    near, beyond = (f"{{ enum {{ far = {far} }};\n{loop} }}" for far in (0, 1))
    return f"if (m_any_far(x_, BLOCK)) {beyond}\nelse {near}"


def _pulled(row: Op) -> str:
    """Arguments whose slopes are found on the way back: of a dear row only where it is the last step and has
    one argument, which has then been given nothing before."""
    return "xyz"[: row.arity] if not row.transcendental else "x" if row.arity == 1 else ""


def _masks(row: Op) -> range:
    """Sets of arguments whose slopes are kept; none of a row that is computed again as soon as read."""
    return range(1, 1 << row.arity) if row.transcendental else range(0)


def _both_entry(row: Op) -> str:
    entries = ", ".join(f"{row.name}_both{mask}" if mask in _masks(row) else "0" for mask in range(8))
    return f"{{{entries}}}"


def _pull_entry(row: Op) -> str:
    entries = (f"{row.name}_pull_{arg}" if arg in _pulled(row) else "0" for arg in "xyz")
    return f"{{{', '.join(entries)}}}"
