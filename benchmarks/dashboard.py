"""The dashboard in a real browser, at 100,000 trials: the first page, its first drawing, an update of a job.

    python -m benchmarks.dashboard              # one table; needs Chromium

Pages are asked for in turn of one server process; a drawing counts from the request until the chart stands
in the page.
"""

import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence

import httpx

from actsearch.storage import open_store

from . import trials
from .served import serving
from .table import Row, command, row

__all__ = ["measure"]

TRIALS = 100_000

PAGE_MS, DRAWN_MS = 200.0, 1000.0
PAGE_BYTES, LIVE_BYTES = 200_000, 20_000

PAGES = {
    "the first page": "/",
    "a board": f"/?task={trials.TASK.name}",
    "a job": f"/jobs/{trials.JOB}",
    "an update of a job": f"/jobs/{trials.JOB}/live",
    "a function": f"/activations/{trials.key_of(3)}",
    "the zoo": "/zoo",
}

_BROWSERS = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")

_ASKED = 20


def measure(quick: bool) -> list[Row]:
    """Times against what they may be, sizes, and the time to the first drawing."""
    repeats, many = (2, 1000) if quick else (5, TRIALS)
    with tempfile.TemporaryDirectory() as folder:
        with open_store(folder) as store:
            trials.grow(store, many)
        with serving(folder) as client:
            url = str(client.base_url).split("/api/v1")[0]
            spent: dict[str, list[float]] = {name: [] for name in PAGES}
            sizes: dict[str, int] = {}
            with httpx.Client(base_url=url, timeout=60.0) as pages:
                for repeat in range(repeats + 1):  # the first one warms caches
                    for name, place in PAGES.items():
                        ms, sizes[name] = _asked(pages, place)
                        spent[name] += [ms] if repeat else []
            return [*_times(spent, many), *_sizes(sizes), _drawn(url, repeats)]


def _asked(client: httpx.Client, place: str) -> tuple[float, int]:
    took: list[float] = []
    size = 0
    for _ in range(_ASKED):
        began = time.perf_counter()
        size = len(client.get(place).raise_for_status().content)
        took.append(1000 * (time.perf_counter() - began))
    return statistics.median(took), size


def _times(spent: dict[str, list[float]], many: int) -> list[Row]:
    told = "; ".join(f"{name} {statistics.median(ms):.1f} ms" for name, ms in spent.items())
    first = [ms / PAGE_MS for ms in spent["the first page"]]
    return [row(f"the first page, {many:,} trials", f"{PAGE_MS:g} ms", first, at_most=1.0, notes=f"{told}.")]


def _sizes(sizes: dict[str, int]) -> list[Row]:
    limits = {"the first page": PAGE_BYTES, "an update of a job": LIVE_BYTES}
    return [
        row(
            f"size of {name}",
            f"{limit / 1000:g} kB",
            [sizes[name] / limit],
            at_most=1.0,
            notes=f"{sizes[name] / 1000:.1f} kB",
        )
        for name, limit in limits.items()
    ]


def _drawn(url: str, repeats: int) -> Row:
    """Each time in a browser that has nothing in its cache."""
    name, against = "the first drawing of a function", f"{DRAWN_MS:g} ms"
    path = next(filter(None, map(shutil.which, _BROWSERS)), None)
    if path is None:
        return row(name, against, [], at_most=1.0, notes="not measured: there is no Chromium here")
    took = _chart_ms(url, path, repeats)
    notes = f"{statistics.median(took):.0f} ms from the request of its page, with an empty cache"
    return row(name, against, [ms / DRAWN_MS for ms in took], at_most=1.0, notes=notes)


def _chart_ms(url: str, path: str, repeats: int) -> Sequence[float]:
    from playwright.sync_api import sync_playwright

    took: list[float] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        for _ in range(repeats):
            with browser.new_context() as context:
                page = context.new_page()
                began = time.perf_counter()
                page.goto(f"{url}/activations/{trials.key_of(3)}", wait_until="commit")
                page.locator(".chart canvas").first.wait_for()
                took.append(1000 * (time.perf_counter() - began))
    return took


if __name__ == "__main__":
    sys.exit(command(measure, "what the dashboard costs at many trials, in a real browser"))
