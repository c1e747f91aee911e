"""The dashboard in a real browser, on a search that was run: nothing is inserted by these tests.

The database is made by `actsearch search --task inr-image` with a reduced budget: 6 candidates of 3 epochs,
the best 2 confirmed on 2 seeds beside two baselines.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, Page, expect

from actsearch.storage import open_store, views

from .chromium import browser as open_browser
from .chromium import serving, watched

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

ASKED = (
    "--task inr-image --trials 6 --batch 3 --epochs 3 --leaders 2 --confirm-seeds 2 --baselines relu "
    "--baselines siren --workers 1 --no-picture"
)

PATIENCE_MS = 240_000

SERIOUS = {"serious", "critical"}

TAKE = """
import sys, torch
from {module} import Activation
torch.manual_seed(0)
found = Activation(4)
out = found(torch.linspace(-2.0, 2.0, 8 * {pieces}).reshape(2, 4 * {pieces}))
assert out.shape == (2, 4) and bool(torch.isfinite(out).all())
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Nobody changes it."""
    home = tmp_path_factory.mktemp("made")
    code = "from actsearch.service.cli import main; main()"
    command = [sys.executable, "-c", code, "search", *ASKED.split(), "--home", str(home)]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "ACTSEARCH_MLFLOW": "off"}
    subprocess.run(command, check=True, capture_output=True, timeout=600, env=environment)
    return home


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with open_browser() as found:
        yield found


@pytest.fixture(scope="module")
def url(made: Path, browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Of a service on a copy; `browser` is asked for first, so that nothing starts where there is none."""
    home = shutil.copytree(made, tmp_path_factory.mktemp("served") / "home")
    with serving(str(home)) as url:
        yield url


@pytest.fixture
def page(browser: Browser, url: str) -> Iterator[Page]:
    with browser.new_context(viewport={"width": 1300, "height": 900}) as context:
        page = context.new_page()
        page.set_default_timeout(30_000)
        with watched(page, url):
            yield page


@pytest.fixture(scope="module")
def places(made: Path) -> dict[str, str]:
    """Every page, by its name."""
    with open_store(str(made)) as store:
        (job,) = store.jobs.all()
        key = next(one.key for one in store.standings.of(job.id) if one.role == "leader")
    return {
        "board": "/",
        "task": "/?task=inr-image",
        "cost": "/?task=inr-image&view=cost",
        "activation": f"/activations/{key}?also=gelu",
        "jobs": "/jobs",
        "job": f"/jobs/{job.id}",
        "new job": "/jobs/new",
        "compare": f"/compare?f=gelu&f=relu&f={key}",
        "playground": "/playground?e=x*sin(a*x)+|+a%3D1.0&also=gelu",
        "gate": "/playground?e=swiglu",
        "refused": "/playground?e=x*sin(a*x)",
        "zoo": "/zoo",
        "sign in": "/sign-in",
    }


def curve(page: Page) -> bytes:
    """The pixels of the chart."""
    return page.locator(".chart canvas").first.screenshot()


def changed(page: Page, before: bytes) -> None:
    """The chart is drawn anew, soon."""
    for _ in range(100):
        if curve(page) != before:
            return
        page.wait_for_timeout(100)
    raise AssertionError("the chart is as it was")


def drawn(page: Page) -> None:
    """Once the chart stands where the drawing was."""
    expect(page.locator(".chart canvas").first).to_be_visible(timeout=30_000)
    page.wait_for_load_state("networkidle")


def test_from_a_form_to_a_module_that_runs(page: Page, url: str, tmp_path: Path) -> None:
    page.goto(f"{url}/jobs/new")
    wanted = {
        "task": "inr-image",
        "trials": "4",
        "seed": "5",
        "epochs": "2",
        "leaders": "1",
        "confirm_seeds": "2",
    }
    for name, value in wanted.items():
        page.fill(f"[name={name}]", value)
    page.click("summary")
    page.fill("[name=baselines]", "relu; siren")
    page.fill("[name=workers]", "1")
    expect(page.locator("#preview")).to_contain_text("--baselines relu --baselines siren")
    expect(page.locator("#preview .drawing")).to_have_count(10)
    page.click("button.main")
    page.wait_for_url(re.compile(r"/jobs/[0-9a-f]{12}$"), timeout=PATIENCE_MS)
    live = page.locator("#live")
    seen = {live.get_attribute("data-state")}
    expect(page.locator("#live .numbers div").first).not_to_have_text(
        "0 of 4 candidates", timeout=PATIENCE_MS
    )
    seen.add(live.get_attribute("data-state"))
    expect(live).to_have_attribute("data-state", "done", timeout=PATIENCE_MS)
    assert seen & {"queued", "running", "confirming"}, "it was watched while it ran"
    leader = page.locator("tr.leader .function").first
    expect(leader).to_be_visible(timeout=PATIENCE_MS)
    job = page.url.rsplit("/", 1)[1]

    page.goto(f"{url}/?task=inr-image&shown=confirmed")
    row = page.locator("tr.leader", has=page.locator(f'a[href="/jobs/{job}"]')).first
    row.locator("a.function").click()
    page.wait_for_url("**/activations/*")
    drawn(page)
    key = page.url.rsplit("/", 1)[1]
    with page.expect_download() as taken:
        page.click("text=torch module")
    name = taken.value.suggested_filename
    assert name.startswith("activation_")
    taken.value.save_as(tmp_path / name)
    pieces = 2 if "x1" in (page.locator("h1").get_attribute("aria-label") or "") else 1
    code = TAKE.format(module=name.removesuffix(".py"), pieces=pieces)
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr
    assert key in (tmp_path / name).read_text(encoding="utf-8")


def test_a_parameter_is_dragged_and_the_curve_follows(page: Page, url: str) -> None:
    page.goto(f"{url}/playground?e=x*tanh(b*x)+|+b%3D1.0")
    drawn(page)
    before = curve(page)
    slider = page.locator(".sliders input").first
    box = slider.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] * 0.62, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.95, box["y"] + box["height"] / 2, steps=8)
    page.mouse.up()
    expect(page.locator(".sliders output").first).not_to_have_text("1")
    changed(page, before)
    slider.focus()
    shown = page.locator(".sliders output").first.inner_text()
    page.keyboard.press("ArrowLeft")
    expect(page.locator(".sliders output").first).not_to_have_text(shown)


def test_what_is_typed_is_drawn_at_once(page: Page, url: str) -> None:
    page.goto(f"{url}/playground")
    field = page.locator("[name=e]")
    field.fill("")
    field.press_sequentially("sin(x)*x")
    expect(page.locator("#result h2").first).to_have_attribute("aria-label", re.compile(r"sin\(x\)"))
    drawn(page)
    assert "e=sin" in page.url, "the address is permanent"
    field.fill("sin(")
    expect(page.locator("#result .error")).to_be_visible()
    field.fill("relu(x) - relu(x)")
    expect(page.locator("#result .screen")).to_have_class(re.compile("refused"))
    page.fill("[name=e]", "gelu")
    expect(page.locator("#result")).to_contain_text("Known as gelu")
    page.reload()
    expect(page.locator("[name=e]")).to_have_value("gelu")


def test_functions_are_compared(page: Page, url: str, places: dict[str, str]) -> None:
    page.goto(f"{url}/compare")
    page.fill("[name=f] >> nth=0", "relu")
    page.fill("[name=f] >> nth=1", "gelu")
    page.click("button.main")
    page.wait_for_url("**/compare?f=relu&f=gelu*")
    drawn(page)
    heads = page.locator(".side thead th")
    expect(heads).to_have_count(3)
    expect(page.locator(".side")).to_contain_text("on inr-image")


def test_the_zoo_leads_to_every_function(page: Page, url: str) -> None:
    page.goto(f"{url}/zoo")
    page.click("text=mish >> nth=0")
    page.wait_for_url("**/playground?e=mish")
    drawn(page)


def test_the_leaderboard_by_the_keyboard_alone(page: Page, url: str) -> None:
    page.goto(f"{url}/")
    page.keyboard.press("Tab")
    expect(page.locator("a.skip")).to_be_focused()
    page.keyboard.press("Enter")
    assert page.url.endswith("#content")
    page.keyboard.press("Tab")
    focused = page.locator(":focus")
    expect(focused).to_have_attribute("name", "task")
    for _ in range(20):
        if focused.get_attribute("name") == "words":
            break
        page.keyboard.press("Tab")
    page.keyboard.type("relu")
    page.keyboard.press("Enter")
    page.wait_for_url("**words=relu*")
    assert "shown=" not in page.url, "what is not asked for stays out of the address"
    rows = page.locator("a.function")
    assert rows.count() >= 1
    for text in rows.evaluate_all("all => all.map(one => one.title)"):
        assert "relu" in text
    rows.first.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/activations/*")


def test_a_choice_is_shown_at_once(page: Page, url: str) -> None:
    page.goto(f"{url}/")
    page.select_option("[name=shown]", "confirmed")
    page.wait_for_url("**shown=confirmed*")
    expect(page.locator("tbody.search")).to_have_count(0)


def test_the_theme_is_kept(page: Page, url: str, places: dict[str, str]) -> None:
    page.goto(f"{url}{places['playground']}")
    drawn(page)
    paper = "getComputedStyle(document.body).color"
    light, chart = page.evaluate(paper), curve(page)
    page.click("button.theme")
    assert page.evaluate(paper) != light
    changed(page, chart)
    page.goto(f"{url}/zoo")
    assert page.locator("html").get_attribute("data-theme") == "dark"
    page.click("button.theme")
    assert page.evaluate(paper) == light


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_screen_reader_and_a_keyboard_reach_everything(
    scheme: str, browser: Browser, url: str, places: dict[str, str]
) -> None:
    with browser.new_context(color_scheme="dark" if scheme == "dark" else "light") as context:
        page = context.new_page()
        found: dict[str, list[str]] = {}
        with watched(page, url):
            for name, place in places.items():
                page.goto(f"{url}{place}", wait_until="networkidle")
                violations = Axe().run(page).response["violations"]
                found[name] = [
                    f"{one['id']}: {one['nodes'][0]['html'][:120]}"
                    for one in violations
                    if one["impact"] in SERIOUS
                ]
        assert not {name: faults for name, faults in found.items() if faults}


@pytest.mark.parametrize("width", [390, 320])
def test_on_a_phone_nothing_reaches_beyond_the_edge(
    width: int, browser: Browser, url: str, places: dict[str, str]
) -> None:
    with browser.new_context(viewport={"width": width, "height": 800}, is_mobile=True) as context:
        page = context.new_page()
        with watched(page, url):
            for name, place in places.items():
                page.goto(f"{url}{place}", wait_until="networkidle")
                wide = page.evaluate("document.documentElement.scrollWidth")
                assert wide <= width, f"{name} is {wide} wide"


def test_without_javascript_everything_is_read_and_asked_for(
    browser: Browser, url: str, places: dict[str, str]
) -> None:
    with browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        for place in places.values():
            answer = page.goto(f"{url}{place}")
            assert answer is not None
            assert answer.status == 200
        page.goto(f"{url}/?task=inr-image")
        visible(page.locator("tr.leader .drawing").first)
        visible(page.locator("tr.leader math").first)
        page.select_option("[name=shown]", "search")
        page.click("text=Show >> nth=0")
        page.wait_for_url("**shown=search*")
        page.goto(f"{url}/playground")
        page.fill("[name=e]", "cos(x)")
        page.click("button.main")
        visible(page.locator(".chart .drawing"))
        page.goto(f"{url}{places['job']}")
        expect(page.locator("body")).to_contain_text("Confirmed")


def visible(found: Locator) -> None:
    box = found.bounding_box()
    assert box is not None
    assert box["width"] > 0


def test_the_search_made_what_is_shown(made: Path) -> None:
    """The tests above stand on a search that came to its end."""
    with open_store(str(made)) as store:
        (job,) = store.jobs.all()
        assert job.state == "done"
        assert sum(row.confirmed for row in views.leaderboard(store)) == 4
