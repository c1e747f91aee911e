"""Backups: from every database into every other, of every earlier version, whole or refused."""

import gzip
import json
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import closing
from hashlib import sha256
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from actsearch.primitives.errors import StoreError, StoreVersionError
from actsearch.primitives.records import Outcome
from actsearch.storage import Store, open_store, upgrade
from actsearch.storage.backup import backup, restore
from actsearch.storage.database import FILE
from actsearch.storage.dump import digest, dump
from actsearch.storage.migrate import NEWEST
from actsearch.storage.mirrored import Note
from actsearch.storage.pages import Pages

from .lives import TASK, evaluation, live
from .stores import LASTING, new_database
from .test_dump import learn


def fill(store: Store, make: Any) -> None:
    """Something in each table, odd words and numbers among it."""
    learn(store, make, lambda rows: None, lambda: 0.125)
    store.evaluations.add([make.evaluation("odd \0 \ud800", float("-inf"), 2**70, sentence='"läuft über"')])
    store.mirrored.put("http://h", "aaaa", "job", Note("remote", {"measures": 3}))
    store.queue.allow("somebody", running=2, trials=9)
    for id in ("waits", "held"):
        store.queue.submit(id, TASK, {"trials": 4}, token="somebody", owner="Ä", project="vision", priority=1)
    lease = store.leases.claim("runner")
    assert lease is not None
    store.late.keep(lease, [evaluation("late")])


def told(store: Store) -> list[Any]:
    """All that it says of itself."""
    return [
        list(dump(store, canonical=False)),
        store.jobs.all(),
        store.queue.of("held"),
        store.queue.quota("somebody"),
        Pages(store.database).jobs(limit=9),
        store.late.of("waits"),
        store.mirrored.of("http://h", "aaaa"),
    ]


@pytest.mark.parametrize(("kind", "other"), list(product(LASTING, repeat=2)))
def test_what_was_backed_up_is_there_again_wherever_it_is_restored(
    kind: str, other: str, make: Any, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    here = new_database(kind, tmp_path, request)
    (tmp_path / "there").mkdir()
    there = new_database(other, tmp_path / "there", request)
    path = tmp_path / "copy.gz"
    with open_store(here) as store:
        fill(store, make)
        before = told(store)
        written = backup(here, path)
        read = restore(path, there)
        assert (written.revision, written.rows) == (read.revision, read.rows)
        with open_store(there) as copy:
            assert told(copy) == before
            for both in (store, copy):  # what comes after is counted on from what there was
                both.evaluations.add([make.evaluation("after")])
                both.queue.submit("after", TASK, {})
                both.late.keep(both.leases.claim("next"), [evaluation("later")])  # type: ignore[arg-type]
            moved = [[one.lane.key for one in both.evaluations.of()] for both in (store, copy)]
            assert moved[0] == moved[1]
            assert digest(dump(store, canonical=True)) == digest(dump(copy, canonical=True))
    assert path.stat().st_mode & 0o077 == 0, "for its owner alone"
    assert [one.name for one in tmp_path.glob(".copy*")] == []


ASSETS = sorted((Path(__file__).parent / "assets").glob("v*.sql"))


@pytest.mark.parametrize("asset", ASSETS, ids=lambda asset: asset.stem)
@pytest.mark.parametrize("kind", LASTING)
def test_a_backup_of_an_earlier_version_becomes_one_of_this(
    asset: Path, kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    old = tmp_path / "old"
    old.mkdir()
    with closing(sqlite3.connect(old / FILE)) as database:
        database.executescript(asset.read_text())
    home = new_database(kind, tmp_path, request)
    assert backup(old, tmp_path / "copy").revision == asset.stem[1:]
    restore(tmp_path / "copy", home)
    assert upgrade(home).before == NEWEST
    with open_store(home) as copy, open_store(old) as store:
        assert list(dump(copy, canonical=False)) == list(dump(store, canonical=False))
        assert copy.tasks.of() == store.tasks.of()


@pytest.mark.parametrize("kind", LASTING)
def test_a_backup_is_of_one_moment_while_others_write(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """Each write is of a function and its twin: no copy holds one without the other."""
    home = new_database(kind, tmp_path, request)
    stop = threading.Event()
    with open_store(home) as store:
        seed = 0

        def write() -> None:
            nonlocal seed
            while not stop.is_set():
                store.evaluations.add([evaluation("k", seed), evaluation("twin", seed)])
                seed += 1

        writer = threading.Thread(target=write)
        writer.start()
        try:
            seen: list[int] = []
            for n in range(4):
                assert backup(home, tmp_path / f"{n}").rows >= 0
                restore(tmp_path / f"{n}", f"sqlite:///{tmp_path}/{n}.db")
                with open_store(f"sqlite:///{tmp_path}/{n}.db") as copy:
                    keys = [[one.lane.seed for one in copy.evaluations.of(key=key)] for key in ("k", "twin")]
                assert keys[0] == keys[1] == list(range(len(keys[0])))
                seen.append(len(keys[0]))
        finally:
            stop.set()
            writer.join()
        assert seen == sorted(seen)
        assert seen[-1] > seen[0], "it was written while it was read"


# Files that are no backups -----------------------------------------------------------------------


def lines(path: Path) -> list[bytes]:
    return gzip.decompress(path.read_bytes()).splitlines(keepends=True)


def rewritten(change: Callable[[list[Any]], None]) -> Callable[[Path], bytes]:
    """A file that says something else, and whose sum is right."""

    def write(path: Path) -> bytes:
        content = [json.loads(line) for line in lines(path)][:-1]
        change(content)
        whole = b"".join(json.dumps(line).encode() + b"\n" for line in content)
        end = {"rows": sum(isinstance(line, list) for line in content), "sha256": sha256(whole).hexdigest()}
        return gzip.compress(whole + json.dumps(end).encode())

    return write


def newer(content: list[Any]) -> None:
    content[0]["revision"] = "ffff"


def another_format(content: list[Any]) -> None:
    content[0]["format"] = "another"


def foreign_table(content: list[Any]) -> None:
    content[1]["table"] = "pg_authid"


def foreign_column(content: list[Any]) -> None:
    content[1]["columns"][0] = "number) VALUES (1); --"


def first_row(content: list[Any]) -> list[Any]:
    return next(line for line in content if isinstance(line, list))


def long_row(content: list[Any]) -> None:
    first_row(content).append(1)


def deep_cell(content: list[Any]) -> None:
    first_row(content)[0] = {"a": 1}


def rows_of_nothing(content: list[Any]) -> None:
    content.insert(1, [1, 2])


def no_dict(content: list[Any]) -> None:
    content[0] = ["a"]


def broken_reference(content: list[Any]) -> None:
    start = next(
        n for n, line in enumerate(content) if isinstance(line, dict) and line.get("table") == "jobs"
    )
    content[start + 1][content[start]["columns"].index("task_hash")] = "nobody's"


DAMAGED: dict[str, Callable[[Path], bytes]] = {
    "empty": lambda path: b"",
    "no gzip": lambda path: b"hello, this is a text",
    "cut short": lambda path: path.read_bytes()[: path.stat().st_size // 2],
    "last line gone": lambda path: gzip.compress(b"".join(lines(path)[:-1])),
    "a row gone": lambda path: gzip.compress(b"".join(lines(path)[:3] + lines(path)[4:])),
    "a bit changed": lambda path: gzip.compress(b"".join(lines(path)).replace(b"accuracy", b"accuracz", 1)),
    "bytes": lambda path: gzip.compress(b"\xff\xfe\x00" * 40),
    "nothing in it": lambda path: gzip.compress(b""),
    "nested": lambda path: gzip.compress(b"[" * 100_000),
    "newer": rewritten(newer),
    "another format": rewritten(another_format),
    "foreign table": rewritten(foreign_table),
    "foreign column": rewritten(foreign_column),
    "a long row": rewritten(long_row),
    "a deep cell": rewritten(deep_cell),
    "rows of nothing": rewritten(rows_of_nothing),
    "no dict": rewritten(no_dict),
    "a reference to nothing": rewritten(broken_reference),
}


@pytest.fixture(scope="module")
def whole(make: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A backup that is sound."""
    folder = tmp_path_factory.mktemp("whole")
    with open_store(folder) as store:
        fill(store, make)
    backup(folder, folder / "copy")
    return folder / "copy"


@pytest.mark.parametrize("damage", DAMAGED)
@pytest.mark.parametrize("kind", LASTING)
def test_what_is_no_whole_backup_is_refused_and_changes_nothing(
    damage: str, kind: str, whole: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    path, home = tmp_path / "copy", new_database(kind, tmp_path, request)
    path.write_bytes(DAMAGED[damage](whole))
    with pytest.raises(StoreError) as told:
        restore(path, home)
    assert isinstance(told.value, StoreVersionError) is (damage == "newer")
    assert "\n" not in str(told.value)
    if damage != "a reference to nothing":
        assert f"backup `{path}`" in str(told.value)
    assert upgrade(home).before is None


def test_a_backup_fills_nothing_but_what_is_empty(whole: Path, tmp_path: Path) -> None:
    open_store(tmp_path).close()
    with pytest.raises(
        StoreError, match=r"holds something already; nothing was changed; restore into an empty"
    ):
        restore(whole, tmp_path)


def test_there_is_nothing_to_back_up_where_nothing_is(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="is empty: there is nothing to back up"):
        backup(tmp_path, tmp_path / "copy")
    assert not (tmp_path / "copy").exists()


@pytest.mark.parametrize(
    ("place", "words"),
    [
        ("none/copy", "cannot be written .No such file"),
        ("home", "cannot be written .*director"),
    ],
)
def test_a_place_that_cannot_be_written_is_told(place: str, words: str, tmp_path: Path) -> None:
    open_store(tmp_path / "home").close()
    with pytest.raises(StoreError, match=words):
        backup(tmp_path / "home", tmp_path / place)
    assert sorted(one.name for one in tmp_path.iterdir()) == ["home"]


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"backup `.*/none` cannot be read \(No such file"):
        restore(tmp_path / "none", tmp_path)


# Deaths ------------------------------------------------------------------------------------------

RESTORES = """
import os, signal, sys
from sqlalchemy import Engine, event
from actsearch.storage.backup import restore
left = [int(sys.argv[3])]

@event.listens_for(Engine, "before_cursor_execute")
def count(*_):
    left[0] -= 1
    if left[0] == 0:
        os.kill(os.getpid(), signal.SIGKILL)

restore(sys.argv[1], sys.argv[2])
"""


@pytest.mark.slow
@pytest.mark.parametrize("statement", [10, 50, 60])
@pytest.mark.parametrize("kind", LASTING)
def test_a_restore_that_dies_half_way_leaves_nothing(
    statement: int, kind: str, whole: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    home = new_database(kind, tmp_path, request)
    command = [sys.executable, "-c", RESTORES, str(whole), home, str(statement)]
    assert subprocess.run(command, check=False, timeout=120).returncode == -signal.SIGKILL
    restore(whole, home)
    with open_store(home) as store:
        assert store.queue.of("waits").owner == "runner"
        assert {one.outcome for one in store.evaluations.of()} == {Outcome.OK, Outcome.DIVERGED}
        again = store.leases.claim("another")
        assert again is not None
        live(store, again)
