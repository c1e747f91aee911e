"""A real browser, and the service that it looks at as a process of its own."""

import shutil
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright

__all__ = ["browser", "serving", "watched"]

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")

QUIET = ("--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu")
"""In a container there is neither a user for the sandbox nor much shared memory."""


@contextmanager
def browser() -> Generator[Browser]:
    """Chromium as it is installed here; the test is skipped where it is not."""
    path = next(filter(None, map(shutil.which, NAMES)), None)
    if path is None:
        pytest.skip(f"there is no browser on PATH: none of {', '.join(NAMES)}")
    with sync_playwright() as playwright:
        yield playwright.chromium.launch(executable_path=path, args=list(QUIET))


@contextmanager
def serving(home: str, *words: str) -> Generator[str]:
    """`actsearch serve`, with its runner, until the block ends: its URL."""
    code = "from actsearch.service.cli import main; main()"
    command = [sys.executable, "-c", code, "serve", "--port", "0", "--home", home, *words]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        try:
            said = process.stderr.readline()
            assert " at http://" in said, said + process.stderr.read()
            yield said.split(" at ")[1].split("/api/v1")[0]
        finally:
            process.terminate()
            process.wait(timeout=60)


@contextmanager
def watched(page: Page, url: str) -> Generator[None]:
    """Afterwards: nothing stood in the console, no script failed, no request left for elsewhere."""
    faults: list[str] = []

    def heard(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            faults.append(f"console: {message.text}")

    page.on("console", heard)
    page.on("pageerror", lambda error: faults.append(f"script: {error}"))
    page.on("request", lambda one: None if _own(one.url, url) else faults.append(f"left for {one.url}"))
    yield
    assert not faults, faults


def _own(address: str, url: str) -> bool:
    return address.startswith((f"{url}/", "data:", "blob:"))
