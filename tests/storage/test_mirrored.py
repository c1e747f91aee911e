"""Notes on what mirrors hold: one a part, replaced and forgotten by server and job."""

from pathlib import Path
from typing import Any

import pytest

from actsearch.primitives.errors import UnknownName
from actsearch.storage import open_store
from actsearch.storage.dump import digest, dump
from actsearch.storage.mirrored import Note


def test_notes_stand_by_server_job_and_part(tmp_path: Path, make: Any) -> None:
    with open_store(tmp_path) as store:
        for job in ("aaaa", "bbbb"):
            store.jobs.create(job, make.task(), {})
        known = digest(dump(store, canonical=True))
        notes = {
            (uri, job, part): Note(f"{uri}{job}{part}", {"measures": len(part), "files": {"a": "b"}})
            for uri in ("http://h", "sqlite:///x")
            for job in ("aaaa", "bbbb")
            for part in ("job", "relu")
        }
        for place, note in notes.items():
            store.mirrored.put(*place, note)
        for uri, job, _ in notes:
            assert store.mirrored.of(uri, job) == {
                part: note for (*place, part), note in notes.items() if place == [uri, job]
            }
        assert store.mirrored.jobs("http://h") == ["aaaa", "bbbb"]
        store.mirrored.put("http://h", "aaaa", "job", Note("new"))
        assert store.mirrored.of("http://h", "aaaa")["job"] == Note("new")
        store.mirrored.forget("http://h", "aaaa")
        assert store.mirrored.of("http://h", "aaaa") == {}
        assert store.mirrored.jobs("http://h") == ["bbbb"]
        assert len(store.mirrored.of("sqlite:///x", "aaaa")) == 2
        assert digest(dump(store, canonical=True)) == known


def test_a_job_that_is_not_stored_has_no_notes(tmp_path: Path) -> None:
    with open_store(tmp_path) as store:
        assert store.mirrored.of("u", "cccc") == {}
        with pytest.raises(UnknownName, match="no job `cccc`"):
            store.mirrored.put("u", "cccc", "job", Note())
