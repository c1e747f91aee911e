"""What the doctor says of a machine: as the system tells it, and where it is short of something."""

import os
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from actsearch.primitives.kernel import build as building
from actsearch.primitives.kernel import compilers as compiling
from actsearch.service.doctor import machine

SMI = "#!/bin/sh\n{}\n"


@pytest.fixture
def group(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """`group(**{"memory.max": "..."})` is what the system says of a container."""
    folder = tmp_path / "group"
    folder.mkdir()
    monkeypatch.setattr(machine, "GROUP", folder)

    def say(**files: str) -> None:
        for name, text in files.items():
            (folder / name.replace("_", ".")).write_text(f"{text}\n")

    return say


@pytest.fixture
def smi(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """`smi("echo ...")` puts a program in the place of `nvidia-smi`."""

    def put(text: str) -> None:
        program = tmp_path / "nvidia-smi"
        program.write_text(SMI.format(text))
        program.chmod(0o755)
        monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)

    return put


def test_processors_are_those_that_the_container_may_take(group: Callable[..., None]) -> None:
    own = len(psutil.Process().cpu_affinity() or [])
    assert machine.look_at_cpu("").sentence.startswith(f"{own} processor")
    group(cpu_max="max 100000")
    assert machine.look_at_cpu("").state == "ok"
    group(cpu_max="50000 100000")
    found = machine.look_at_cpu("")
    assert (found.state, "the time of 0.5" in found.sentence) == ("warn", True)
    assert "--workers 1" in found.advice


def test_memory_is_what_the_container_may_still_take(group: Callable[..., None]) -> None:
    group(memory_max=str(3 * 2**30), memory_current=str(2**30 // 2))
    assert machine.look_at_memory("").sentence == "2.5 of 3.0 GiB are free"
    group(memory_current=str(2 * 2**30))
    found = machine.look_at_memory("")
    assert (found.state, found.sentence) == ("warn", "1.0 of 3.0 GiB are free")
    group(memory_max="max")
    assert f"of {psutil.virtual_memory().total / 2**30:.1f} GiB" in machine.look_at_memory("").sentence


@pytest.mark.parametrize(("least", "few", "state"), [(0, 0, "ok"), (0, 2**60, "warn"), (2**60, 2**60, "bad")])
def test_a_disk_that_is_nearly_full_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, least: int, few: int, state: str
) -> None:
    monkeypatch.setattr(machine, "LEAST_DISK_BYTES", least)
    monkeypatch.setattr(machine, "FEW_DISK_BYTES", few)
    found = machine.look_at_disk(str(tmp_path / "not" / "there"))
    assert (found.state, bool(found.advice)) == (state, state != "ok")
    assert f"the data folder (`{tmp_path}`)" in found.sentence
    assert "data folder" not in machine.look_at_disk("postgresql://u:p@host/d").sentence


def test_limits_that_are_too_low_are_told(
    group: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    group(pids_max="max")
    assert machine.look_at_limits("").state == "ok"
    group(pids_max="100")
    monkeypatch.setattr(machine, "SHARED_BYTES", 2**60)
    found = machine.look_at_limits("")
    assert found.state == "warn"
    assert "shm_size" in found.advice
    assert "pids_limit" in found.advice


@pytest.mark.parametrize(
    ("program", "state", "part"),
    [
        ("echo 'H200, 143771 MiB, 570.1'; echo 'H200, 143771 MiB, 570.1'", "ok", "2 GPUs: H200"),
        ("echo 'no devices were found'; exit 6", "warn", "no devices were found"),
        ("exit 0", "warn", "it names none"),
    ],
)
def test_gpus_are_what_the_driver_says(
    smi: Callable[[str], None], monkeypatch: pytest.MonkeyPatch, program: str, state: str, part: str
) -> None:
    smi(program)
    monkeypatch.setattr(machine, "_cuda", lambda: "CUDA 13.0")
    found = machine.look_at_gpu("")
    assert found.state == state
    assert part in found.sentence
    monkeypatch.setattr(machine, "_cuda", lambda: None)
    assert machine.look_at_gpu("").state == "warn"


def test_torch_is_told_as_torch_tells_itself() -> None:
    import torch

    said = machine.look_at_torch("").sentence
    assert said.startswith(f"torch {torch.__version__}, ")
    assert said.endswith(f"CUDA {torch.version.cuda}" if torch.version.cuda else "processors alone")


def test_a_kernel_that_is_not_there_is_built_or_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACTSEARCH_KERNEL_DIR", str(tmp_path / "libraries"))
    found = machine.look_at_kernel("")
    assert (found.state, found.advice) == ("ok", "to build it now: actsearch kernel --build")
    monkeypatch.setattr(compiling, "compilers", lambda folder: iter(()))
    assert machine.look_at_kernel("").state == "warn"
    monkeypatch.setattr(building, "found", lambda kind: building.Built(tmp_path))
    assert machine.look_at_kernel("").sentence == "the fused kernel is built"
    assert not (tmp_path / "libraries").exists()
