"""Where an exported function comes from, in words that cannot break the file they stand in."""

import ast
from dataclasses import replace
from typing import Any

import pytest

from actsearch.export import Found, export
from actsearch.primitives import Protocol, Standing, TaskInfo, Verdict, key, parse, point

PROTOCOL = Protocol(phase="confirm", epochs=40, batch=432)
TASK = TaskInfo(
    name="inr-image", hash="3f2a45c06d669469", title="Photograph", description="", score="PSNR", unit="dB",
    chance=10.0, default=point(lr=0.01), grid=(), baselines=(), search=PROTOCOL, confirm=PROTOCOL,
)  # fmt: skip
VERDICTS = (
    Verdict(against="relu", difference=2.5, low=2.0, high=3.0, p=0.001, word="better"),
    Verdict(against="sin", difference=0.1, low=-0.5, high=0.7, p=0.7, word="not distinguishable"),
    Verdict(against="siren", difference=-1.25, low=-2.0, high=-0.5, p=0.01, word="worse"),
)
STANDING = Standing(
    key="k", text="x*sin(x)", name="x*sin(x)", role="leader", protocol=PROTOCOL,
    point=point(lr=0.01, omega=10), seeds=(10000, 10001, 10002), scores=(24.0, 24.5, None), mean=24.25,
    low=23.5, high=25.0, diverged=1, step_ratio=1.5, weights=8577, verdicts=VERDICTS,
)  # fmt: skip
FOUND = Found(
    text="x*sin(x)", key=key(parse("x*sin(x)")), version="1.2.3", task=TASK, standing=STANDING,
    job="abcdef012345", confirmed="2026-01-31",
)  # fmt: skip


def docstring(found: Found) -> str:
    text = ast.get_docstring(ast.parse(export(found, "torch")))
    assert text is not None
    return " ".join(text.split())


def test_a_confirmed_function_says_how_it_was_confirmed() -> None:
    text = docstring(FOUND)
    for part in (
        "formula x*sin(x)",
        FOUND.key,
        "inr-image (content 3f2a45c06d669469)",
        "2026-01-31, job abcdef012345, 3 fresh seeds, 1 of them diverged",
        "lr 0.01, omega 10, 40 epochs, batch 432, adam",
        "PSNR 24.25 dB on test, 95 % interval 23.5 to 25",
        "better than relu by +2.5 dB (+2 to +3)",
        "not distinguishable from sin by +0.1 dB (-0.5 to +0.7)",
        "worse than siren by -1.25 dB (-2 to -0.5)",
        "1.5 times the seconds",
        "actsearch 1.2.3",
        r"\sin",
    ):
        assert part in text


def test_an_unconfirmed_function_says_so() -> None:
    text = docstring(replace(FOUND, standing=None))
    assert "confirmed never" in text
    assert "24.25" not in text


def test_a_cost_that_was_not_measured_is_not_said() -> None:
    text = docstring(replace(FOUND, standing=replace(STANDING, step_ratio=float("nan"))))
    assert "cost" not in text
    assert "nan" not in text


@pytest.mark.parametrize("evil", ['"""', "\\", '\\"""\nimport os', "'''", "line\nbreak", "$facts ${x}"])
def test_no_name_can_break_out_of_the_docstring(evil: str) -> None:
    task = replace(TASK, name=evil, title=f"{evil}{evil}")
    text = export(replace(FOUND, task=task, job=evil), "torch")
    wanted = ast.dump(ast.Module(ast.parse(export(FOUND, "torch")).body[1:], []))
    assert ast.dump(ast.Module(ast.parse(text).body[1:], [])) == wanted


def test_the_multiple_of_the_learning_rate_is_kept() -> None:
    standing = replace(STANDING, protocol=replace(PROTOCOL, activation_lr=0.5))
    namespace: dict[str, Any] = {"__name__": "found"}
    exec(export(replace(FOUND, text="a*sin(x) | a=1.0", standing=standing), "torch"), namespace)
    torch: Any = namespace["torch"]
    net = torch.nn.Sequential(torch.nn.Linear(2, 3), namespace["Activation"](3), torch.nn.Linear(3, 1))
    network, activations = namespace["parameter_groups"](net, 0.1, 0.01)
    assert (network["lr"], network["weight_decay"]) == (0.1, 0.01)
    assert (activations["lr"], activations["weight_decay"]) == (0.05, 0.0)
    assert activations["params"] == [net[1].a]
    assert len(network["params"]) == 4
    torch.optim.AdamW([network, activations])
