"""`choose`: whether lanes of a task are trained together or in turn; measured once on each machine."""

import os
import platform
import typing
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import TypeAlias

import torch

from ..primitives import NUMERICS, Choice, Protocol, content_hash
from ..primitives.kernel.fused import available
from .optimise import STACKABLE
from .request import DTYPES
from .rivalry import Rivalry, rivalry
from .task import Task

__all__ = ["Measure", "Memory", "choose", "remembered"]

SLOWER = 1.1
"""Together is given up where it takes more than so many times as long: what is nearly equal is always
decided alike."""


class Memory(typing.Protocol):
    """Where choices are remembered. It may forget: that costs another measurement and nothing else."""

    def find(self, key: str) -> Choice | None:
        """None where it knows of none."""
        ...

    def keep(self, key: str, choice: Choice) -> Choice:
        """What counts from now on: of several that chose at once, the first."""
        ...


Measure: TypeAlias = Callable[[Task, Protocol, str], Rivalry]
"""`rivalry`, or what has it measured elsewhere: of a task, a protocol and a device."""


def choose(
    task: Task,
    protocol: Protocol,
    device: str = "cpu",
    memory: Memory | None = None,
    measure: Measure = rivalry,
) -> Choice:
    """How to train lanes of `task` by `protocol`, its `stacked` and `fused` aside, on `device`.

    `fused` where the kernel can be used: on its dtypes, and where training takes one derivative of the
    activation. `stacked` where `torch.func.vmap` carries the model, a few steps give the losses and
    gradients of the same lanes alone, and they are not clearly slower. To `measure` that takes a second or
    two; it is remembered in `memory` for the content of the task, the device, the machine and the version
    of torch. Where measuring ends its process, or never ends, lanes are trained in turn and operator by
    operator, the way that is least likely to do so again; that is not remembered.
    """
    known = remembered(task, protocol, device, memory)
    if known is not None:
        return known
    asked = _asked(protocol, device)
    found = measure(task, asked, device)
    if not found.measured:
        return Choice(
            False, False, f"lanes are trained in turn: measuring what is faster failed, {found.trouble}"
        )
    choice = Choice(_together(found), asked.fused, _sentence(found, asked.fused))
    return choice if memory is None else memory.keep(_key(task, asked, device), choice)


def remembered(task: Task, protocol: Protocol, device: str, memory: Memory | None) -> Choice | None:
    """What `choose` would say without measuring; None where it would have to."""
    asked = _asked(protocol, device)
    if protocol.optimiser not in STACKABLE:
        return Choice(False, asked.fused, f"lanes are trained in turn, as `{protocol.optimiser}` wants it")
    return None if memory is None else memory.find(_key(task, asked, device))


def _asked(protocol: Protocol, device: str) -> Protocol:
    fused = protocol.derivatives == 1 and protocol.dtype in DTYPES and available(device)
    return replace(protocol, stacked=True, fused=fused)


def _together(found: Rivalry) -> bool:
    return not found.trouble and found.together_s <= SLOWER * found.in_turn_s


def _sentence(found: Rivalry, fused: bool) -> str:
    kernel = ", activations by the fused kernel" if fused else ", activations operator by operator"
    if found.trouble:
        return f"lanes are trained in turn{kernel}: {found.trouble}"
    ratio = found.in_turn_s / found.together_s
    if _together(found):
        return f"lanes are trained together{kernel}: {found.lanes} at once took 1/{ratio:.1f} of the time"
    return f"lanes are trained in turn{kernel}: {found.lanes} at once took {1 / ratio:.1f} times as long"


def _key(task: Task, protocol: Protocol, device: str) -> str:
    told = asdict(replace(protocol, phase="search", epochs=1))  # neither decides the pace of a step
    cuda = torch.cuda.get_device_name(device) if device != "cpu" and torch.cuda.is_available() else ""
    machine = [_processor(), os.cpu_count(), device, cuda, torch.__version__, NUMERICS]
    return content_hash({"task": task.info.hash, "protocol": told, "machine": machine})


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(errors="replace").splitlines()
    except OSError:  # another system than Linux
        lines = []
    named = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return named[0] if named else f"{platform.machine()} {platform.processor()}"
