"""The code of the kernels is made without a GPU, once, and found again whole; NVRTC where there is one."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from actsearch.primitives.kernel import gpu_build as building
from actsearch.primitives.kernel.folder import SETTING
from actsearch.primitives.kernel.gpu_build import SUFFIX, build_code, found_code
from actsearch.primitives.kernel.gpu_compiler import Nvrtc, nvrtc
from actsearch.primitives.kernel.gpu_driver import KERNELS
from actsearch.primitives.kernel.gpu_text import GPU_DEFINES, GpuKind, gpu_text

TINY = 'extern "C" __global__ void actsearch_value(int) {}\n'

TRY = """\
import json, logging, sys, torch
logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
from actsearch.primitives.kernel.fused import available, why_not
from actsearch.primitives.kernel.gpu import gpu
found = [gpu(kind, torch.device("cuda", 0)) for kind in ("f", "d", "b", "f")]
print(json.dumps([found, available("cuda"), why_not("cuda"), why_not("mps")]))
"""

COMPILER = nvrtc(None)

needs_nvrtc = pytest.mark.skipif(COMPILER is None, reason="NVRTC is not installed (nvidia-cuda-nvrtc)")


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder for code, and a text that compiles at once."""
    monkeypatch.setattr(building, "gpu_text", lambda: TINY)
    monkeypatch.setenv(SETTING, str(tmp_path / "code"))
    return tmp_path / "code"


def compiler() -> Nvrtc:
    assert COMPILER is not None
    return COMPILER


@needs_nvrtc
@pytest.mark.slow
@pytest.mark.parametrize("kind", GPU_DEFINES)
@pytest.mark.parametrize("architecture", [75, 80, 90])
def test_the_text_becomes_code_whose_numbers_stay_in_registers(architecture: int, kind: GpuKind) -> None:
    code = compiler().compiled(gpu_text(), architecture, (*GPU_DEFINES[kind], "-Xptxas=-v"))
    assert code.content.startswith(b"\x7fELF"), code.said
    assert all(name.encode() in code.content for name in KERNELS)
    assert "warning" not in code.said
    spilled = re.findall(r"(\d+) bytes spill", code.said)
    assert spilled
    assert set(spilled) == {"0"}
    # Two thousand threads of a multiprocessor share 65,536 registers: a third of them at least may run.
    assert max(map(int, re.findall(r"Used (\d+) registers", code.said))) <= 96


@needs_nvrtc
def test_for_a_later_gpu_there_is_text_for_its_driver(place: Path) -> None:
    code = compiler().compiled(TINY, 999, ())
    assert b".target" in code.content
    assert code.content.endswith(b"\0")


@needs_nvrtc
def test_what_cannot_be_made_is_said() -> None:
    version = ".".join(map(str, compiler().version))
    assert compiler().compiled(TINY, 10, ()).said == f"NVRTC {version} makes no code for `sm_10`"
    wrong = compiler().compiled("int x = ;", 80, ())
    assert (wrong.content, wrong.said.startswith(f"NVRTC {version} failed: kernel.cu(1): error")) == (
        b"",
        True,
    )


@needs_nvrtc
@pytest.mark.parametrize("kept", [None, 0, 100])
def test_code_is_built_once_and_anew_where_it_was_cut_short(place: Path, kept: int | None) -> None:
    major = compiler().version[0]
    assert found_code("f", 80, major).path is None
    first = build_code("f", 80, major)
    assert first.path is not None, first.why_not
    assert (first.path.suffix, first.seconds > 0.0) == (SUFFIX, True)
    content = first.path.read_bytes()
    if kept is not None:
        first.path.write_bytes(content[:kept])
        assert found_code("f", 80, major).path is None
    again = build_code("f", 80, major)
    assert again.path == first.path
    assert (again.seconds > 0.0) is (kept is not None)
    assert first.path.read_bytes() == content
    others = {build_code("d", 80, major).path, build_code("f", 90, major).path}
    assert len(others - {first.path, None}) == 2
    assert not list(place.glob("building-*"))


@needs_nvrtc
def test_a_text_that_does_not_compile_leaves_nothing(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(building, "gpu_text", lambda: "int x = ;")
    built = build_code("f", 80, compiler().version[0])
    assert built.path is None
    assert "expected an expression" in built.why_not
    assert list(place.iterdir()) == []


def test_without_nvrtc_there_is_a_reason(place: Path) -> None:
    assert build_code("f", 80, 3).why_not == "NVRTC of CUDA 3, which torch's wheels bring, is not there"


@pytest.mark.skipif(torch.version.cuda is not None, reason="this torch is built for CUDA")
def test_why_there_is_none_is_said_once() -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", TRY], capture_output=True, text=True, timeout=300, check=True
    )
    none = "there is no kernel for `{}` here"
    assert json.loads(done.stdout) == [[None] * 4, False, none.format("cuda"), none.format("mps")]
    assert done.stderr.splitlines() == [
        "activations on `cuda:0` run in eager torch: this torch is not built for CUDA"
    ]


def test_a_folder_that_cannot_be_written_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SETTING, "/dev/null/code")
    assert "`/dev/null/code` cannot be made" in build_code("f", 80, 3).why_not


def test_the_three_kinds_share_one_text() -> None:
    assert gpu_text().count("__global__ void") == len(KERNELS)
    assert {"f", "d", "b"} == set(GPU_DEFINES)
