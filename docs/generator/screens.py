"""`python -m docs.generator.screens HOME`: a picture of every page of the dashboard, of a real search.

HOME is a data folder in which a job is done; it is copied, and stays as it is. Needs Chromium.
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Literal

from PIL import Image

from actsearch.primitives import ActsearchError
from actsearch.storage import open_store, views

__all__ = ["FOLDER", "SCHEMES", "Scheme", "file_of", "pages_of", "small"]

FOLDER = Path(__file__).parents[1] / "images" / "dashboard"

Scheme = Literal["light", "dark"]

SCHEMES: tuple[Scheme, ...] = ("light", "dark")

WIDTH, HEIGHT = 1300, 1100
"""Of a picture, in pixels; longer pages are cut."""

MOST_BYTES = 150_000
"""Of a file."""

_BROWSERS = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
_COLOURS = (256, 128, 64, 32)


def pages_of(home: str) -> dict[str, str]:
    """Address of each page by the name of its picture, about the best function and its job."""
    with open_store(home) as store:
        rows = [row for row in views.leaderboard(store) if row.confirmed and row.role == "leader"]
    if not rows:
        raise ActsearchError(f"`{home}` holds no confirmed board; `actsearch search` makes one")
    best = rows[0]
    task = f"task={best.task}"
    return {
        "leaderboard": f"/?{task}",
        "cost": f"/?{task}&shown=confirmed&view=cost",
        "activation": f"/activations/{best.key}?also=gelu",
        "jobs": "/jobs",
        "job": f"/jobs/{best.job_id}",
        "new-job": f"/jobs/new?like={best.job_id}",
        "compare": f"/compare?f={best.key}&f=siren&f=gelu",
        "playground": "/playground?e=x*tanh(b*softplus(x))+|+b%3D1.0&also=gelu",
        "zoo": "/zoo",
    }


def file_of(name: str, scheme: Scheme) -> Path:
    """Where a picture stands."""
    return FOLDER / f"{name}-{scheme}.png"


def small(png: bytes) -> bytes:
    """The upper part of a page, in as many colours as fit into `MOST_BYTES`."""
    with Image.open(BytesIO(png)) as whole:
        image = whole.convert("RGB").crop((0, 0, whole.width, min(whole.height, HEIGHT)))
    written = b""
    for colours in _COLOURS:
        drawn = BytesIO()
        image.quantize(colours, dither=Image.Dither.NONE).save(drawn, format="png", optimize=True)
        written = drawn.getvalue()
        if len(written) <= MOST_BYTES:
            break
    return written


def write(home: str) -> None:
    """All pictures, of a copy of `home`."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        copy = str(shutil.copytree(home, Path(folder) / "home"))
        pages = pages_of(copy)
        with _serving(copy) as url:
            for scheme in SCHEMES:
                for name, png in _screens(url, pages, scheme):
                    path = file_of(name, scheme)
                    path.write_bytes(small(png))
                    print(f"{path.relative_to(FOLDER.parents[2])}: {path.stat().st_size:,} bytes")


@contextmanager
def _serving(home: str) -> Generator[str]:
    code = "from actsearch.service.cli import main; main()"
    command = [sys.executable, "-c", code, "serve", "--no-runner", "--port", "0", "--home", home]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        try:
            said = process.stderr.readline()
            if " at http://" not in said:
                raise ActsearchError(f"`actsearch serve` does not: {said}{process.stderr.read()}")
            yield said.split(" at ")[1].split("/api/v1")[0]
        finally:
            process.kill()


def _screens(url: str, pages: Mapping[str, str], scheme: Scheme) -> Generator[tuple[str, bytes]]:
    from playwright.sync_api import sync_playwright

    path = next(filter(None, map(shutil.which, _BROWSERS)), None)
    if path is None:
        raise ActsearchError(f"there is no browser on PATH: one of {', '.join(_BROWSERS)} would do")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": WIDTH, "height": 900}, color_scheme=scheme)
        for name, place in pages.items():
            page.goto(f"{url}{place}", wait_until="networkidle")
            page.wait_for_timeout(300)  # a chart fades in
            yield name, page.screenshot(full_page=True)


def main() -> int:
    """0, or 2 where HOME or the browser is missing."""
    parser = argparse.ArgumentParser(
        prog="python -m docs.generator.screens", description="take the pictures of the dashboard"
    )
    parser.add_argument("home", metavar="HOME", help="a data folder in which a job is done")
    home = parser.parse_args().home
    try:
        if not Path(home).is_dir():
            raise ActsearchError(f"`{home}` is no data folder")
        write(home)
    except ActsearchError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
