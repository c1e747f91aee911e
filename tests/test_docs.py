"""The documentation is true: every command and every block of code in it runs, every row has its place."""

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest

from actsearch.export import EXPORTERS
from actsearch.primitives import GRAMMARS, OPS, ZOO, Outcome
from actsearch.primitives.nary import NARY
from actsearch.primitives.screen import REASONS
from actsearch.search import SAMPLERS, Job
from actsearch.service.cli.app import COMMANDS, GROUPS
from actsearch.workers import POOLS, TASKS

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", *sorted(DOCS.glob("**/*.md")), ROOT / "CONTRIBUTING.md"]
BLOCK = re.compile(r"^```(sh|python)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
HEREDOC = re.compile(r"(<<'(\w+)')\n.*?^\2$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)#:]+)(?:#[^)]*)?\)")
SETTING = re.compile(r"[\"'](ACTSEARCH_[A-Z_]+|MLFLOW_TRACKING_URI|RAY_ADDRESS)[\"']")
SOURCES = ("primitives", "workers", "storage", "export", "search", "service")

TABLES: dict[str, Iterable[str]] = {
    "OPS": OPS,
    "NARY": NARY,
    "ZOO": ZOO,
    "GRAMMARS": GRAMMARS,
    "TASKS": TASKS,
    "SAMPLERS": SAMPLERS,
    "POOLS": POOLS,
    "EXPORTERS": EXPORTERS,
    "Job": Job.model_fields,
    "Outcome": [str(outcome) for outcome in Outcome],
    "REASONS": [reason.name for reason in REASONS],
}


def name_of(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def everything() -> str:
    return "\n".join(page.read_text(encoding="utf-8") for page in PAGES)


def blocks(page: Path) -> list[tuple[str, str]]:
    return [(kind, text) for kind, text in BLOCK.findall(page.read_text(encoding="utf-8"))]


@pytest.mark.slow
@pytest.mark.timeout(1500)
@pytest.mark.parametrize("page", [page for page in PAGES if blocks(page)], ids=name_of)
def test_every_block_of_a_page_runs_in_order(page: Path, tmp_path: Path) -> None:
    """`make` targets are left to test_install.py; all else runs in one empty folder, page by page."""
    binaries = Path(sys.executable).parent
    env = {**os.environ, "PATH": f"{binaries}{os.pathsep}{os.environ['PATH']}", "COLUMNS": "100"}
    for name in ("ACTSEARCH_HOME", "ACTSEARCH_MLFLOW"):
        env.pop(name, None)
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


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_link_leads_somewhere(page: Path) -> None:
    for target in LINK.findall(page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), f"{page.name} links to {target}"


def test_readme_names_the_two_commands() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert "make search" in text
    assert "make test" in text


def test_every_command_is_documented() -> None:
    text = everything()
    names = [command.__name__.replace("_", "-") for command in COMMANDS]
    for name in [*names, *(str(group.info.name) for group in GROUPS)]:
        assert f"actsearch {name}" in text, f"`actsearch {name}` stands in no page"


@pytest.mark.parametrize("table", TABLES)
def test_every_row_of_a_table_is_documented(table: str) -> None:
    text, rows = everything(), list(TABLES[table])
    missing = [row for row in rows if f"`{row}`" not in text and f"| {row} |" not in text]
    assert rows
    assert not missing, f"{table}: {missing} stand in no page; run `make docs`"


def test_every_setting_of_the_environment_is_documented() -> None:
    sources = [path for folder in SOURCES for path in (ROOT / folder).rglob("*.py")]
    settings = {name for path in sources for name in SETTING.findall(path.read_text(encoding="utf-8"))}
    assert "ACTSEARCH_HOME" in settings
    missing = {name for name in settings if name not in everything()}
    assert not missing, f"{sorted(missing)} stand in no page"


def test_every_page_is_reached_from_the_first() -> None:
    index = DOCS / "README.md"
    reached = {
        (index.parent / target).resolve() for target in LINK.findall(index.read_text(encoding="utf-8"))
    }
    missing = [name_of(page) for page in DOCS.glob("**/*.md") if page != index and page not in reached]
    assert not missing, f"docs/README.md leads to none of {missing}"
    assert "docs/README.md" in LINK.findall((ROOT / "README.md").read_text(encoding="utf-8"))


def test_reference_pages_are_what_the_tables_say() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "docs.generator", "--check"],
        cwd=ROOT, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def test_commands_in_docs_start_with_known_programs() -> None:
    known = {"make", "actsearch", "python", "cat", "git", "cd", "test"}
    for page in PAGES:
        for kind, text in blocks(page):
            if kind == "sh":
                for line in HEREDOC.sub(r"\1", text).splitlines():
                    words = shlex.split(line, comments=True)
                    assert not words or words[0] in known, line
