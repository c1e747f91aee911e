"""The CUDA driver, through ctypes: code into the context that torch uses, and its kernels into a stream."""

import ctypes
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from .gpu_plan import Call, Launch

__all__ = ["DRIVER", "KERNELS", "Loaded", "architectures", "loaded_code"]

DRIVER: Final = "libcuda.so.1"

KERNELS: Final = ("actsearch_value", "actsearch_pull", "actsearch_gather", "actsearch_finish")

_CAPABILITY: Final = (75, 76)
"""The driver's numbers for the two parts of what a GPU is capable of."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """The kernels of one device."""

    driver: ctypes.CDLL
    context: ctypes.c_void_p
    kernels: dict[str, ctypes.c_void_p]

    def __call__(self, launch: Launch, call: Call, stream: int) -> None:
        """Puts the kernel into the stream. Raises `RuntimeError`, as torch does, where the device fails."""
        # The driver copies what the kernel is given before it returns.
        given = (ctypes.c_void_p * 1)(ctypes.addressof(call))
        nothing = ctypes.c_void_p()
        _check(self.driver, self.driver.cuCtxPushCurrent_v2(self.context))
        try:
            _check(
                self.driver,
                self.driver.cuLaunchKernel(
                    self.kernels[launch.name],
                    *map(ctypes.c_uint, (launch.blocks, 1, 1, launch.threads, 1, 1, launch.memory)),
                    ctypes.c_void_p(stream),
                    given,
                    None,
                ),
            )
        finally:
            self.driver.cuCtxPopCurrent_v2(ctypes.byref(nothing))


def loaded_code(code: bytes, device: int, name: str = DRIVER) -> Loaded:
    """The code on that device. Raises `OSError` where there is no driver, `RuntimeError` where it refuses."""
    driver = _driver(name)
    number, context, module = ctypes.c_int(), ctypes.c_void_p(), ctypes.c_void_p()
    _check(driver, driver.cuDeviceGet(ctypes.byref(number), device))
    # The context that all of torch is in. It is kept for as long as the process lives.
    _check(driver, driver.cuDevicePrimaryCtxRetain(ctypes.byref(context), number))
    _check(driver, driver.cuCtxPushCurrent_v2(context))
    try:
        _check(driver, driver.cuModuleLoadData(ctypes.byref(module), code))
        kernels: dict[str, ctypes.c_void_p] = {}
        for own in KERNELS:
            kernel = kernels[own] = ctypes.c_void_p()
            _check(driver, driver.cuModuleGetFunction(ctypes.byref(kernel), module, own.encode()))
    finally:
        driver.cuCtxPopCurrent_v2(ctypes.byref(ctypes.c_void_p()))
    return Loaded(driver, context, kernels)


def architectures(name: str = DRIVER) -> tuple[int, ...]:
    """Of each GPU of this machine: 90 for `sm_90`. Raises as `loaded_code` does."""
    driver = _driver(name)
    count = ctypes.c_int()
    _check(driver, driver.cuDeviceGetCount(ctypes.byref(count)))
    found: list[int] = []
    for device in range(count.value):
        number = ctypes.c_int()
        _check(driver, driver.cuDeviceGet(ctypes.byref(number), device))
        parts = ctypes.c_int(), ctypes.c_int()
        for part, attribute in zip(parts, _CAPABILITY, strict=True):
            _check(driver, driver.cuDeviceGetAttribute(ctypes.byref(part), attribute, number))
        found.append(10 * parts[0].value + parts[1].value)
    return tuple(found)


def _driver(name: str) -> ctypes.CDLL:
    driver = ctypes.CDLL(name)
    _check(driver, driver.cuInit(0))
    return driver


def _check(driver: ctypes.CDLL, result: int) -> None:
    if result:
        said = ctypes.c_char_p()
        told: Callable[..., int] = driver.cuGetErrorString
        told(result, ctypes.byref(said))
        raise RuntimeError(f"CUDA error {result}: {(said.value or b'unknown').decode()}")
