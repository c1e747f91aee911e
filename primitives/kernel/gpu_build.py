"""Builds the kernel's code once for each kind of GPU, beside the libraries of the CPU and as safely."""

import logging
import tempfile
import time
from pathlib import Path
from typing import Final

from .build import Built
from .folder import library_folder, safe, usable
from .gpu_compiler import OPTIONS, nvrtc
from .gpu_text import GPU_DEFINES, GpuKind, gpu_text
from .kept import digest, keep, sweep, whole

__all__ = ["SUFFIX", "build_code", "found_code"]

SUFFIX: Final = ".cubin"

_LOG = logging.getLogger("actsearch")


def found_code(kind: GpuKind, architecture: int, major: int) -> Built:
    """The code for this text and kind of GPU (90 for `sm_90`), by that version of CUDA, if it lies there
    whole."""
    folder = library_folder()
    refused = safe(folder) if folder.is_dir() else f"`{folder}` does not hold it yet"
    if refused is not None:
        return Built(None, refused)
    path = next(whole(folder, f"{_start(kind, architecture, major)}-", SUFFIX), None)
    return Built(path, f"`{folder}` does not hold it yet")


def build_code(kind: GpuKind, architecture: int, major: int) -> Built:
    """Finds or builds the code, for which no GPU is needed; never raises for what a machine may lack, but
    says so."""
    folder = library_folder()
    there = found_code(kind, architecture, major)
    if there.path is not None:
        return there
    refused = usable(folder)
    if refused is not None:
        return Built(None, refused)
    compiler = nvrtc(major)
    if compiler is None:
        return Built(None, f"NVRTC of CUDA {major}, which torch's wheels bring, is not there")
    started = time.monotonic()
    version = ".".join(map(str, compiler.version))
    _LOG.info("building the fused kernel for `sm_%d` with NVRTC %s, once", architecture, version)
    try:
        code = compiler.compiled(gpu_text(), architecture, GPU_DEFINES[kind])
        if not code.content:
            return Built(None, code.said, time.monotonic() - started)
        sweep(folder)
        with tempfile.TemporaryDirectory(prefix="building-", dir=folder) as place:
            out = Path(place) / f"kernel{SUFFIX}"
            out.write_bytes(code.content)
            path = keep(out, folder / _start(kind, architecture, major))
    except OSError as error:
        return Built(None, f"`{folder}`: {error.strerror or error}")
    return Built(path, "", time.monotonic() - started)


def _start(kind: GpuKind, architecture: int, major: int) -> str:
    matter = digest("\n".join([gpu_text(), repr(OPTIONS), repr(GPU_DEFINES[kind])]).encode())
    return f"gpu-{kind}-{matter}-sm_{architecture}-cuda_{major}"
