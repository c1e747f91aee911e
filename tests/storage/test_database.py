"""Everything that can be wrong with a database: one sentence that names it, and nothing lost."""

import os
import re
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import event

from actsearch.primitives.errors import StoreAway, StoreError
from actsearch.primitives.records import Evaluation, Lane, Outcome, Proposal, Protocol, TaskInfo, point
from actsearch.storage import Store, open_store, sqlite
from actsearch.storage.database import FILE

SEARCH = Protocol(epochs=5, batch=32)
TASK = TaskInfo(
    name="toy",
    hash="h",
    title="A toy",
    description="",
    score="accuracy",
    unit="",
    chance=0.1,
    default=point(lr=0.1),
    grid=(point(lr=0.1),),
    baselines=(),
    search=SEARCH,
    confirm=SEARCH,
)


def evaluation(seed: int, size: int = 10) -> Evaluation:
    lane = Lane("k", "x", "toy", "h", SEARCH, point(lr=0.1), seed)
    curves = {"train_loss": (0.125,) * size}
    return Evaluation(lane=lane, outcome=Outcome.OK, sentence="", score=1.0, curves=curves)


def a_file(folder: Path) -> str:
    (folder / "file").write_text("hello")
    return f"{folder}/file"


def under_a_file(folder: Path) -> str:
    return a_file(folder) + "/home"


def garbage(folder: Path) -> str:
    (folder / FILE).write_bytes(b"This is no database, but it is long enough to look like one. " * 100)
    return str(folder)


def a_folder_for_a_file(folder: Path) -> str:
    (folder / FILE).mkdir()
    return str(folder)


def damaged(folder: Path) -> str:
    with open_store(folder) as store:
        store.evaluations.add(evaluation(seed) for seed in range(50))
    whole = (folder / FILE).read_bytes()
    (folder / FILE).write_bytes(whole[:100] + b"\xff" * (len(whole) // 2))
    return str(folder)


def of_another_program(folder: Path) -> str:
    with sqlite3.connect(folder / FILE) as other:
        other.execute("CREATE TABLE jobs (salary INTEGER)")
    other.close()
    return str(folder)


UNUSABLE: dict[str, tuple[Callable[[Path], str], str]] = {
    "a file": (a_file, r"data folder `.*/file` is a file; choose another"),
    "under a file": (under_a_file, r"data folder `.*/file/home` cannot be made \(Not a directory\); choose"),
    "not on a disk": (
        lambda _: "/proc/actsearch",
        r"data folder `/proc/actsearch` cannot be made \(.*\); choose",
    ),
    "no name": (lambda _: "nul\0", r"data folder `nul\0` cannot be made \(.*\); choose"),
    "nobody's": (lambda _: "~nobody-here/a", r"data folder `~nobody-here/a` cannot be made \(.*\); choose"),
    "garbage": (garbage, r"database `.*/actsearch\.db` is a file of another kind; .* move that file away"),
    "a folder": (a_folder_for_a_file, r"database `.*/actsearch\.db` cannot be opened or made; .* check its"),
    "damaged": (
        damaged,
        r"database `.*/actsearch\.db` is (damaged|a file of another kind); .* move that file",
    ),
    "foreign": (
        of_another_program,
        r"database `.*/actsearch\.db` holds a table `jobs` that another .* choose",
    ),
    "no folder": (
        lambda folder: f"sqlite:///{folder}/none/a.db",
        r"database `.*/none/a\.db` cannot be opened or made; .* check its folder",
    ),
    "another kind": (
        lambda _: "mysql://me:secret@host/d",
        r"database `mysql://me:\*\*\*@host/d` is of a kind that is not known; write a folder",
    ),
    "no kind": (
        lambda _: "nosuch://me:secret@host/d",
        r"database `nosuch://me:\*\*\*@host/d` is of a kind that is not known; write a folder",
    ),
    "no URL": (
        lambda _: "my base://me:secret@host",
        r"`my base://\.\.\.` is no database URL; write a folder",
    ),
    "no port": (
        lambda _: "sqlite://me:secret@h:port/",
        r"`sqlite://\.\.\.` is no database URL; write a folder",
    ),
}
"""What cannot be used as a home: how to make it, and what is said of it."""


@pytest.mark.parametrize("kind", UNUSABLE)
def test_what_cannot_be_used_is_told_in_one_sentence_and_left_alone(kind: str, tmp_path: Path) -> None:
    make, words = UNUSABLE[kind]
    home = make(tmp_path)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    with pytest.raises(StoreError) as told:
        open_store(home)
    assert re.match(words, str(told.value), re.DOTALL)
    assert "\n" not in str(told.value)
    assert "secret" not in str(told.value)
    assert all(path.read_bytes() == content for path, content in before.items())


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_without_the_right_to_write_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    for home in (tmp_path, tmp_path / "home"):
        with pytest.raises(StoreError, match="cannot be"):
            open_store(home)


def test_a_database_without_the_right_to_write_keeps_what_it_has(tmp_path: Path) -> None:
    with open_store(tmp_path) as store:
        store.evaluations.add([evaluation(0)])
        _for_each_connection(store, "PRAGMA query_only = ON")
        with pytest.raises(
            StoreError, match=r"actsearch\.db` cannot be written; what was stored before is kept"
        ):
            store.evaluations.add([evaluation(1)])
        assert len(store.evaluations.of()) == 1


def test_a_full_disk_loses_nothing_and_goes_on_once_there_is_room(tmp_path: Path) -> None:
    with open_store(tmp_path) as store:
        store.evaluations.add([evaluation(0)])
        _for_each_connection(store, "PRAGMA max_page_count = 80")
        stored = 1
        with pytest.raises(StoreError, match=r"cannot grow: the disk is full; .* is kept; make room"):  # noqa: PT012
            while stored < 1000:
                store.evaluations.add([evaluation(stored, size=500), evaluation(stored + 1, size=500)])
                stored += 2
        assert 3 <= stored < 100
        assert [each.lane.seed for each in store.evaluations.of()] == list(range(stored))
        _for_each_connection(store, "PRAGMA max_page_count = 100000")
        store.evaluations.add([evaluation(stored)])
    _is_sound(tmp_path, stored + 1)


FILLS_UP = """
import sys
from actsearch.storage import open_store
from actsearch.primitives.errors import StoreError
sys.path.insert(0, sys.argv[2])
from test_database import evaluation
with open_store(sys.argv[1]) as store:
    import resource
    resource.setrlimit(resource.RLIMIT_FSIZE, (700_000, 700_000))
    seed = 0
    try:
        while seed < 10_000:
            store.evaluations.add([evaluation(seed, size=500)])
            seed += 1
    except StoreError as error:
        print(seed, len(store.evaluations.of()), error)
"""


def test_a_limit_on_the_size_of_files_loses_nothing(tmp_path: Path) -> None:
    told = _run(FILLS_UP, str(tmp_path), str(Path(__file__).parent)).stdout
    added, found, sentence = told.split(" ", 2)
    assert int(found) == int(added) > 10
    assert re.match(r"database `.*actsearch\.db` cannot (grow|be read or written).*; .* is kept; ", sentence)
    _is_sound(tmp_path, int(added))


def test_a_lock_that_is_never_given_back_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite, "BUSY_S", 0.1)
    with open_store(tmp_path) as store:
        other = sqlite3.connect(tmp_path / FILE, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreAway, match="was locked by another process"):
            store.evaluations.add([evaluation(0)])
        other.close()
        store.evaluations.add([evaluation(0)])


def test_a_number_that_no_cell_holds_is_told(tmp_path: Path) -> None:
    row = Proposal(batch=2**70, index=0, key="k", text="x", choices={})
    with open_store(tmp_path) as store:
        store.jobs.create("job", TASK, {})
        with pytest.raises(StoreError, match="too large"):
            store.proposals.add("job", [row])


def _for_each_connection(store: Store, statement: str) -> None:
    store.close()
    event.listen(store.database.engine, "connect", lambda connection, _: connection.execute(statement))


def _is_sound(home: Path, evaluations: int) -> None:
    database = sqlite3.connect(home / FILE)
    assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert database.execute("SELECT count(*) FROM evaluations").fetchone() == (evaluations,)
    database.close()


def _run(program: str, *args: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-c", program, *args], capture_output=True, text=True, check=True, timeout=120
    )
