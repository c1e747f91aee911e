"""`actsearch kernel`: where the libraries lie, what would build them, and that they are built."""

import json
from pathlib import Path

import pytest

from actsearch.primitives.kernel import build as building
from actsearch.primitives.kernel import gpu, gpu_driver

from .conftest import Call

TINY = "int actsearch_value(void) { return 0; }\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty one, a text that compiles at once, and no GPU."""
    monkeypatch.setattr(building, "text", lambda: TINY)
    monkeypatch.setattr(gpu_driver, "architectures", lambda: ())
    monkeypatch.setenv("ACTSEARCH_KERNEL_DIR", str(tmp_path / "libraries"))
    return tmp_path / "libraries"


def test_it_says_what_is_there_and_builds_what_is_not(folder: Path, actsearch: Call) -> None:
    said = actsearch("kernel")
    assert said.code == 0, said.err
    assert str(folder) in said.out
    assert said.out.count("not there") == 2
    assert "none: the driver knows of none" in said.out
    assert not folder.exists()
    said = actsearch("kernel", "--build")
    assert said.code == 0, said.err
    assert said.out.count("built in") == 2
    assert said.err.count("Building the kernel") == 2
    found = json.loads(actsearch("kernel", "--json").out)
    assert {Path(row["library"]).parent for row in found["libraries"]} == {folder}
    assert [row["numbers"] for row in found["libraries"]] == ["float32", "float64"]
    assert found["compiler"]
    assert "-O3" in found["flags"]


def test_what_cannot_be_built_fails_with_its_reason(
    folder: Path, actsearch: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ACTSEARCH_KERNEL_DIR", "/dev/null/libraries")
    said = actsearch("kernel", "--build")
    assert said.code == 2
    assert "the kernel is not built: `/dev/null/libraries` cannot be made" in said.err


def test_it_says_what_the_gpus_of_the_machine_have(
    folder: Path, actsearch: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No NVRTC has the version of that torch: nothing can be built for the three GPUs of two kinds."""
    monkeypatch.setattr(gpu_driver, "architectures", lambda: (90, 80, 90))
    monkeypatch.setattr(gpu, "cuda_version", lambda: 3)
    said = actsearch("kernel", "--json")
    assert said.code == 0, said.err
    found = json.loads(said.out)
    assert found["no_gpu"] == ""
    assert [(row["gpu"], row["numbers"]) for row in found["codes"]] == [
        (kind, numbers) for kind in ("sm_80", "sm_90") for numbers in ("float32", "float64", "bfloat16")
    ]
    said = actsearch("kernel", "--build")
    assert said.code == 2
    assert said.out.count("sm_90") == 3
    assert "the kernel is not built: NVRTC of CUDA 3" in said.err
    monkeypatch.setattr(gpu, "cuda_version", lambda: None)
    assert "none: this torch is not built for CUDA" in actsearch("kernel").out
