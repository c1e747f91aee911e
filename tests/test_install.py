"""What a stranger does: a wheel in an empty environment, and `make search` in a fresh clone."""

import json
import math
import os
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]


def run(*command: str | Path, cwd: Path, **env: str) -> str:
    """Standard output of a command that must succeed, in an environment without this one's paths."""
    clean = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")}
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env={**clean, **env},
        capture_output=True,
        text=True,
        timeout=1500,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
    return done.stdout


def clone(to: Path) -> Path:
    """The files that git would hand over, as they are now."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    for name in filter(None, listed.stdout.split("\0")):
        source = ROOT / name
        (to / name).parent.mkdir(parents=True, exist_ok=True)
        if source.is_symlink():
            (to / name).symlink_to(source.readlink())
        elif source.is_file():
            (to / name).write_bytes(source.read_bytes())
            (to / name).chmod(source.stat().st_mode)
    return to


def test_wheel_runs_in_an_empty_environment_beside_a_users_own_search_py(tmp_path: Path) -> None:
    tree, elsewhere = clone(tmp_path / "tree"), tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "search.py").write_text("raise SystemExit('the wrong search was imported')\n")
    (elsewhere / "workers.py").write_text("raise SystemExit('the wrong workers were imported')\n")
    run(sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", tmp_path / "dist", tree, cwd=tmp_path)
    (wheel,) = (tmp_path / "dist").glob("actsearch-*.whl")
    run(sys.executable, "-m", "venv", tmp_path / "venv", cwd=tmp_path)
    python = tmp_path / "venv" / "bin" / "python"
    run(python, "-m", "pip", "install", "-q", "-c", ROOT / "constraints.txt", wheel, cwd=elsewhere)
    small = ("--trials", "4", "--epochs", "2", "--leaders", "1", "--confirm-seeds", "2", "--json")
    board = json.loads(
        run(python.parent / "actsearch", "search", "--task", "digits-mlp", *small, cwd=elsewhere)
    )
    assert {row["role"] for row in board["standings"]} == {"leader", "baseline"}
    assert (elsewhere / "actsearch-data" / "actsearch.db").is_file()


@pytest.fixture(scope="module")
def searched(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A fresh clone in which `make search` ran, and what it printed."""
    tree = clone(tmp_path_factory.mktemp("fresh") / "tree")
    return tree, run("make", "search", cwd=tree)


def board_of(tree: Path) -> dict[str, Any]:
    """The board that running the search again prints, at once."""
    return json.loads(run(".venv/bin/actsearch", "search", "--task", "inr-image", "--json", cwd=tree))


def test_make_search_finds_two_decibels(searched: tuple[Path, str]) -> None:
    tree, printed = searched
    assert "actsearch export" in printed
    assert "actsearch search" in printed
    (picture,) = (tree / "actsearch-data" / "pictures").glob("*.png")
    assert picture.read_bytes().startswith(b"\x89PNG")
    standings = board_of(tree)["standings"]
    mean = {row["name"]: row["mean"] for row in standings if row["role"] == "baseline"}
    best = max(row["mean"] for row in standings if row["role"] == "leader")
    assert best >= max(mean["relu"], mean["gelu"]) + 2.0, (best, mean)
    assert {"relu", "gelu", "tanh", "sin", "gaussian", "siren", "relu-fourier"} <= set(mean)
    assert all(len(row["scores"]) == 10 for row in standings)
    assert all(verdict["word"] for row in standings for verdict in row["verdicts"])


PLAIN_LOOP = """
import json, math, sys
import numpy as np, torch
from PIL import Image
from sklearn.datasets import load_sample_image
from found import Activation, parameter_groups

torch.set_num_threads(1)
lr, omega, epochs, batch = json.loads(sys.argv[1])
photo = load_sample_image("china.jpg") @ np.array([0.299, 0.587, 0.114])
side = min(photo.shape)
top, left = ((length - side) // 2 for length in photo.shape)
square = Image.fromarray(photo[top : top + side, left : left + side].astype(np.float32))
grey = np.asarray(square.resize((48, 48), Image.Resampling.BOX)) / 127.5 - 1.0
axis = np.linspace(-1, 1, 48)
rows, columns = np.meshgrid(axis, axis, indexing="ij")
places = torch.tensor(np.stack((columns, rows), -1).reshape(-1, 2), dtype=torch.float32)
greys = torch.tensor(grey.reshape(-1, 1), dtype=torch.float32)
order = np.random.default_rng(0).permutation(48 * 48)
train, test = order[:1728], order[2016:]
scores = []
for seed in range(10):
    torch.manual_seed(seed)
    k, width = Activation.pieces, int(sys.argv[2])

    class Omega(torch.nn.Module):
        def forward(self, x):
            return omega * x

    net = torch.nn.Sequential(
        torch.nn.Linear(2, k * width), Omega(), Activation(width),
        torch.nn.Linear(width, k * width), Activation(width),
        torch.nn.Linear(width, k * width), Activation(width), torch.nn.Linear(width, 1),
    )
    optimiser = torch.optim.Adam(parameter_groups(net, lr=lr, weight_decay=0.0))
    steps = epochs * (len(train) // batch)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda step: 0.5 * (1 + math.cos(math.pi * step / steps))
    )
    for _ in range(epochs):
        for part in np.split(np.random.default_rng().permutation(train), len(train) // batch):
            loss = torch.nn.functional.mse_loss(net(places[part]), greys[part])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
    with torch.no_grad():
        error = torch.nn.functional.mse_loss(net(places[test]), greys[test]).item()
    scores.append(10 * math.log10(4 / error))
print(json.dumps(scores))
"""
"""Written from the description of the task alone; uses nothing of actsearch but the exported file."""


def test_an_exported_leader_repeats_its_score_in_a_plain_loop(
    searched: tuple[Path, str], tmp_path: Path
) -> None:
    tree, _ = searched
    board = board_of(tree)
    leader = max((row for row in board["standings"] if row["role"] == "leader"), key=lambda row: row["mean"])
    found = tmp_path / "found.py"
    run(".venv/bin/actsearch", "export", leader["key"], "--to", "torch", "-o", found, cwd=tree)
    python = tree / ".venv" / "bin" / "python"
    assert run(python, found, cwd=tmp_path).startswith("ok")
    at, protocol = dict(leader["point"]), leader["protocol"]
    settings = json.dumps([at["lr"], at["omega"], protocol["epochs"], protocol["batch"]])
    (tmp_path / "loop.py").write_text(PLAIN_LOOP)
    pieces = int(run(python, "-c", "import found; print(found.Activation.pieces)", cwd=tmp_path))
    assert pieces in (1, 2)
    width = {1: 64, 2: 45}[pieces]  # 8,577 and 8,596 weights
    scores = json.loads(run(python, "loop.py", settings, str(width), cwd=tmp_path))
    mean, spread = statistics.mean(scores), 2.262 * statistics.stdev(scores) / math.sqrt(10)
    assert leader["low"] - spread <= mean <= leader["high"] + spread, (scores, leader)
