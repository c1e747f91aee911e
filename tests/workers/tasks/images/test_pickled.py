"""Tests of pickles as data: what numpy and Python write is read; what would run is refused, and not run."""

import os
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from actsearch.primitives import TaskError
from actsearch.workers.tasks.images.pickled import read_pickle

from .made import images, python2

BATCH = {"data": np.arange(24, dtype=np.uint8).reshape(4, 6), "labels": [0, 1, 2, 300], "name": b"\xff\x00"}


@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize("kind", ["u1", "<i4", "<i8", "<f4", "<f8"])
@pytest.mark.parametrize("order", ["C", "F"])
def test_what_numpy_writes_is_read(protocol: int, kind: str, order: Any) -> None:
    array = np.asarray(BATCH["data"], dtype=kind, order=order)
    found = read_pickle(pickle.dumps({**BATCH, "data": array}, protocol=protocol), "batch")
    np.testing.assert_array_equal(found["data"], array)
    assert found["data"].dtype == array.dtype
    assert found["labels"] == BATCH["labels"]
    assert found["name"] == BATCH["name"]


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize(
    "value",
    [
        {},
        [1, -2, 2**40, 2**80],
        {"a": [{"b": (1, (), (2, 3), (4, 5, 6, 7))}]},
        [None, True, False, 0.5, "é", ""],
    ],
    ids=["empty", "numbers", "nested", "others"],
)
def test_plain_values_are_what_pickle_makes_of_them(value: Any, protocol: int) -> None:
    raw = pickle.dumps(value, protocol=protocol)
    assert read_pickle(raw, "batch") == pickle.loads(raw)


def test_a_batch_of_python_2_is_read_as_pickle_reads_it() -> None:
    raw = python2(images(4, (3, 32, 32), 4))
    expected = pickle.loads(raw, encoding="latin1")
    found = read_pickle(raw, "batch")
    np.testing.assert_array_equal(found["data"], expected["data"])
    assert found["labels"] == expected["labels"]


class Calls:
    """Pickled as a call of any function."""

    def __init__(self, function: Any, *arguments: Any) -> None:
        self.call = (function, arguments)

    def __reduce__(self) -> Any:
        return self.call


@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_a_hostile_pickle_runs_nothing(tmp_path: Path, protocol: int) -> None:
    proof = tmp_path / "it-ran"
    hostile = [
        Calls(os.mkdir, str(proof)),
        Calls(eval, f"__import__('os').mkdir({str(proof)!r})"),
        Calls(getattr, "text", "upper"),
        Calls(np.load, str(proof)),
        np.array([Calls(os.mkdir, str(proof))], dtype=object),
    ]
    for value in hostile:
        raw = pickle.dumps({"data": value, "labels": [0]}, protocol=protocol)
        with pytest.raises(TaskError, match=r"was not run|is no pickle of arrays"):
            read_pickle(raw, "batch")
    assert not proof.exists()
    pickle.loads(pickle.dumps(hostile[0], protocol=protocol))  # what it would have done
    assert proof.exists()


def framed(*instructions: bytes) -> bytes:
    return b"\x80\x04" + b"".join(instructions) + b"."


RECONSTRUCT = b"cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85C\x01b\x87R"
KIND = b"cnumpy\ndtype\nU\x02u1K\x00K\x01\x87R"


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"not a pickle",
        framed(b"}")[:-1],
        framed(b"0"),
        framed(b"h\x05"),
        framed(b"(K\x01"),
        framed(b"K\x01K\x02s"),
        framed(b"}K\x01K\x02s"),
        framed(b"})", b")" * 3, b"\x87K\x02s"),
        framed(b"Vname\nQ"),
        framed(b"}(U\x01ae."),
        framed(b"K\x01)R"),
        framed(b"c_codecs\nencode\nK\x05X\x06\x00\x00\x00latin1\x86R"),
        framed(RECONSTRUCT, b"K\x07b"),
        framed(RECONSTRUCT, b"(K\x01K\x02\x85", KIND, b"\x89C\x01ztb"),
        framed(
            RECONSTRUCT,
            b"(K\x01\x8a\x05\x00\x00\x00\x00\x7f\x85",
            KIND,
            b"\x89\x8a\x05\x00\x00\x00\x00\x7ftb",
        ),
        framed(b"cnumpy\ndtype\nU\x01OK\x00K\x01\x87R"),
        framed(b"B\xff\xff\xff\x7f"),
        framed(b"r\xff\xff\xff\xff"),
        pickle.dumps({"data": np.zeros(2, dtype=">i4")}),
        pickle.dumps({"data": np.zeros(2, dtype=complex)}),
        pickle.dumps({1: 2}),
        pickle.dumps({"a", "b"}),
    ],
    ids=lambda raw: raw[:12].hex(),
)
def test_what_is_no_batch_is_one_sentence(raw: bytes) -> None:
    with pytest.raises(TaskError) as caught:
        read_pickle(raw, "the file")
    assert "`the file`" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_every_truncation_is_one_sentence() -> None:
    raw = python2(images(2, (3, 2, 2), 2))
    assert read_pickle(raw, "batch")["labels"] == [0, 1]
    for length in range(len(raw)):
        with pytest.raises(TaskError):
            read_pickle(raw[:length], "batch")
