"""Pictures of functions: whole files of the asked format, the same at every call, whatever the function."""

from io import BytesIO
from typing import Any
from xml.etree import ElementTree

import matplotlib
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from actsearch.primitives import ActsearchError, canonical_text, key, load_grammar, parse, random_expr
from actsearch.primitives.ops import over_axis
from actsearch.service.figures import SUFFIXES, must_be_picture
from actsearch.service.functions import Listed
from actsearch.service.gallery import MOST, gallery
from actsearch.service.portrait import portrait
from actsearch.service.strokes import bounds, stroke

TEXTS = ["gelu", "step", "1/x", "sqrt(x)", "3", "prelu", "swiglu", "max(x, max(x1, x2))", "exp(exp(x))",
         "sqrt(-1 - x^2)", "1e30*x", "sin(1000*x)"]  # fmt: skip


def listed(text: str) -> Listed:
    return Listed(text, key(parse(text)), canonical_text(parse(text)))


def pixels(data: bytes) -> np.ndarray[Any, Any]:
    with Image.open(BytesIO(data)) as opened:
        assert opened.format == "PNG"
        return np.asarray(opened.convert("RGB"))


@pytest.mark.parametrize("text", TEXTS)
def test_any_function_is_drawn_within_the_picture(text: str) -> None:
    drawn = pixels(portrait(parse(text), ".png"))
    assert drawn.shape[:2] == (832, 1300)
    for edge in (drawn[:4], drawn[-4:], drawn[:, :4], drawn[:, -4:]):
        assert (edge == 255).all(), text
    assert (drawn.reshape(-1, 3) == (0xC2, 0x41, 0x0C)).all(1).any() or "x1" in text or "sqrt(-" in text \
        or text == "swiglu"  # fmt: skip


@settings(max_examples=5, deadline=None, derandomize=True)
@given(seed=st.integers(0, 2**32 - 1))
def test_random_functions_are_drawn(seed: int) -> None:
    expr = random_expr(np.random.default_rng(seed), load_grammar("extended"))
    if not over_axis(expr):
        assert pixels(portrait(expr, ".png")).size


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_each_format_is_one_and_repeats_itself(suffix: str) -> None:
    before = dict(matplotlib.rcParams)
    for draw in (lambda: portrait(parse("gelu"), suffix), lambda: gallery([listed("relu")], suffix)):
        first, second = draw(), draw()
        assert first == second
        start = {".png": b"\x89PNG", ".svg": b"<?xml", ".pdf": b"%PDF"}[suffix]
        assert first.startswith(start)
    assert dict(matplotlib.rcParams) == before


def test_an_svg_holds_its_words() -> None:
    root = ElementTree.fromstring(portrait(parse("relu"), ".svg"))
    assert root.tag.endswith("svg")


@pytest.mark.parametrize("name", ["a.jpg", "a", "a.png.txt", ".png"])
def test_other_suffixes_are_one_sentence(name: str) -> None:
    from pathlib import Path

    with pytest.raises(ActsearchError, match=r"\.png, \.svg or \.pdf"):
        must_be_picture(Path(name))
    must_be_picture(Path("A.PNG"))


def test_what_is_over_an_axis_is_not_drawn() -> None:
    text = "x - axis_mean(x)"
    for draw in (lambda: portrait(parse(text), ".png"), lambda: gallery([listed(text)], ".png")):
        with pytest.raises(ActsearchError, match="over an axis"):
            draw()


@pytest.mark.parametrize("count", [1, 2, 6, 7, 13])
def test_a_gallery_has_room_for_each(count: int) -> None:
    texts = (TEXTS * 2)[:count]
    drawn = pixels(gallery([listed(text) for text in texts], ".png"))
    rows = -(-count // 6)
    assert drawn.shape[0] == pytest.approx(110 * (1.75 * rows + 0.4), abs=1)
    assert (drawn[:2] == 255).all()
    assert (drawn[:, -2:] == 255).all()


def test_a_gallery_has_an_end() -> None:
    with pytest.raises(ActsearchError, match=f"--limit {MOST}"):
        gallery([listed("relu")] * (MOST + 1), ".png")


BREAKS = {"relu": 0, "step(x)": 1, "1/x": 1, "hardshrink": 2, "x^3": 0, "1/(x^2 - 1)": 2, "sin(20*x)": 0}


@pytest.mark.parametrize(("text", "breaks"), BREAKS.items())
def test_curves_are_open_at_jumps_and_poles(text: str, breaks: int) -> None:
    drawn = stroke(parse(text))
    missing = ~np.isfinite(drawn.values)
    assert int(np.sum(np.diff(np.concatenate([[False], missing]).astype(int)) == 1)) == breaks
    assert np.all(np.diff(drawn.xs) > 0)


def test_axes_hold_all_but_outliers() -> None:
    low, high = bounds(np.linspace(-3.0, 5.0, 100))
    assert (low <= -3.0, high >= 5.0) == (True, True)
    x = np.linspace(-4.0, 4.0, 1600)
    low, high = bounds(1 / x)
    assert -20 < low < -1
    assert bounds(np.array([np.nan])) == (-1.0, 1.0)
    assert bounds(np.array([2.0, 2.0]))[0] < 2.0 < bounds(np.array([2.0, 2.0]))[1]
