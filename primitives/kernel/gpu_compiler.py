"""NVRTC, the compiler in a library that torch's wheels for CUDA bring: CUDA text into code for one GPU.

Called through ctypes: its functions of C are the same in every version since CUDA 11.2, whatever torch and
whatever other packages are there.
"""

import ctypes
import importlib.util
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

__all__ = ["OPTIONS", "Code", "Nvrtc", "nvrtc"]

OPTIONS: Final = (
    *("--std=c++17", "--device-as-default-execution-space", "--disable-warnings"),
    # As on the CPU: products and sums may be fused, nothing else changes a value.
    *("--fmad=true", "--ftz=false", "--prec-div=true", "--prec-sqrt=true"),
)


@dataclass(frozen=True, slots=True)
class Code:
    """What the compiler made, and what it said: code for one kind of GPU, or the text that every later
    driver compiles for its own; empty where it made none."""

    content: bytes
    said: str


@dataclass(frozen=True, slots=True)
class Nvrtc:
    """The library, and its version."""

    library: ctypes.CDLL
    version: tuple[int, int]

    def architectures(self) -> tuple[int, ...]:
        """The kinds of GPU that it makes code for: 80 for `sm_80`."""
        count = ctypes.c_int()
        self._check(self.library.nvrtcGetNumSupportedArchs(ctypes.byref(count)))
        found = (ctypes.c_int * count.value)()
        self._check(self.library.nvrtcGetSupportedArchs(found))
        return tuple(found)

    def compiled(self, text: str, architecture: int, options: Sequence[str]) -> Code:
        """Code for `architecture`; for one that it does not know, text for the latest before it."""
        known = [one for one in self.architectures() if one <= architecture]
        if not known:
            return Code(b"", f"NVRTC {self._name()} makes no code for `sm_{architecture}`")
        kind, get = ("sm", "CUBIN") if architecture in known else ("compute", "PTX")
        words = [f"--gpu-architecture={kind}_{max(known)}", *OPTIONS, *options]
        given = (ctypes.c_char_p * len(words))(*(word.encode() for word in words))
        program = ctypes.c_void_p()
        self._check(
            self.library.nvrtcCreateProgram(ctypes.byref(program), text.encode(), b"kernel.cu", 0, None, None)
        )
        try:
            failed = self.library.nvrtcCompileProgram(program, len(words), given)
            said = self._got(program, "ProgramLog").rstrip(b"\0").decode(errors="replace").strip()
            if failed:
                return Code(b"", f"NVRTC {self._name()} failed: {_first(said) or self._error(failed)}")
            return Code(self._got(program, get), said)
        finally:
            self.library.nvrtcDestroyProgram(ctypes.byref(program))

    def _got(self, program: ctypes.c_void_p, what: str) -> bytes:
        size = ctypes.c_size_t()
        self._check(getattr(self.library, f"nvrtcGet{what}Size")(program, ctypes.byref(size)))
        content = ctypes.create_string_buffer(size.value)
        self._check(getattr(self.library, f"nvrtcGet{what}")(program, content))
        return content.raw

    def _check(self, result: int) -> None:
        if result:
            raise OSError(f"NVRTC {self._name()}: {self._error(result)}")

    def _error(self, result: int) -> str:
        told: Callable[[int], bytes] = self.library.nvrtcGetErrorString
        return told(result).decode()

    def _name(self) -> str:
        return ".".join(map(str, self.version))


def nvrtc(major: int | None) -> Nvrtc | None:
    """The one of that version of CUDA, of any where it is None; None where there is none."""
    for name in _places(major):
        try:
            library = ctypes.CDLL(name)
            library.nvrtcGetErrorString.restype = ctypes.c_char_p
            numbers = ctypes.c_int(), ctypes.c_int()
            failed = library.nvrtcVersion(*map(ctypes.byref, numbers))
        except (OSError, AttributeError):
            continue
        if not failed and major in (None, numbers[0].value):
            return Nvrtc(library, (numbers[0].value, numbers[1].value))
    return None


def _places(major: int | None) -> Iterator[str]:
    """What a name finds; the wheels, as torch's needs put them beside it; torch's own; the toolkit."""
    ends = [f"libnvrtc.so.{number}" for number in ([major] if major else range(14, 10, -1))]
    yield from ends
    folders = [
        *(path for place in _package("nvidia") for path in sorted(place.glob("*/lib"), reverse=True)),
        *(place / "lib" for place in _package("torch")),
        *(Path(os.environ[name]) / "lib64" for name in ("CUDA_HOME", "CUDA_PATH") if os.environ.get(name)),
        Path("/usr/local/cuda/lib64"),
    ]
    yield from (str(folder / end) for end in ends for folder in folders if (folder / end).exists())
    # Some wheels of torch carry it under a name of their own.
    yield from (str(path) for folder in folders for path in sorted(folder.glob("libnvrtc-*.so.*")))


def _package(name: str) -> list[Path]:
    """The folders of a package, which is not imported."""
    found = importlib.util.find_spec(name)
    return [Path(place) for place in (found.submodule_search_locations or ())] if found else []


def _first(said: str) -> str:
    """The first error among what the compiler said."""
    return next((line.strip()[:200] for line in said.splitlines() if "error" in line.lower()), "")
