"""A pass over the jobs of a store: what one of them, or the server, costs the others, and what is noted."""

import shutil
import sqlite3
from pathlib import Path
from types import SimpleNamespace

import pytest

from actsearch.primitives import JobError, MirrorError
from actsearch.service.mirror import Place, Sender, mirror_state, mirror_states
from actsearch.service.mirror.outbox import connect, send_jobs
from actsearch.storage import Store, open_store

STRANGE = "000000000000"
"""A job whose request this version does not understand, older than the one that it does."""


def place_in(folder: Path) -> Place:
    return Place(f"sqlite:///{folder}/mlflow.db", folder / "mlflow-artifacts")


def with_strange(home: Path, search: SimpleNamespace) -> Store:
    with open_store(home) as store:
        store.jobs.create(STRANGE, search.info, {"task": "imagined", "trials": "very many"})
        search.so_far(store, "done")
    return open_store(home)


def test_a_job_that_can_no_longer_be_read_is_noted_and_passed_over(
    tmp_path: Path, search: SimpleNamespace, empty_mlflow: Path
) -> None:
    shutil.copy(empty_mlflow, tmp_path / "mlflow.db")
    where = place_in(tmp_path)
    with with_strange(tmp_path, search) as store:
        assert [one.id for one in store.jobs.all()] == [STRANGE, search.job]
        before = mirror_states(store, where, str(tmp_path))
        assert [one.lacking for one in before] == [1, 7]
        sent = send_jobs(store, connect(where), where, str(tmp_path), [STRANGE, search.job])
        assert list(sent) == [search.job]
        strange, known = mirror_states(store, where, str(tmp_path))
        assert (known.lacking, known.trouble) == (0, "")
        assert (strange.lacking, strange.run) == (1, "")
        assert strange.trouble.startswith("it can no longer be read, and is left out: ")
        assert "`trials`" in strange.trouble
        with pytest.raises(JobError, match="`trials`"):
            mirror_state(store, where, str(tmp_path), STRANGE)


def test_the_database_of_another_program_is_left_alone(tmp_path: Path, home: Path) -> None:
    other = tmp_path / "other.db"
    with sqlite3.connect(other) as db:
        db.execute("create table theirs (what text)")
    db.close()
    for path in (other, home / "actsearch.db"):
        before = path.read_bytes()
        with pytest.raises(MirrorError, match="of another program, and MLflow would spoil it"):
            connect(Place(f"sqlite:///{path}", None))
        assert path.read_bytes() == before


def test_a_sender_notes_why_it_cannot_open_the_server(home: Path, search: SimpleNamespace) -> None:
    """Before anything was sent, so that the search can say more than that the mirror is behind."""
    (home / "mlflow.db").write_text("no database at all, but long enough " * 40)
    uri = f"sqlite:///{home}/mlflow.db"
    where = Place(uri, None, uri)
    with Sender(where, str(home), search.job) as sender:
        assert not sender.finish(100.0)
    with open_store(home) as store:
        state = mirror_state(store, where, str(home), search.job)
    assert state.trouble == f"MLflow at `{uri}` is a file of another kind; move that file away"
    assert state.lacking == state.total
