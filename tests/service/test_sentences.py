"""Properties in words."""

from dataclasses import replace

import pytest

from actsearch.primitives import ZOO, Protocol, parse, point, properties
from actsearch.service.sentences import facts, number, training
from actsearch.storage.trained import Rate, Trained


def said(text: str) -> dict[str, str]:
    return {name: words for pairs in facts(properties(parse(text))).values() for name, words in pairs}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("relu", {"range": "[0, inf)", "moves": "rests to 0, rises", "kinks at": "0", "at the right": "x",
                  "dead": "50 %", "smoothness": "continuous, with kinks",
                  "initialise by": "He (gain sqrt 2)"}),
        ("1/x", {"range": "(-inf, inf)", "E f²": "none", "lipschitz": "unbounded", "symmetry": "odd"}),
        ("sin(x)", {"moves": "turns 6 times within 10", "at the left": "no line", "range": "[-1, 1]",
                    "crosses 0 at": "7 within 10", "smoothness": "analytic"}),
        ("sin(100*x)", {"moves": "turns over 200 times"}),
        ("3", {"moves": "constant", "range": "[3, 3]", "dead": "100 %"}),
        ("sqrt(x)", {"undefined": "50 %", "moves": "undefined to 0, rises"}),
        ("0.5*x - 2", {"at the left": "0.5*x - 2"}),
        ("swiglu", {"in x": "neither", "in x1": "odd", "affine in": "x1", "pieces": "have their places"}),
        ("maxout", {"affine in": "none", "pieces": "may change places"}),
        ("x - axis_mean(x)", {"over an axis": "no function of single numbers"}),
        ("exp(x)", {"float16": "finite at 87.8 % up to 1e4, off by 0.0018 at most"}),
    ],
)  # fmt: skip
def test_facts_are_said_in_words(text: str, words: dict[str, str]) -> None:
    found = said(text)
    assert {name: found[name] for name in words if name != "float16"} == {
        name: one for name, one in words.items() if name != "float16"
    }
    if "float16" in words:
        assert found["float16"].startswith("finite at ")


@pytest.mark.parametrize("name", ZOO)
def test_no_word_is_empty(name: str) -> None:
    assert all(name and words for name, words in said(name).items())


def test_numbers_have_four_digits_and_no_rounding_noise() -> None:
    assert (number(1 / 3), number(1e-17), number(None), number(-0.0)) == ("0.3333", "0", "none", "0")


ROW = Trained(
    task="t", task_hash="h", protocol=Protocol(epochs=9, batch=1), point=point(lr=0.1), score=-1.5,
    rates=(
        Rate(point=point(lr=0.01), score=-3.0, seeds=1, diverged=0),
        Rate(point=point(lr=0.1), score=-1.5, seeds=3, diverged=1),
    ),
    dead=(0.25, 0.0), saturated=(0.5, 0.125), grad_norm=(4.0, 1.0), gap=-0.25, final_loss=1.5, epochs=7,
    target=2.0, against="relu",
)  # fmt: skip


def test_trainings_are_said_in_words() -> None:
    heading, pairs = training(ROW)
    assert heading == "in training: t (h), search, 9 epochs, standardised, 4 trainings"
    assert dict(pairs) == {
        "best at": "lr 0.1: validation score -1.5",
        "sensitivity": "lr 0.01: -3; lr 0.1: -1.5 (1 of 3 diverged); from -3 to -1.5",
        "dead by site": "25 %, 0 %",
        "saturated": "50 %, 12.5 %",
        "gradient norms": "4, 1 (first over last: 4)",
        "loss": "validation 1.5, 0.25 below training",
        "epochs": "7 of 9 to ReLU's last loss, 2",
    }


def test_what_was_not_measured_is_left_out() -> None:
    bare = replace(
        ROW, rates=ROW.rates[:1], dead=(), saturated=(), grad_norm=(), gap=None, final_loss=None, epochs=None,
        target=None,
    )  # fmt: skip
    assert [name for name, _ in training(bare)[1]] == ["best at"]
    never = dict(training(replace(ROW, epochs=None, against="itself"))[1])
    assert never["epochs"] == "never to within 5 % of its own gain, 2"
