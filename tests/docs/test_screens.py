"""Pictures of the dashboard: small, cut, one of each page in light and dark, and all shown in its page."""

import re
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from actsearch.primitives import ActsearchError
from docs.generator.screens import FOLDER, HEIGHT, MOST_BYTES, SCHEMES, WIDTH, pages_of, small

PAGE = FOLDER.parents[1] / "dashboard.md"


def test_a_long_page_is_cut_and_its_file_is_small() -> None:
    rng = np.random.default_rng(0)
    noisy = rng.integers(0, 256, (3000, 200, 3), dtype=np.uint8)
    plain = np.full((3000, WIDTH - 200, 3), 255, dtype=np.uint8)
    whole = BytesIO()
    Image.fromarray(np.concatenate([noisy, plain], axis=1)).save(whole, format="png")
    with Image.open(BytesIO(small(whole.getvalue()))) as image:
        assert image.size == (WIDTH, HEIGHT)
    assert len(small(whole.getvalue())) < len(whole.getvalue()) / 3


def test_a_short_page_keeps_its_height() -> None:
    drawn = BytesIO()
    Image.new("RGB", (WIDTH, 500), "white").save(drawn, format="png")
    with Image.open(BytesIO(small(drawn.getvalue()))) as image:
        assert image.size == (WIDTH, 500)


def test_a_folder_without_a_board_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ActsearchError, match="no confirmed board"):
        pages_of(str(tmp_path))


def test_every_picture_is_there_small_and_shown() -> None:
    shown = set(re.findall(r"images/dashboard/([a-z-]+\.png)", PAGE.read_text(encoding="utf-8")))
    files = {path.name: path for path in FOLDER.glob("*.png")}
    assert shown == set(files)
    assert {name.rsplit("-", 1)[1] for name in files} == {f"{scheme}.png" for scheme in SCHEMES}
    for name, path in files.items():
        assert path.stat().st_size <= MOST_BYTES, name
        with Image.open(path) as image:
            assert image.width == WIDTH
            assert image.height <= HEIGHT
