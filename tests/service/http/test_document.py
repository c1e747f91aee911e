"""The OpenAPI document against the service: whatever it allows or forbids, no answer is a 500, and each is
one that the document promises. Requests are made up by schemathesis from the document alone, half of them
about things that are there."""

import subprocess
import sys
import warnings
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode

from actsearch.primitives import key, parse
from actsearch.storage import open_store

from .conftest import ASKED

SERVE = """
import sys
from actsearch.service.http import Settings
from actsearch.service.http.serving import listen, run
settings = Settings(home=sys.argv[1], modules=("toytasks",), requests_a_minute=10**9, poll_s=0.1)
with listen(settings, "127.0.0.1", 0) as service:
    print(service.url, flush=True)
    run(service)
"""


@pytest.fixture
def url(home: str) -> Iterator[str]:
    """Of a server process that takes any number of requests."""
    with subprocess.Popen(
        [sys.executable, "-c", SERVE, home], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.kill()
            assert "Traceback" not in process.stderr.read()


@pytest.mark.parametrize("mode", GenerationMode)
def test_some_requests_meet_no_500(url: str, home: str, mode: GenerationMode) -> None:
    assert throw(url, home, mode, examples=3) > 50


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("mode", GenerationMode)
def test_five_thousand_requests_meet_no_500(url: str, home: str, mode: GenerationMode) -> None:
    """Half of them as the document wants them, and half as it does not."""
    assert throw(url, home, mode, examples=75) >= 2500


def throw(url: str, home: str, mode: GenerationMode, examples: int) -> int:
    """How many requests were sent, so many of each route."""
    with open_store(home) as store:
        (job,) = store.jobs.all()
    there = {"id": job.id, "key": key(parse("relu")), "name": "extended"}
    schema = schemathesis.openapi.from_url(f"{url}/api/v1/openapi.json")
    sent = 0
    with requests.Session() as session:
        for found in schema.get_all_operations():
            operation: Any = found.ok()  # type: ignore[attr-defined]  (the document has no faulty route)
            sent += throw_at(operation, mode, there, url, session, examples)
    print(f"{sent} requests, {mode.value}")
    return sent


def throw_at(
    operation: Any,
    mode: GenerationMode,
    there: dict[str, str],
    url: str,
    session: requests.Session,
    examples: int,
) -> int:
    sent = 0

    @seed(1)
    @settings(
        max_examples=examples,
        database=None,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
    )
    @given(case=operation.as_strategy(generation_mode=mode), real=st.booleans())
    def check(case: Any, real: bool) -> None:
        nonlocal sent
        if real:
            case.path_parameters = {
                name: there.get(name, value) for name, value in (case.path_parameters or {}).items()
            }
            if operation.label == "POST /api/v1/jobs" and isinstance(case.body, dict):
                case.body = {**case.body, **ASKED}
        if operation.label.endswith("/events"):
            case.query = {**(case.query or {}), "follow": "false"}
        sent += 1
        answer = case.call(base_url=url, session=session, timeout=120)
        assert answer.status_code < 500 or answer.status_code == 503, (case.as_curl_command(), answer.text)
        promised = operation.definition.raw["responses"]
        if answer.text.startswith("Invalid HTTP request"):  # it never came to the application
            return
        if answer.status_code != 405:  # of another method than the document's
            assert str(answer.status_code) in promised, (case.as_curl_command(), answer.text)
        if answer.status_code < 400 and answer.headers.get("content-type") == ["application/json"]:
            operation.validate_response(answer)
        assert answer.headers["x-content-type-options"] == ["nosniff"]

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with suppress(Unsatisfiable):  # a route that takes nothing cannot be asked wrongly
            check()
    return sent
