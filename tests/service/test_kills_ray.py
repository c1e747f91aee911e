"""The whole service on a Ray, each part of which is killed: the board is the undisturbed one."""

from collections.abc import Callable
from contextlib import suppress

import psutil
import pytest

from .conftest import StartService
from .follower import Follower
from .gates import Gates
from .whole_service import JOB, PATIENCE_S, WholeService

pytestmark = pytest.mark.slow


def below(service: WholeService, name: str, words: str) -> list[psutil.Process]:
    """Processes of a service whose command says so."""
    found: list[psutil.Process] = []
    for one in service.stack.left(name):
        with suppress(psutil.Error):
            if words in " ".join(one.cmdline()):
                found.append(one)
    return found


def kill_training(service: WholeService) -> None:
    """The processes that train; their actors see that."""
    for actor in below(service, "ray-worker", "ray::Supervisor"):
        for one in actor.children():
            one.kill()


def kill_actors(service: WholeService) -> None:
    for actor in below(service, "ray-worker", "ray::Supervisor"):
        actor.kill()


def kill_bridge(service: WholeService) -> None:
    """The process of the job that speaks with Ray."""
    (bridge,) = below(service, "runner", "pools.ray import main")
    bridge.kill()


def kill_node(service: WholeService) -> None:
    """The only one that trains."""
    service.stack.kill("ray-worker")


def kill_own_node(service: WholeService) -> None:
    """That of the runner, which ends with it."""
    service.stack.kill_below("runner", "raylet")


def kill_head(service: WholeService) -> None:
    service.stack.kill("ray-head")


KILLS: dict[str, Callable[[WholeService], None]] = {
    "first evaluation": kill_training,
    "mid batch": kill_actors,
    "batch told": kill_node,
    "search to confirming": kill_own_node,
    "tuning": kill_bridge,
    "mid confirmation": kill_head,
}


def test_whatever_of_a_ray_is_killed_the_board_is_the_undisturbed_one(
    start_service: StartService, undisturbed: str
) -> None:
    service = start_service("ray-head", "ray-worker", "api", "runner")
    with Gates(service.database, KILLS) as gates:
        job = service.submit({**JOB, "executor": "ray", "workers": 2}, "one")
        follower = Follower(service.url, service.token, job.id)
        with service.kept_up():
            for place, kill in KILLS.items():
                gates.reached(place)
                kill(service)
                gates.open(place)
            service.done(job.id)
    service.must_be_as(undisturbed, job.id, follower.heard(PATIENCE_S))
