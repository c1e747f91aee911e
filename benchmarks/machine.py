"""What a measurement ran on: what decides speed, and nothing that names the machine."""

import os
import platform
import shutil
import subprocess
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import psutil
import torch

__all__ = ["Machine", "this_machine"]

FLAGS = ("avx2", "fma", "avx512f", "avx512_bf16", "avx512_fp16", "amx_bf16", "asimd", "sve", "bf16")
"""What of the processor's abilities vectorised code and matrix products use."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """`cores` are those that this process may use."""

    system: str
    processor: str
    flags: tuple[str, ...]
    cores: int
    memory_gb: float
    python: str
    torch: str
    compiler: str
    """First line of what it says of itself; empty where there is none."""
    gpu: str
    """Empty where torch sees none."""

    def mapping(self) -> dict[str, Any]:
        """As JSON has it."""
        return asdict(self)

    @property
    def sentence(self) -> str:
        """In one line."""
        return ", ".join(
            part
            for part in (
                self.processor,
                f"{self.cores} cores",
                f"{self.memory_gb:.0f} GB",
                self.gpu,
                f"Python {self.python}",
                f"torch {self.torch}",
                self.compiler or "no C compiler",
            )
            if part
        )


def this_machine() -> Machine:
    """The one that this process runs on."""
    described = _described()
    has = set((described.get("flags") or described.get("Features") or "").split())
    cuda = torch.cuda.is_available()
    return Machine(
        system=f"{platform.system()} {platform.machine()}",
        processor=described.get("model name") or platform.processor() or platform.machine(),
        flags=tuple(flag for flag in FLAGS if flag in has),
        cores=len(psutil.Process().cpu_affinity() or []) or os.cpu_count() or 1,
        memory_gb=round(psutil.virtual_memory().total / 1e9, 1),
        python=platform.python_version(),
        torch=torch.__version__,
        compiler=_compiler(),
        gpu=torch.cuda.get_device_name() if cuda else "",
    )


def _described() -> dict[str, str]:
    """What Linux says of the first core."""
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return {}
    pairs = (line.split(":", 1) for line in text.split("\n\n")[0].splitlines() if ":" in line)
    return {name.strip(): value.strip() for name, value in pairs}


def _compiler() -> str:
    for name in (os.environ.get("CC", ""), "cc", "gcc", "clang"):
        if name and shutil.which(name):
            said = subprocess.run([name, "--version"], capture_output=True, text=True, check=False)
            return next(iter(said.stdout.splitlines()), "")
    return ""
