"""`actsearch kernel`: whether activations run in the fused kernel here, and building it ahead of use."""

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ...primitives import ActsearchError
from .console import messages, print_json, results
from .listings import AsJson

if TYPE_CHECKING:
    from ...primitives.kernel.gpu_text import GpuKind

__all__ = ["kernel"]

_NUMBERS = {"f": "float32", "d": "float64"}
_GPU_NUMBERS: "dict[GpuKind, str]" = {"f": "float32", "d": "float64", "b": "bfloat16"}


def kernel(
    build: Annotated[bool, typer.Option("--build", help="Build what is not there yet, in seconds.")] = False,
    as_json: AsJson = False,
) -> None:
    """Say whether the fused kernel is built for this machine and its GPUs, where, and what would build it."""
    from ...primitives.kernel.build import build as built
    from ...primitives.kernel.build import flag_sets, found
    from ...primitives.kernel.compilers import compilers
    from ...primitives.kernel.folder import library_folder

    with tempfile.TemporaryDirectory() as place:
        # A compiler takes part of a second to say its version: of those that follow, none is asked.
        compiler = next(compilers(Path(place)), None)
    rows: list[dict[str, Any]] = []
    for kind in ("f", "d"):
        if build and found(kind).path is None:
            messages().print(f"Building the kernel for {_NUMBERS[kind]} ...")
        state = built(kind) if build else found(kind)
        rows.append(
            {
                "numbers": _NUMBERS[kind],
                "library": str(state.path) if state.path else None,
                "build_seconds": round(state.seconds, 3),
                "why_not": "" if state.path else state.why_not,
            }
        )
    codes, no_gpu = _codes(build)
    status: dict[str, Any] = {
        "folder": str(library_folder()),
        "compiler": " ".join(compiler.command) if compiler else None,
        "version": compiler.version.strip().partition("\n")[0] if compiler else None,
        "flags": " ".join(flag_sets()[0]),
        "libraries": rows,
        "no_gpu": no_gpu,
        "codes": codes,
    }
    if as_json:
        print_json(status)
    else:
        _print(status)
    missing = [row for row in rows if row["library"] is None] or [row for row in codes if row["code"] is None]
    if build and missing:
        raise ActsearchError(f"the kernel is not built: {missing[0]['why_not']}")


def _codes(build: bool) -> tuple[list[dict[str, Any]], str]:
    """The code for each kind of GPU here, or why there is none to look for."""
    from ...primitives.kernel.gpu_build import build_code, found_code
    from ...primitives.kernel.gpu_driver import architectures

    try:
        kinds = sorted(set(architectures()))
    except (OSError, RuntimeError) as error:
        return [], str(error)
    if not kinds:
        return [], "the driver knows of none"
    from ...primitives.kernel.gpu import cuda_version

    version = cuda_version()
    if version is None:
        return [], "this torch is not built for CUDA"
    rows: list[dict[str, Any]] = []
    for architecture in kinds:
        for kind, numbers in _GPU_NUMBERS.items():
            if build and found_code(kind, architecture, version).path is None:
                messages().print(f"Building the kernel for {numbers} on sm_{architecture} ...")
            state = (build_code if build else found_code)(kind, architecture, version)
            rows.append(
                {
                    "gpu": f"sm_{architecture}",
                    "numbers": numbers,
                    "code": str(state.path) if state.path else None,
                    "build_seconds": round(state.seconds, 3),
                    "why_not": "" if state.path else state.why_not,
                }
            )
    return rows, ""


def _print(status: dict[str, Any]) -> None:
    out = results()
    out.print(f"folder     {status['folder']}", soft_wrap=True)
    told = f"{status['compiler']}: {status['version']}" if status["compiler"] else "none found"
    out.print(f"compiler   {told}", soft_wrap=True)
    out.print(f"flags      {status['flags']}", soft_wrap=True)
    for row in status["libraries"]:
        out.print(f"{row['numbers']}    {_place(row, row['library'])}", soft_wrap=True)
    for row in status["codes"]:
        out.print(f"{row['gpu']} {row['numbers']}    {_place(row, row['code'])}", soft_wrap=True)
    if status["no_gpu"]:
        out.print(f"GPU        none: {status['no_gpu']}", soft_wrap=True)
    if not all(row["library"] for row in status["libraries"]):
        hint = "It is built at first use" if status["compiler"] else "Without a compiler, eager torch is used"
        more = "; `actsearch kernel --build` does it now." if status["compiler"] else "; install gcc or "
        out.print(hint + more + ("" if status["compiler"] else "pip install 'actsearch[compiler]'."))


def _place(row: dict[str, Any], path: str | None) -> str:
    took = f", built in {row['build_seconds']:.1f} s" if row["build_seconds"] else ""
    return f"{path}{took}" if path else f"not there: {row['why_not']}"
