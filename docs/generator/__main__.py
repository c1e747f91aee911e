"""`python -m docs.generator` writes the reference pages; with `--check` it says which are out of date.

    make docs

Nothing in a page depends on time, machine or measurement, so that two runs write the same bytes.
"""

import argparse
import sys
from pathlib import Path

from .pages import PAGES
from .picture import PICTURE, is_current, zoo_picture

DOCS = Path(__file__).parents[1]
FOLDER = DOCS / "reference"


def outdated() -> list[Path]:
    """Pages and pictures that are missing, left over, or not what the tables say now."""
    found = [
        FOLDER / name
        for name, make in PAGES.items()
        if not (FOLDER / name).exists() or (FOLDER / name).read_text(encoding="utf-8") != make()
    ]
    found += [path for path in sorted(FOLDER.glob("*.md")) if path.name not in PAGES]
    return found if is_current(DOCS / PICTURE) else [*found, DOCS / PICTURE]


def write() -> None:
    """Writes what is out of date, and removes what no row of `PAGES` makes."""
    for path in outdated():
        if path == DOCS / PICTURE:
            path.write_bytes(zoo_picture())
        elif path.name in PAGES:
            path.parent.mkdir(exist_ok=True)
            path.write_text(PAGES[path.name](), encoding="utf-8")
        else:
            path.unlink()
        print(path.relative_to(DOCS.parent))


def main() -> int:
    """0, or 1 where `--check` finds a page that is out of date."""
    parser = argparse.ArgumentParser(prog="python -m docs.generator", description="write the reference pages")
    parser.add_argument("--check", action="store_true", help="write nothing; say what is out of date")
    if not parser.parse_args().check:
        write()
        return 0
    old = [str(path.relative_to(DOCS.parent)) for path in outdated()]
    if old:
        print(f"out of date: {', '.join(old)}; run `make docs`", file=sys.stderr)
    return 1 if old else 0


if __name__ == "__main__":
    sys.exit(main())
