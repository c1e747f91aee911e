"""What goes out as JSON can be read by anything."""

import json

import pytest

from actsearch.primitives import Outcome, Protocol
from actsearch.service.cli.console import json_ready, print_json, results


def test_json_knows_neither_infinity_nor_nan(capsys: pytest.CaptureFixture[str]) -> None:
    print_json({"low": float("-inf"), "rows": (1.5, float("nan")), "names": {"a"}, 3: None, "yes": True})
    assert json.loads(capsys.readouterr().out) == {
        "low": None, "rows": [1.5, None], "names": ["a"], "3": None, "yes": True
    }  # fmt: skip


def test_records_are_objects_and_outcomes_words() -> None:
    ready = json_ready({"protocol": Protocol(epochs=1, batch=2), "outcome": Outcome.TIMED_OUT})
    assert ready["protocol"]["batch"] == 2
    assert json.dumps(ready["outcome"]) == '"timed out"'


@pytest.mark.parametrize(("columns", "width"), [("", 100), ("0", 100), ("40", 40)])
def test_output_has_a_width(columns: str, width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    assert results().width == width
