"""The command line on a Ray: what is wrong with it is one sentence, and nothing is lost."""

import socket
from collections.abc import Callable
from contextlib import closing
from typing import Any, TypeAlias

import pytest

Call: TypeAlias = Callable[..., Any]

JOB = ("--task", "toy.py:make_task", "--trials", "4", "--batch", "2", "--no-confirm", "--workers", "1")


@pytest.fixture
def nobody() -> str:
    """An address where nothing listens."""
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        return f"127.0.0.1:{server.getsockname()[1]}"


@pytest.mark.parametrize("prefix", ["", "ray://"])
def test_a_ray_that_does_not_answer_loses_nothing(actsearch: Call, nobody: str, prefix: str) -> None:
    done = actsearch("search", *JOB, "--executor", "inline")
    assert done.code == 0, done.err
    digest = actsearch("dump", "--canonical", "--digest").out
    address = f"{prefix}{nobody}"
    refused = actsearch("search", *JOB, "--trials", "6", "--executor", "ray", "--address", address)
    assert refused.code == 2
    error = refused.err.strip().splitlines()[-1]
    assert error.startswith(f"error: no Ray answers at `{address}` (Connection refused); start one there")
    assert "Traceback" not in refused.err
    again = actsearch("search", *JOB, "--executor", "ray", "--address", address)
    assert again.code == 0  # a job that is done needs no Ray to be shown
    longer = actsearch("search", *JOB, "--trials", "6", "--executor", "inline")
    assert longer.code == 0, longer.err
    assert actsearch("dump", "--canonical", "--digest").out != digest


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--executor", "ray", "--address", "nonsense"), "`nonsense` is no address of a Ray; one is `auto`"),
        (("--executor", "local", "--address", "auto"), "`address` is a setting of the executor `ray`"),
        (("--executor", "ray", "--cpus-per-worker", "0"), "`cpus_per_worker` should be greater than 0"),
        (
            ("--executor", "ray", "--gpus-per-worker", "-1"),
            "`gpus_per_worker` should be greater than or equal",
        ),
        (("--executor", "rai"), "there is no executor `rai`; known, nearest first: `ray`"),
    ],
)
def test_what_was_asked_wrongly_is_said(actsearch: Call, words: tuple[str, ...], sentence: str) -> None:
    said = actsearch("search", *JOB, *words)
    assert said.code == 2
    assert sentence in said.err
