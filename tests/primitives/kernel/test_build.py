"""Building: once a machine, found again, never half; with any compiler, a hostile one, or none."""

import contextlib
import importlib.util
import json
import os
import shutil
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from actsearch.primitives.kernel import build as building
from actsearch.primitives.kernel import compilers as asking
from actsearch.primitives.kernel import folder as lying
from actsearch.primitives.kernel import kept as keeping
from actsearch.primitives.kernel.build import build, found
from actsearch.primitives.kernel.kept import STALE_S

TINY = """\
int actsearch_value(void) { return 0; }
int actsearch_pull(void) { return 0; }
int actsearch_adam(void) { return 0; }
"""

TRY = """\
import logging, json, sys
logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
import torch
from actsearch.primitives.kernel.fused import Programs, available, fused, why_not
from actsearch.primitives.text import parse
programs = Programs.of([parse("sin(x)"), parse("a*x | a=2.0")], 3)
y = fused(programs, torch.ones(2, 4, 3), torch.tensor([2.0]))
print(json.dumps([available(), why_not(), round(y.sum().item(), 3)]))
"""

RIGHT = 34.098

WHEEL = importlib.util.find_spec("ziglang")


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder for libraries, and a text that compiles at once."""
    monkeypatch.setattr(building, "text", lambda: TINY)
    monkeypatch.setenv(lying.SETTING, str(tmp_path / "libraries"))
    return tmp_path / "libraries"


def compiler(folder: Path, body: str) -> str:
    """A command of that shell text, for $CC; it says its version as compilers do."""
    path = folder / "some-cc"
    path.write_text(f'#!/bin/sh\nif [ "$1" = --version ]; then echo some-cc 1.0; exit 0; fi\n{body}\n')
    path.chmod(0o755)
    return str(path)


def alone(monkeypatch: pytest.MonkeyPatch, command: str = "") -> None:
    """No compiler but `command`."""
    monkeypatch.setenv("CC", command)
    monkeypatch.setenv("PATH", "/nonexistent")
    monkeypatch.setattr(asking.importlib.util, "find_spec", lambda name: None)


def tried(env: dict[str, str], code: str = TRY) -> tuple[list[object], str]:
    """What a fresh process finds, and what it says."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", textwrap.dedent(code)],
        env={**os.environ, **env},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1]), done.stderr


def test_a_library_is_built_once_and_found_again(place: Path) -> None:
    assert found("f").path is None
    first, other = build("f"), build("d")
    assert first.path is not None
    assert first.seconds > 0.0
    assert other.path not in (None, first.path)
    again = build("f")
    assert (again.path, again.seconds) == (first.path, 0.0)
    assert found("f").path == first.path
    assert sorted(path.suffix for path in place.iterdir()) == [".so", ".so"]


def test_another_text_is_another_library(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = build("f").path
    monkeypatch.setattr(building, "text", lambda: TINY + "int more;\n")
    assert found("f").path is None
    assert build("f").path not in (None, first)


@pytest.mark.parametrize("kept", [0, 100, -1])
def test_a_library_that_was_cut_short_or_changed_is_built_again(place: Path, kept: int) -> None:
    path = build("f").path
    assert path is not None
    whole = path.read_bytes()
    path.write_bytes(whole[:kept] if kept >= 0 else whole[:-1] + b"!")
    assert found("f").path is None
    assert build("f").path is not None
    assert path.read_bytes() == whole


@pytest.mark.parametrize("mode", [0o777, 0o775])
def test_what_others_could_have_written_is_not_run(place: Path, mode: int) -> None:
    path = build("f").path
    assert path is not None
    path.chmod(mode)
    assert found("f").path is None
    path.chmod(0o755)
    assert found("f").path == path
    place.chmod(mode)
    assert found("f").path is None
    assert "can be written to by other users" in build("f").why_not


def test_a_link_is_not_followed(place: Path, tmp_path: Path) -> None:
    path = build("f").path
    assert path is not None
    path.rename(tmp_path / "elsewhere.so")
    path.symlink_to(tmp_path / "elsewhere.so")
    assert found("f").path is None


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give a file away")
def test_what_belongs_to_another_user_is_not_run(place: Path) -> None:
    path = build("f").path
    assert path is not None
    os.chown(path, 12345, 12345)
    assert found("f").path is None
    path.unlink()
    os.chown(place, 12345, 12345)
    assert "belongs to another user" in build("f").why_not


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (
            "echo kernel.c:1: error: the sky fell; exit 3",
            "ended with code 3: kernel.c:1: error: the sky fell",
        ),
        ("kill -9 $$", "ended with code -9: it said nothing"),
        ("exit 0", "wrote no library"),
        ("exec /nonexistent/cc1", "ended with code 127"),
    ],
)
def test_a_broken_compiler_is_named(
    place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, body: str, said: str
) -> None:
    alone(monkeypatch, compiler(tmp_path, body))
    built = build("f")
    assert built.path is None
    assert said in built.why_not
    assert "some-cc" in built.why_not
    assert list(place.iterdir()) == []


def test_a_compiler_that_hangs_is_killed_with_all_that_it_started(
    place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    child = tmp_path / "child"
    alone(monkeypatch, compiler(tmp_path, f"/bin/sleep 600 & echo $! > {child}; wait"))
    monkeypatch.setattr(building, "ran", lambda command, folder: asking.ran(command, folder, limit_s=1.0))
    assert "was killed after 1 s" in build("f").why_not
    for _ in range(100):
        with contextlib.suppress(ProcessLookupError):
            state = Path(f"/proc/{child.read_text().strip()}/stat")
            if not state.exists() or state.read_text().split()[2] == "Z":
                break
        time.sleep(0.05)
    else:
        pytest.fail("what the compiler started still runs")


def test_flags_that_a_compiler_refuses_are_left_out(
    place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = shutil.which("cc") or pytest.skip("no `cc` to wrap")
    refuse = 'case "$*" in *-m*) echo error: what is -m; exit 1;; esac'
    monkeypatch.setenv("CC", compiler(tmp_path, f'{refuse}\nexec {real} "$@"'))
    assert build("f").path is not None


def test_the_next_compiler_is_taken_where_one_is_broken(
    place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CC", compiler(tmp_path, "exit 1"))
    assert build("f").path is not None


@pytest.mark.slow
def test_the_compiler_of_a_wheel_builds_where_there_is_no_other(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if WHEEL is None:
        pytest.skip("the wheel `ziglang` (extra `compiler`) is not installed")
    alone(monkeypatch)
    monkeypatch.setattr(asking.importlib.util, "find_spec", lambda name: WHEEL)
    assert build("f").path is not None


def test_without_a_compiler_one_is_asked_for(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    alone(monkeypatch)
    assert "no C compiler" in build("f").why_not


def test_a_library_serves_where_no_compiler_is(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As in an image that was built with one."""
    path = build("f").path
    alone(monkeypatch)
    assert build("f").path == path


def test_what_a_killed_build_left_is_swept_when_it_is_old(place: Path) -> None:
    place.mkdir(mode=0o700)
    for name, age_s in (("building-old", STALE_S + 60), ("building-new", 60)):
        (place / name).mkdir()
        (place / name / "kernel.so").write_bytes(b"half")
        then = time.time() - age_s
        os.utime(place / name, (then, then))
    assert build("f").path is not None
    assert not (place / "building-old").exists()
    assert (place / "building-new").exists()


@pytest.mark.parametrize("where", ["/proc/nowhere", "/dev/null/x"])
def test_a_folder_that_cannot_be_made_is_named(monkeypatch: pytest.MonkeyPatch, where: str) -> None:
    monkeypatch.setenv(lying.SETTING, where)
    assert f"`{where}` cannot be made" in build("f").why_not


def test_where_the_home_cannot_be_written_libraries_lie_among_temporary_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(lying.SETTING, raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", "/proc/no-cache")
    monkeypatch.setattr(lying.tempfile, "gettempdir", lambda: str(tmp_path))
    where = lying.library_folder()
    assert where.parent == tmp_path
    assert lying.usable(where) is None
    assert where.stat().st_mode & 0o777 == 0o700
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert lying.library_folder() == tmp_path / "cache" / "actsearch" / "kernel"


def test_a_full_disk_is_said(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(keeping.os, "fsync", full)
    built = build("f")
    assert built.path is None
    assert "No space left on device" in built.why_not
    assert list(place.iterdir()) == []


@pytest.mark.slow
def test_a_build_that_is_killed_leaves_nothing_that_is_loaded(tmp_path: Path) -> None:
    real = shutil.which("cc") or pytest.skip("no `cc` to wrap")
    env = {lying.SETTING: str(tmp_path / "libraries")}
    # Writes half a library, then waits to be killed.
    half = "for last; do :; done; echo half > kernel.so; echo > ../../written; sleep 60"
    slow = subprocess.Popen(
        [sys.executable, "-c", TRY],
        env={**os.environ, **env, "CC": compiler(tmp_path, half)},
        stderr=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        while not (tmp_path / "written").exists():
            assert slow.poll() is None
            time.sleep(0.05)
    finally:
        slow.send_signal(signal.SIGKILL)
        slow.wait()
    quick = compiler(tmp_path, f'exec {real} "$@" -O0')
    (state, said) = tried({**env, "CC": quick})
    assert state == [True, "", RIGHT]
    assert "built in" in said
    assert list((tmp_path / "libraries").glob("building-*")) != []


@pytest.mark.slow
def test_two_processes_may_build_at_once(tmp_path: Path) -> None:
    real = shutil.which("cc") or pytest.skip("no `cc` to wrap")
    env = {**os.environ, lying.SETTING: str(tmp_path / "libraries")}
    env["CC"] = compiler(tmp_path, f'exec {real} "$@" -O0')
    both = [
        subprocess.Popen([sys.executable, "-c", TRY], env=env, stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    for process in both:
        said, _ = process.communicate(timeout=300)
        assert json.loads(said) == [True, "", RIGHT]
    assert len(list((tmp_path / "libraries").iterdir())) == 1


@pytest.mark.slow
def test_without_a_kernel_all_goes_on_and_it_is_said_once(tmp_path: Path) -> None:
    code = TRY.replace(
        "print(", "fused(programs, torch.ones(2, 4, 3).double(), torch.tensor([2.0]).double())\nprint("
    )
    bare = "import importlib.util\nimportlib.util.find_spec = lambda *_: None\n"
    env = {lying.SETTING: str(tmp_path / "libraries"), "CC": "", "PATH": "/nonexistent"}
    state, said = tried(env, code.replace("programs = ", f"{bare}programs = "))
    assert state[0] is False
    assert "no C compiler" in str(state[1])
    assert state[2] == RIGHT
    assert said.count("it would be faster with a C compiler") == 1
