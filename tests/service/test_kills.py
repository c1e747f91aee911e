"""The whole service, killed part by part at every transition of a job: the board is the undisturbed one."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from .conftest import StartService
from .follower import Follower
from .gates import RUNNING, Gates
from .whole_service import JOB, PATIENCE_S, WholeService

pytestmark = pytest.mark.slow


def kill_job(service: WholeService, _gates: Gates, _place: str) -> None:
    """The process of the job alone; its runner sees that."""
    for one in service.stack.root("alone").children():
        if "job_main" in " ".join(one.cmdline()):
            one.kill()


def kill_runner(service: WholeService, gates: Gates, place: str) -> None:
    """With all that it started. Its lease is over half a minute later, for which the test waits but once."""
    service.again("alone")
    gates.open(place)
    if place != "mid batch":
        gates.ask("UPDATE leases SET expires = 1 WHERE owner IS NOT NULL RETURNING job_id")


def kill_runner_alone(service: WholeService, _gates: Gates, _place: str) -> None:
    """The process of its job outlives it, and gives the job back."""
    service.stack.root("alone").kill()
    service.stack.ended("alone")
    service.stack.launch("alone")


def kill_api(service: WholeService, _gates: Gates, _place: str) -> None:
    service.again("api")


def kill_postgres(service: WholeService, gates: Gates, place: str) -> None:
    service.again("postgres")
    gates.again(place)


def leave_postgres_down(service: WholeService, gates: Gates, place: str) -> None:
    """Until its runner has asked for it in vain a few times."""
    service.stack.kill("postgres")
    said = service.stack.said("alone").count("asking again")
    service.until(lambda: service.stack.said("alone").count("asking again") >= said + 4)
    service.stack.start("postgres")
    gates.again(place)


def cut_connections(_service: WholeService, gates: Gates, _place: str) -> None:
    """As a proxy before PostgreSQL does that is started again; the server itself lives."""
    gates.ask(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE application_name = 'actsearch' AND pid <> pg_backend_pid()"
    )


@dataclass(frozen=True)
class Kill:
    how: Callable[[WholeService, Gates, str], None]
    places: tuple[str, ...] = RUNNING


KILLS = {
    "job": Kill(kill_job, RUNNING[1:]),
    "runner": Kill(kill_runner),
    "runner alone": Kill(kill_runner_alone, ("mid batch", "board")),
    "api": Kill(kill_api, ("taken from the queue", "batch told", "search to confirming", "done")),
    "postgres": Kill(kill_postgres),
    "postgres for a while": Kill(leave_postgres_down, ("mid batch", "mid confirmation")),
    "connections": Kill(cut_connections, ("taken from the queue", "mid batch", "board")),
}


@pytest.mark.parametrize("victim", KILLS)
def test_whatever_is_killed_at_a_transition_the_board_is_the_undisturbed_one(
    victim: str, start_service: StartService, undisturbed: str
) -> None:
    service, kill = start_service("api", "alone"), KILLS[victim]
    with Gates(service.database, kill.places) as gates:
        job = service.submit(JOB, "one")
        follower = Follower(service.url, service.token, job.id)
        for place in kill.places:
            gates.reached(place)
            kill.how(service, gates, place)
            gates.open(place)
        service.done(job.id)
    service.must_be_as(undisturbed, job.id, follower.heard(PATIENCE_S))


def test_a_service_killed_while_it_is_asked_for_a_job_is_asked_once(
    start_service: StartService, undisturbed: str
) -> None:
    service = start_service("api", "alone")
    answers: list[Any] = []
    asks = threading.Thread(target=lambda: answers.append(service.submit(JOB, "one")), daemon=True)
    places = ("key kept", "job stored", "job queued")
    with Gates(service.database, places) as gates:
        asks.start()
        for place in places:
            gates.reached(place)
            service.stack.kill("api")
            gates.open(place)
            service.stack.start("api")
        asks.join(PATIENCE_S)
    (job,) = answers
    service.done(job.id)
    follower = Follower(service.url, service.token, job.id)
    service.must_be_as(undisturbed, job.id, follower.heard(PATIENCE_S))
