"""The documentation is true: every command and every block of code in it runs, every row has its place."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from actsearch.service.cli.app import COMMANDS

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")), ROOT / "CONTRIBUTING.md"]
BLOCK = re.compile(r"^```(sh|python)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
HEREDOC = re.compile(r"(<<'(\w+)')\n.*?^\2$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)#:]+)(?:#[^)]*)?\)")


def blocks(page: Path) -> list[tuple[str, str]]:
    return [(kind, text) for kind, text in BLOCK.findall(page.read_text(encoding="utf-8"))]


@pytest.mark.slow
@pytest.mark.timeout(1500)
@pytest.mark.parametrize("page", [page for page in PAGES if blocks(page)], ids=lambda page: page.name)
def test_every_block_of_a_page_runs_in_order(page: Path, tmp_path: Path) -> None:
    """`make` targets are left to test_install.py; all else runs in one empty folder, page by page."""
    binaries = Path(sys.executable).parent
    env = {**os.environ, "PATH": f"{binaries}{os.pathsep}{os.environ['PATH']}", "COLUMNS": "100"}
    env.pop("ACTSEARCH_HOME", None)
    for kind, text in blocks(page):
        if kind == "sh":
            kept = "\n".join(line for line in text.splitlines() if not line.startswith("make "))
            command = ["bash", "-euo", "pipefail", "-c", kept]
        else:
            command = [sys.executable, "-W", "error", "-c", text]
        done = subprocess.run(
            command, cwd=tmp_path, env=env, capture_output=True, text=True, timeout=900, check=False
        )
        assert done.returncode == 0, f"{text}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    for target in LINK.findall(page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), f"{page.name} links to {target}"


def test_readme_names_the_two_commands() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert "make search" in text
    assert "make test" in text


def test_every_command_is_documented() -> None:
    text = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)
    for command in COMMANDS:
        name = command.__name__
        assert f"actsearch {name}" in text, f"`actsearch {name}` stands in no page"


def test_commands_in_docs_start_with_known_programs() -> None:
    known = {"make", "actsearch", "python", "cat", "git", "cd", "test"}
    for page in PAGES:
        for kind, text in blocks(page):
            if kind == "sh":
                for line in HEREDOC.sub(r"\1", text).splitlines():
                    words = shlex.split(line, comments=True)
                    assert not words or words[0] in known, line
