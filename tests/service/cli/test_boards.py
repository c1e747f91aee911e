"""Boards fit 80 columns, whatever the formulas are."""

import io
from typing import Any

import pytest
from rich.console import Console

from actsearch.primitives import Protocol, Standing, TaskInfo, Verdict, point
from actsearch.service.cli.boards import board_tables, decimals

PROTOCOL = Protocol(phase="confirm", epochs=1, batch=1)
INFO = TaskInfo(
    name="t", hash="h", title="t", description="", score="PSNR", unit="dB", chance=0.0, default=point(lr=1),
    grid=(point(lr=1),), baselines=(), search=Protocol(epochs=1, batch=1), confirm=PROTOCOL,
)  # fmt: skip
BASELINES = ("siren", "relu-fourier", "sin", "gaussian", "tanh", "gelu", "relu")
WORDS = ("better", "worse", "not distinguishable")


def standing(name: str, role: Any, mean: float, **changes: Any) -> Standing:
    verdicts = tuple(
        Verdict(against=other, difference=0.5 * place, low=-1.0, high=1.0, p=0.5, word=WORDS[place % 3])  # type: ignore[arg-type]
        for place, other in enumerate(BASELINES)
    )
    values: dict[str, Any] = {
        "key": "k", "text": name, "name": name, "role": role, "protocol": PROTOCOL, "point": point(lr=1),
        "seeds": (0, 1), "scores": (mean, mean), "mean": mean, "low": mean - 1, "high": mean + 1,
        "diverged": 0, "step_ratio": 1.25, "weights": 8577, "verdicts": verdicts if role == "leader" else (),
    }  # fmt: skip
    return Standing(**{**values, **changes})


def shown(rows: list[Standing]) -> str:
    out = io.StringIO()
    Console(file=out, width=80, markup=False).print(board_tables(rows, INFO))
    return out.getvalue()


def board(**changes: Any) -> list[Standing]:
    long = "sin(3.25*x + softplus(x1)*tanh(a*x))*exp(-b*abs(x - 0.5)) | a=1.0 channel, b=0.25"
    leaders = [standing(f"{long}, c={number}", "leader", 26.0 - number, **changes) for number in range(5)]
    rest = [standing(name, "baseline", 25.5 - place) for place, name in enumerate(BASELINES)]
    return sorted([*leaders, *rest], key=lambda row: -row.mean)


def test_everything_stands_in_80_columns() -> None:
    text = shown(board())
    assert max(map(len, text.splitlines())) <= 80
    joined = "".join(text.split())
    for part in ("PSNR[dB]", "26.00", "25.00to27.00", "1.25x", "▲+0.00", "▼+0.50", "≈+1.00", "relu-fourier"):
        assert part in joined
    assert "…" not in text


def test_formulas_are_whole() -> None:
    long = "x*sin(x)^2/(1.0+cos(x)^2)" * 3
    header, *rows = shown([standing(long, "leader", 3.0)]).splitlines()
    start, end = header.index("function"), header.index("PSNR")
    assert long in "".join(row[start:end].strip() for row in rows)


@pytest.mark.parametrize(("field", "header"), [("weights", "weights"), ("diverged", "diverged")])
def test_what_is_the_same_everywhere_has_no_column(field: str, header: str) -> None:
    rows = [standing("relu", "baseline", 1.0), standing("tanh", "baseline", 0.5)]
    assert header not in shown(rows)
    rows.append(standing("sin", "baseline", 0.2, **{field: 2}))
    assert header in shown(rows)


def test_a_step_that_was_not_measured_is_left_out() -> None:
    assert "nan" not in shown([standing("relu", "baseline", 1.0, step_ratio=float("nan"))])


@pytest.mark.parametrize(("mean", "digits"), [(24.31, 2), (-3.2, 3), (-0.1336, 4)])
def test_digits_follow_the_size_of_scores(mean: float, digits: int) -> None:
    assert decimals([standing("relu", "baseline", mean)]) == digits


def test_the_signs_are_explained_once() -> None:
    assert shown(board()).count("not distinguishable") == 1
