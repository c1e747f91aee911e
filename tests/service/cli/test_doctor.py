"""`actsearch doctor`: what it prints, and its exit code."""

import json
from pathlib import Path

import pytest

from actsearch.service.doctor import CHECKS

from .conftest import Call


def test_all_is_well_here(actsearch: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    before = sorted(tmp_path.iterdir())
    said = actsearch("doctor")
    assert said.code == 0, said.out
    assert all(name in said.out for name in CHECKS)
    found = json.loads(actsearch("doctor", "--json").out)
    assert [one["name"] for one in found] == list(CHECKS)
    assert {*found[0]} == {"name", "state", "sentence", "advice"}
    assert sorted(tmp_path.iterdir()) == before


def test_what_is_bad_is_exit_code_1(actsearch: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAY_ADDRESS", "nonsense")
    said = actsearch("doctor", "--home", "sqlite:////proc/none/actsearch.db", "--json")
    assert said.code == 1
    states = {one["name"]: one["state"] for one in json.loads(said.out)}
    assert (states["ray"], states["database"], states["cpu"]) == ("bad", "bad", "ok")
    assert "Traceback" not in said.err
