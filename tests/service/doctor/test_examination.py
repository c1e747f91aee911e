"""`examine`: every check is told, in time, whatever it does."""

import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from actsearch.primitives import StoreError
from actsearch.service.doctor import CHECKS, examine, worst
from actsearch.service.doctor.finding import STATES, Finding


def test_every_check_of_the_table_is_told_in_its_order(tmp_path: Path) -> None:
    found = examine(str(tmp_path / "home"))
    assert [one.name for one in found] == list(CHECKS)
    for one in found:
        assert one.state in STATES
        assert one.sentence
        assert one.state == "ok" or one.advice
    assert worst(found) != "bad", found
    assert not (tmp_path / "home").exists()


def test_a_check_that_hangs_or_breaks_is_a_finding_and_the_others_are_told() -> None:
    forever = threading.Event()

    def hang(_home: str) -> Finding:
        forever.wait()
        return Finding("hang", "ok", "never")

    def refuse(_home: str) -> Finding:
        raise StoreError("`x` is no database")

    def break_down(_home: str) -> Finding:
        raise ZeroDivisionError("of\nit")

    checks = {
        "hang": hang,
        "refuse": refuse,
        "break": break_down,
        "well": lambda home: Finding("well", "ok", home),
    }
    started = time.monotonic()
    found = {one.name: one for one in examine("home", checks, limit_s=0.3)}
    assert time.monotonic() - started < 5
    forever.set()
    assert list(found) == list(checks)
    assert found["hang"].sentence == "does not answer within 0.3 s"
    assert found["refuse"].sentence == "`x` is no database"
    assert found["break"].sentence == "the look itself failed: ZeroDivisionError: of it"
    assert [one.state for one in found.values()] == ["bad", "bad", "bad", "ok"]
    assert found["well"].sentence == "home"


@pytest.mark.parametrize(
    ("states", "wanted"),
    [((), "ok"), (("ok", "ok"), "ok"), (("warn", "ok"), "warn"), (("ok", "bad", "warn"), "bad")],
)
def test_the_worst_counts(states: tuple[str, ...], wanted: str) -> None:
    assert worst([Finding("x", state, "") for state in STATES if state in states]) == wanted


def test_it_loads_nothing_that_trains(tmp_path: Path) -> None:
    code = (
        "import sys; from actsearch.service.doctor import examine\n"
        f"examine({str(tmp_path)!r})\n"
        "heavy = {'torch', 'ray', 'sklearn', 'mlflow', 'matplotlib', 'optuna'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)
