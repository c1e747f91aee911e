"""What this machine has for a search: processors, memory, disk, limits, torch, GPUs, the kernel."""

import importlib.metadata
import importlib.util
import re
import resource
import shutil
import subprocess
import tempfile
from pathlib import Path

import psutil

from ...workers.pools.local import processors
from .finding import Finding

__all__ = [
    "look_at_cpu",
    "look_at_disk",
    "look_at_gpu",
    "look_at_kernel",
    "look_at_limits",
    "look_at_memory",
    "look_at_torch",
]

GIB, MIB = 2**30, 2**20

MEMORY_BYTES = 2 * GIB
"""A worker with torch takes about 0.4 GiB; a Ray of its own as much again."""

LEAST_DISK_BYTES, FEW_DISK_BYTES = 100 * MIB, 2 * GIB

SHARED_BYTES = 128 * MIB
"""Ray's object store takes at least 75 MiB of shared memory, or goes to disk."""

FILES, TASKS = 1024, 512
"""How many files, and how many processes and threads, Ray and a pool of workers open on a small machine."""

GROUP = Path("/sys/fs/cgroup")
"""Where Linux says what a container may take."""

_SMI = ("nvidia-smi", "--query-gpu=name,memory.total,driver_version", "--format=csv,noheader")


def look_at_cpu(_home: str) -> Finding:
    """How many processors this process may use, and what a container may take of them."""
    free = processors()
    share = _quota()
    if share is not None and share < free:
        return Finding(
            "cpu",
            "warn",
            f"{free} processors are seen, and the container may take the time of {share:.3g}",
            f"give jobs `--workers {max(1, int(share))}`, or the container more",
        )
    return Finding("cpu", "ok", f"{free} processor{'s' if free != 1 else ''}; a worker takes one")


def look_at_memory(_home: str) -> Finding:
    """What is free, here or in the container."""
    memory = psutil.virtual_memory()
    total, free = memory.total, memory.available
    limit, held = _number(GROUP / "memory.max"), _number(GROUP / "memory.current")
    if limit is not None and limit < total:
        total, free = limit, min(free, limit - (held or 0))
    said = f"{free / GIB:.1f} of {total / GIB:.1f} GiB are free"
    if free < MEMORY_BYTES:
        return Finding(
            "memory",
            "warn",
            said,
            "train with fewer workers (`--workers 1`): each takes 0.4 GiB or more, a Ray of its own as much",
        )
    return Finding("memory", "ok", said)


def look_at_disk(home: str) -> Finding:
    """Room for the data folder, and for temporary files."""
    places = {"temporary files": Path(tempfile.gettempdir())}
    if "://" not in home:
        places = {"the data folder": _existing(Path(home).expanduser().absolute()), **places}
    said: list[str] = []
    least = float("inf")
    for what, place in places.items():
        free = shutil.disk_usage(place).free
        least = min(least, free)
        said.append(f"{free / GIB:.1f} GiB for {what} (`{place}`)")
    state = "bad" if least < LEAST_DISK_BYTES else "warn" if least < FEW_DISK_BYTES else "ok"
    advice = "" if state == "ok" else "make room, or name a folder on another disk by `--home` or `TMPDIR`"
    return Finding("disk", state, f"free are {' and '.join(said)}", advice)


def look_at_limits(_home: str) -> Finding:
    """Shared memory, open files, processes: what containers are often short of."""
    short: list[str] = []
    told: list[str] = []
    shared = Path("/dev/shm")
    if shared.is_dir():
        room = shutil.disk_usage(shared).total
        told.append(f"{room / MIB:.0f} MiB of shared memory")
        if room < SHARED_BYTES:
            short.append("shared memory (`shm_size: 256m` in Docker Compose, `--shm-size 256m` elsewhere)")
    files, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    told.append("any number of open files" if files == resource.RLIM_INFINITY else f"{files} open files")
    if files != resource.RLIM_INFINITY and files < FILES:
        short.append(f"open files (`ulimit -n {most if most > files else FILES}`)")
    tasks = _number(GROUP / "pids.max")
    if tasks is not None:
        told.append(f"{tasks} processes and threads")
        if tasks < TASKS:
            short.append(f"processes (a `pids_limit` of {TASKS} or more)")
    advice = f"give it more {', '.join(short)}" if short else ""
    return Finding("limits", "warn" if short else "ok", f"allowed are {', '.join(told)}", advice)


def look_at_torch(_home: str) -> Finding:
    """Whether this machine can train; torch itself is not loaded."""
    version = _version("torch")
    if version is None:
        return Finding(
            "torch",
            "warn",
            "torch is not installed: what is stored can be served and shown, and nothing can be trained",
            "where jobs are to run: pip install torch",
        )
    return Finding("torch", "ok", f"torch {version}, for {_cuda() or 'processors alone'}")


def look_at_gpu(_home: str) -> Finding:
    """What the driver's own program says, so that nothing of CUDA is started here."""
    if shutil.which(_SMI[0]) is None:
        return Finding("gpu", "ok", "no NVIDIA driver: training runs on processors")
    try:
        asked = subprocess.run(_SMI, capture_output=True, text=True, timeout=10, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        words = " ".join(str(error).split())
        return Finding("gpu", "bad", f"`nvidia-smi` fails: {words}", "look at the driver with `nvidia-smi`")
    rows = [line.strip() for line in asked.stdout.splitlines() if line.strip()]
    if asked.returncode != 0 or not rows:
        words = " ".join((asked.stdout or asked.stderr).split())[:200] or "it names none"
        return Finding("gpu", "warn", f"the driver has no GPU to give: {words}", "start the driver, or a GPU")
    said = f"{len(rows)} GPU{'s' if len(rows) != 1 else ''}: {'; '.join(rows)}"
    if _version("torch") is not None and _cuda() is None:
        return Finding(
            "gpu",
            "warn",
            f"{said}; the torch here cannot use it",
            "install a torch for CUDA: PyTorch's page `Get started` has the command",
        )
    return Finding("gpu", "ok", f"{said}; the executor `ray` trains on it")


def look_at_kernel(_home: str) -> Finding:
    """Whether activations run in the fused kernel, and what would build it."""
    from ...primitives.kernel.build import found
    from ...primitives.kernel.compilers import compilers

    missing = [kind for kind in ("f", "d") if found(kind).path is None]
    if not missing:
        return Finding("kernel", "ok", "the fused kernel is built")
    with tempfile.TemporaryDirectory() as place:
        compiler = next(compilers(Path(place)), None)
    if compiler is None:
        return Finding(
            "kernel",
            "warn",
            "the fused kernel is not built, and there is no C compiler: activations run in torch, slower",
            "pip install 'actsearch[compiler]', or install gcc",
        )
    name = compiler.version.strip().partition("\n")[0] or " ".join(compiler.command)
    return Finding(
        "kernel",
        "ok",
        f"the fused kernel is not built yet; the first training builds it with `{name}`, in seconds",
        "to build it now: actsearch kernel --build",
    )


def _version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def _cuda() -> str | None:
    """What of CUDA the installed torch was built for, as its own file says; None where it was not."""
    spec = importlib.util.find_spec("torch")
    if spec is None or spec.origin is None:
        return None
    try:
        text = (Path(spec.origin).parent / "version.py").read_text(encoding="utf-8")
    except OSError:
        return None
    told = re.search(r"^cuda\b[^=\n]*= *['\"]([\d.]+)['\"]", text, re.MULTILINE)
    return f"CUDA {told[1]}" if told else None


def _existing(place: Path) -> Path:
    """The folder, or the nearest above it that is there."""
    return next(one for one in (place, *place.parents) if one.is_dir())


def _quota() -> float | None:
    """How many processors' time the container may take; None where it is not limited."""
    try:
        most, _, period = (GROUP / "cpu.max").read_text(encoding="ascii").strip().partition(" ")
        return None if most == "max" else int(most) / int(period)
    except (OSError, ValueError, ZeroDivisionError):
        return None


def _number(path: Path) -> int | None:
    try:
        return int(path.read_text(encoding="ascii"))
    except (OSError, ValueError):  # `max`: no limit
        return None
