"""Builds the kernel's library once a machine: found again by its name, put there by one rename.

The name has two hashes: of what the library is made of (text, type, flags, compiler, processor), and of its
own bytes. So nothing half-written is ever loaded: a build that was killed leaves a temporary folder, which a
later build removes; a library that was cut short does not fit its name. Two processes may build at once: the
last rename wins, with the same bytes.
"""

import logging
import platform
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final, Literal, TypeAlias

from .compilers import Compiler, compilers, ran
from .folder import library_folder, safe, usable
from .kept import digest, keep, sweep, whole
from .text import DEFINES, text

__all__ = ["Built", "Kind", "build", "flag_sets", "found"]

Kind: TypeAlias = Literal["f", "d"]
"""Which numbers the library computes with: float or double."""

_LOG = logging.getLogger("actsearch")

# What the values of NaN, infinity and signed zero depend on stays as C has it. Products and sums may be
# fused: every value goes through the same instructions, whatever stands beside it.
_FLAGS: Final = (
    *("-std=gnu11", "-O3", "-fPIC", "-shared", "-fno-math-errno", "-fno-trapping-math", "-ffp-contract=fast"),
    *("-fno-sanitize=all", "-Werror=implicit-function-declaration"),
)


@dataclass(frozen=True, slots=True)
class Built:
    """Where the library lies, or why there is none; how long its building took, 0 where it was there."""

    path: Path | None
    why_not: str = ""
    seconds: float = 0.0


def found(kind: Kind) -> Built:
    """The library for this text and processor, if it lies there whole, whichever compiler made it."""
    folder = library_folder()
    refused = safe(folder) if folder.is_dir() else f"`{folder}` does not hold it yet"
    if refused is not None:
        return Built(None, refused)
    return Built(next(whole(folder, f"{kind}-{_matter()}-", ".so"), None), f"`{folder}` does not hold it yet")


def build(kind: Kind) -> Built:
    """Finds or builds the library; never raises for what a machine may lack, but says so."""
    if sys.platform == "win32":
        return Built(None, "the kernel is built on Linux and macOS only")
    folder = library_folder()
    there = found(kind)
    if there.path is not None:
        return there
    refused = usable(folder)
    if refused is not None:
        return Built(None, refused)
    started = time.monotonic()
    try:
        sweep(folder)
        with tempfile.TemporaryDirectory(prefix="building-", dir=folder) as place:
            path, why_not = _compiled(kind, Path(place), folder)
    except OSError as error:
        return Built(None, f"`{folder}`: {error.strerror or error}")
    return Built(path, why_not, time.monotonic() - started)


def flag_sets() -> list[tuple[str, ...]]:
    """The flags, the preferred first: those that a compiler refuses are left out of the next."""
    wide = ("-mprefer-vector-width=512",) if "avx512f" in _processor().split() else ()
    native = [("-march=native", *wide), ("-march=native",), ("-mcpu=native",), ()]
    return [(*_FLAGS, *more) for more in dict.fromkeys(native)]


def _compiled(kind: Kind, place: Path, folder: Path) -> tuple[Path | None, str]:
    """The library in `folder`, made in `place`, or why not."""
    source, out = place / "kernel.c", place / "kernel.so"
    source.write_text(text(), encoding="utf-8")
    reasons: list[str] = []
    for compiler in compilers(place):
        _LOG.info("building the fused kernel with `%s`, once for this machine", " ".join(compiler.command))
        for flags in flag_sets():
            failed = ran(_command(compiler, kind, flags, source, out), place)
            if failed is None and not out.exists():
                failed = f"`{compiler.command[0]}` wrote no library"
            if failed is None:
                return keep(out, folder / f"{kind}-{_matter()}-{_maker(compiler, flags)}"), ""
            reasons.append(failed)
            if "was killed" in failed:
                break
    return None, reasons[0] if reasons else "there is no C compiler (`cc`, `gcc`, `clang`, `ziglang`)"


def _command(compiler: Compiler, kind: Kind, flags: Sequence[str], source: Path, out: Path) -> list[str]:
    return [*compiler.command, *DEFINES[kind], *flags, str(source), "-o", str(out), "-lm"]


def _matter() -> str:
    return digest("\n".join([text(), _processor(), repr(_FLAGS)]).encode())


def _maker(compiler: Compiler, flags: Sequence[str]) -> str:
    return digest(repr((compiler.version, tuple(flags))).encode())[:8]


@cache
def _processor() -> str:
    """What the processor can do, as far as the system tells."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    names = ("flags", "Features", "model name", "CPU part")
    told = dict.fromkeys(line for line in lines if line.startswith(names))
    words = sorted({word for line in told for word in line.partition(":")[2].split()})
    return " ".join([sys.platform, platform.machine(), platform.processor(), *words])
