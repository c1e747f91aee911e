"""A headline claims what the verdicts say and no more."""

from typing import Literal

import pytest

from actsearch.primitives import Protocol, Standing, Verdict, point
from actsearch.search.board import headline

Word = Literal["better", "worse", "not distinguishable"]

WORDS: dict[str, Word] = {"+": "better", "-": "worse", "=": "not distinguishable"}


def row(name: str, mean: float, words: str = "") -> Standing:
    """A leader where it has verdicts against `relu`, `sin`, `siren`, in that order, else a baseline."""
    verdicts = tuple(
        Verdict(against=against, difference=0.0, low=0.0, high=0.0, p=0.5, word=WORDS[sign])
        for against, sign in zip(("relu", "sin", "siren"), words, strict=False)
    )
    return Standing(
        key=name,
        text=name,
        name=name,
        role="leader" if words else "baseline",
        protocol=Protocol(phase="confirm", epochs=1, batch=1),
        point=point(lr=0.1),
        seeds=(10_000, 10_001),
        scores=(mean, mean),
        mean=mean,
        low=mean,
        high=mean,
        diverged=0,
        step_ratio=1.0,
        weights=1,
        verdicts=verdicts,
    )


BASELINES = [row("relu", 21.0), row("sin", 23.0), row("siren", 24.0)]


@pytest.mark.parametrize(
    ("leaders", "words"),
    [
        (["+++"], "`f0` (25 dB) is better than relu, sin and siren"),
        (["++=", "+=-"], "`f0` (25 dB) is better than relu and sin; no leader is better than siren"),
        (
            ["+=-", "+=-"],
            "`f0` (25 dB) is better than relu; no leader is distinguishable from sin; "
            "every leader is worse than siren",
        ),
        (["===", "==="], "no leader is distinguishable from relu, sin and siren"),
        (["---"], "every leader is worse than relu, sin and siren"),
        (
            ["+==", "=+="],
            "`f0` (25 dB) is better than relu; `f1` (24.5 dB) is better than sin; "
            "no leader is distinguishable from siren",
        ),
    ],
)
def test_headline(leaders: list[str], words: str) -> None:
    rows = [row(f"f{number}", 25.0 - number / 2, signs) for number, signs in enumerate(leaders)]
    assert headline([*rows, *BASELINES], "dB") == words


def test_nothing_confirmed_claims_nothing() -> None:
    assert headline([]) == ""
    assert headline(BASELINES, "dB") == "no leader was confirmed"
