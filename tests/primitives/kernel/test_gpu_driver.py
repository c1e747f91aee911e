"""The driver's functions are called as they are declared; what it refuses is said."""

import contextlib
import ctypes
from pathlib import Path

import pytest
import torch

from actsearch.primitives.kernel.gpu_driver import DRIVER, Loaded, architectures, loaded_code
from actsearch.primitives.kernel.gpu_plan import Call, Launch
from tests.primitives.kernel.gpu_host import host_driver


def driver() -> bool:
    """Whether the machine has one."""
    with contextlib.suppress(OSError):
        ctypes.CDLL(DRIVER)
        return True
    return False


def loaded() -> Loaded:
    return loaded_code(b"", 0, str(host_driver("f")))


def test_a_device_that_is_not_there_is_said() -> None:
    with pytest.raises(RuntimeError, match="CUDA error 1: refused"):
        loaded_code(b"", 1, str(host_driver("f")))


@pytest.mark.parametrize(
    ("launch", "said"),
    [
        (Launch("actsearch_value", 0, 32, 64), "CUDA error 1: refused"),
        (Launch("actsearch_value", 1, 2048, 64), "CUDA error 1: refused"),
        (Launch("actsearch_value", 1, 32, 50_000), "CUDA error 1: refused"),
    ],
)
def test_a_launch_that_is_refused_is_said_and_leaves_the_context(launch: Launch, said: str) -> None:
    run = loaded()
    for _ in range(2):
        with pytest.raises(RuntimeError, match=said):
            run(launch, Call(), 0)
    run(Launch("actsearch_finish", 1, 32, 64), Call(), 0)


def test_the_kinds_of_gpu_are_told() -> None:
    assert architectures(str(host_driver("f"))) == (89,)


@pytest.mark.skipif(driver(), reason="there is a driver")
def test_without_a_driver_there_is_a_reason() -> None:
    with pytest.raises(OSError, match=r"libcuda\.so\.1"):
        architectures()


def test_a_library_that_is_no_driver_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "libcuda.so.1"
    path.write_bytes(b"nothing")
    with pytest.raises(OSError, match=r"libcuda\.so\.1"):
        loaded_code(b"", 0, str(path))


@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no GPU of CUDA here")
def test_the_driver_counts_as_torch_does() -> None:
    found = [
        10 * major + minor
        for major, minor in map(torch.cuda.get_device_capability, range(torch.cuda.device_count()))
    ]
    assert list(architectures()) == found
