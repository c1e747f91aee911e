"""Pictures: whole PNG files, with what belongs on them, whatever the board holds."""

from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from actsearch.primitives import Standing, Verdict
from actsearch.search import Board, Job
from actsearch.service.curves import curves_picture
from actsearch.service.picture import board_picture
from actsearch.storage import open_store
from actsearch.workers import Task, load_task

LONG = "sin(3.25*x + softplus(x1)*tanh(a*x))*exp(-b*abs(x - 0.5)^3)/(1 + x^2) | a=1.0 channel, b=0.25"


@pytest.fixture(scope="module")
def image() -> Task:
    return load_task("inr-image")


@pytest.fixture(scope="module")
def digits() -> Task:
    return load_task("digits-mlp")


def board(task: Task, *leaders: str, baselines: tuple[str, ...] = ("relu", "tanh")) -> Board:
    protocol = replace(task.info.confirm, epochs=1)

    def standing(text: str, role: Any, mean: float) -> Standing:
        verdict = Verdict(against="relu", difference=1.0, low=0.5, high=1.5, p=0.01, word="better")
        return Standing(
            key="k", text=text, name=text, role=role, protocol=protocol, point=task.info.default,
            seeds=(1, 2), scores=(mean, None), mean=mean, low=mean - 1, high=mean + 1, diverged=1,
            step_ratio=1.0, weights=9, verdicts=(verdict,) if role == "leader" else (),
        )  # fmt: skip

    rows = [standing(text, "leader", 25.0) for text in leaders]
    rows += [standing(text, "baseline", 22.0 - place) for place, text in enumerate(baselines)]
    return Board(
        job_id="j", job=Job(task=task.info.name), info=task.info, state="done", sentence="",
        headline="`a` is better", standings=tuple(rows), candidates=(), proposed=1, trained=1, rejected=0,
    )  # fmt: skip


def pixels(data: bytes) -> np.ndarray[Any, Any]:
    with Image.open(BytesIO(data)) as opened:
        assert opened.format == "PNG"
        return np.asarray(opened.convert("RGB"))


@pytest.mark.parametrize("leaders", [("x*sin(x)",), (LONG, "cos(x)", "gauss(x)"), ("step(x)",)])
def test_boards_of_images_are_drawn_without_touching_the_edge(leaders: tuple[str, ...], image: Task) -> None:
    data = board_picture(board(image, *leaders), image)
    assert data is not None
    drawn = pixels(data)
    assert drawn.shape[1] == 13 * 120
    for edge in (drawn[:4], drawn[-4:], drawn[:, :4], drawn[:, -4:]):
        assert (edge == 255).all()


def test_boards_of_other_tasks_are_drawn(digits: Task) -> None:
    data = board_picture(board(digits, "x*sin(x)"), digits)
    assert data is not None
    assert pixels(data).shape[1] == 13 * 120


def test_a_picture_repeats_itself_and_leaves_no_global_state(digits: Task) -> None:
    import matplotlib

    before = dict(matplotlib.rcParams)
    first, second = (board_picture(board(digits, "x*sin(x)"), digits) for _ in range(2))
    assert first == second
    assert dict(matplotlib.rcParams) == before


def test_without_a_leader_there_is_no_picture(digits: Task) -> None:
    assert board_picture(board(digits), digits) is None


def test_curves_of_functions_that_diverged_are_left_out(digits: Task, tmp_path: Path) -> None:
    rows = board(digits, "x*sin(x)").standings
    with open_store(tmp_path) as store:
        assert pixels(curves_picture(digits.info, rows, store)).size
