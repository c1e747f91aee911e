"""The Dockerfile, and a Python environment like that of its image `api`: those packages and no other."""

import re
import subprocess
import sys
from importlib.metadata import distribution
from pathlib import Path

from packaging.requirements import Requirement

__all__ = ["ROOT", "api_needs", "closure", "make_environment"]

ROOT = Path(__file__).parents[1]

_SCRIPT = "#!{python}\nimport sys\nfrom actsearch.service.cli import main\nsys.exit(main())\n"


def api_needs() -> list[str]:
    """What the image `api` installs, by name."""
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", "")
    return re.findall(r'^ARG API_NEEDS="([^"]*)"$', text, re.MULTILINE)[0].split()


def closure(needs: list[str]) -> set[str]:
    """The packages of these names and all that they require, as they are installed here."""
    found: set[tuple[str, str]] = set()
    waiting = [Requirement(need) for need in needs]
    while waiting:
        asked = waiting.pop()
        for extra in {"", *asked.extras}:
            if (asked.name.lower(), extra) in found:
                continue
            found.add((asked.name.lower(), extra))
            for text in distribution(asked.name).requires or []:
                wanted = Requirement(text)
                if wanted.marker is None or wanted.marker.evaluate({"extra": extra}):
                    waiting.append(wanted)
    return {name for name, _ in found}


def make_environment(folder: Path) -> Path:
    """The folder of programs of an environment that has what the image `api` has."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    (site,) = folder.glob("lib/python*/site-packages")
    for name in closure(api_needs()):
        files = distribution(name).files or []
        for top in {file.parts[0] for file in files} - {"..", "__pycache__"}:
            there = Path(str(distribution(name).locate_file(top)))
            if there.exists() and not (site / top).exists():
                (site / top).symlink_to(there)
    (site / "actsearch").mkdir()
    for part in ("primitives", "workers", "storage", "export", "search", "service"):
        (site / "actsearch" / part).symlink_to(ROOT / part)
    told = site / "actsearch-0.dist-info"
    told.mkdir()
    (told / "METADATA").write_text("Metadata-Version: 2.1\nName: actsearch\nVersion: 0\n")
    script = folder / "bin" / "actsearch"
    script.write_text(_SCRIPT.format(python=folder / "bin" / "python"))
    script.chmod(0o755)
    return folder / "bin"
