"""`search`, `resume` and what reads their results: one job from its flags to an exported file."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from actsearch.search import Job
from actsearch.service.cli.counting import CountView
from actsearch.service.cli.progress import ProgressView
from actsearch.storage import JobState, open_store

from .conftest import Call, Said

TOY = (
    *("search", "--task", "toy.py:make_task", "--executor", "inline"),
    *("--trials", "5", "--leaders", "1", "--confirm-seeds", "3"),
)


def board(said: Said) -> dict[str, Any]:
    assert said.code == 0, said.err
    return json.loads(said.out)


def test_from_a_job_to_an_exported_file(actsearch: Call, tmp_path: Path) -> None:
    said = actsearch(*TOY)
    assert said.code == 0, said.err
    assert max(len(line) for line in said.out.splitlines() if "actsearch search" not in line) < 120
    assert "toy: sin(3x) on a line" in said.err
    assert "searching" in said.err
    assert "confirming 9/9" in said.err
    (picture,) = (tmp_path / "actsearch-data" / "pictures").glob("*.png")
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert f"Picture: actsearch-data/pictures/{picture.name}" in said.out

    again = board(actsearch(*TOY, "--json"))
    assert again["job_id"] == picture.stem
    assert again["state"] == "done"
    assert (
        again["headline"] in said.out.replace("\n", " ").replace("  ", " ")
        or again["headline"][1:20] in said.out
    )
    assert {row["name"] for row in again["standings"] if row["role"] == "baseline"} == {"relu", "tanh"}
    (leader,) = [row for row in again["standings"] if row["role"] == "leader"]
    assert {verdict["against"] for verdict in leader["verdicts"]} == {"relu", "tanh"}

    *_, away, closer, longer, everything = said.out.splitlines()
    assert away.endswith(f"actsearch export {leader['key']} --to torch -o found.py")
    assert closer.endswith(f"actsearch show {leader['key']}")
    chosen = "toy.py:make_task --leaders 1 --confirm-seeds 3 --executor inline --trials 10"
    assert longer.endswith(f"actsearch search --task {chosen}")
    assert everything.endswith("actsearch leaderboard")

    exported = actsearch(*away.split()[4:])
    assert exported.code == 0, exported.err
    text = (tmp_path / "found.py").read_text()
    assert f"{leader['step_ratio']:.2f}x" in said.out
    assert f"{leader['step_ratio']:.2f}x" in actsearch(*closer.split()[3:]).out
    assert f"{leader['step_ratio']:.3g} times the seconds of a training step" in " ".join(text.split())
    for part in (again["job_id"], leader["key"], "toy", "3 fresh seeds", "standardised"):
        assert part in text
    done = subprocess.run([sys.executable, "-I", "found.py"], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr

    shown = json.loads(actsearch("show", leader["key"][:8], "--json").out)
    assert shown["text"] == leader["text"]
    assert shown["measured"][0]["confirmed"] is True
    assert "confirmed" in actsearch("show", leader["key"]).out


def test_listings_of_a_done_job(actsearch: Call) -> None:
    done = board(actsearch(*TOY, "--no-picture", "--json"))
    (job,) = json.loads(actsearch("jobs", "--json").out)
    assert (job["id"], job["state"], job["done"], job["total"]) == (done["job_id"], "done", 5, 5)
    assert done["job_id"] in actsearch("jobs").out
    rows = json.loads(actsearch("leaderboard", "--json").out)
    confirmed = [row["confirmed"] for row in rows]
    assert confirmed == sorted(confirmed, reverse=True)
    assert sum(confirmed) == 3
    said = actsearch("leaderboard", "--task", "toy").out
    assert said.index("confirmed on fresh seeds") < said.index("not confirmed")
    assert actsearch("leaderboard", "--limit", "1", "--json").out.count('"rank"') == 1


def test_a_yaml_file_and_flags_are_one_schema(actsearch: Call, tmp_path: Path) -> None:
    (tmp_path / "job.yaml").write_text(
        "task: toy.py:make_task\nexecutor: inline\ntrials: 99\nleaders: 1\nconfirm_seeds: 3\n"
    )
    by_file = board(actsearch("search", "job.yaml", "--trials", "5", "--no-picture", "--json"))
    by_flags = board(actsearch(*TOY, "--no-picture", "--json"))
    assert by_file["job_id"] == by_flags["job_id"]


def test_a_search_without_confirmation_says_that_it_proves_nothing(actsearch: Call, tmp_path: Path) -> None:
    said = actsearch(*TOY, "--no-confirm")
    assert said.code == 0, said.err
    assert "not a result" in said.out
    assert "Nothing is confirmed yet" in said.out
    assert not (tmp_path / "actsearch-data" / "pictures").exists()
    key = said.out.split("actsearch export ")[1].split()[0]
    exported = actsearch("export", key, "-o", "f.py")
    assert "Never confirmed" in exported.err
    assert "standardised" in (tmp_path / "f.py").read_text()


def test_a_function_is_exported_as_written_and_a_key_as_found(actsearch: Call, tmp_path: Path) -> None:
    done = board(actsearch(*TOY, "--no-picture", "--json"))
    (leader,) = [row for row in done["standings"] if row["role"] == "leader"]
    actsearch("export", leader["key"], "-o", "found.py")
    actsearch("export", leader["text"], "-o", "written.py")
    assert f'expr_text = "{leader["text"]}"' in (tmp_path / "written.py").read_text()
    assert f'expr_text = "{leader["text"]}"' not in (tmp_path / "found.py").read_text()


def test_ctrl_c_says_how_to_resume_and_resume_ends_alike(
    actsearch: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = board(actsearch(*TOY, "--no-picture", "--home", "whole", "--json"))
    seen = ProgressView.__call__
    calls: list[int] = []

    def interrupted(self: ProgressView, progress: Any) -> None:
        seen(self, progress)
        calls.append(1)
        if len(calls) == 3:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(ProgressView, "__call__", interrupted)
        stopped = actsearch(*TOY)
    assert stopped.code == 130
    assert stopped.out == ""
    assert f"actsearch resume {whole['job_id']}" in stopped.err.splitlines()[-1]
    (job,) = json.loads(actsearch("jobs", "--json").out)
    assert job["state"] == "paused"
    resumed = board(actsearch("resume", "--no-picture", "--json"))
    for field in ("job_id", "headline", "proposed", "candidates"):
        assert resumed[field] == whole[field]
    left_out = {"step_ratio"}
    assert [{name: row[name] for name in row.keys() - left_out} for row in resumed["standings"]] == [
        {name: row[name] for name in row.keys() - left_out} for row in whole["standings"]
    ]
    assert actsearch("resume").code == 2
    by_id = board(actsearch("resume", whole["job_id"][:6], "--json"))
    assert by_id["job_id"] == whole["job_id"]


def test_how_to_train_is_said_where_it_would_not_be_chosen(actsearch: Call) -> None:
    searched = (*TOY, "--no-confirm")
    chosen = board(actsearch(*searched, "--json"))
    otherwise = "--no-stacked" if chosen["job"]["stacked"] else "--stacked"
    other = board(actsearch(*searched, otherwise, "--json"))
    for words, said in (
        (searched, False),
        (("resume", chosen["job_id"]), False),
        ((*searched, otherwise), True),
        (("resume", other["job_id"]), True),
    ):
        longer = next(line for line in actsearch(*words).out.splitlines() if "Search longer" in line)
        assert (f" {otherwise} " in longer) is said
        assert ("fused" in longer) is said


def test_compare_keeps_the_order_asked_for(actsearch: Call, tmp_path: Path) -> None:
    words = ["compare", "tanh", "x*sin(x)", "relu", "--task", "toy.py:make_task", "--seeds", "3"]
    said = json.loads(actsearch(*words, "--workers", "1", "--json").out)
    assert [row["name"] for row in said["standings"]] == ["tanh", "x*sin(x)", "relu"]
    for row in said["standings"]:
        assert len(row["scores"]) == 3
        assert {verdict["against"] for verdict in row["verdicts"]} == {"tanh", "x*sin(x)", "relu"} - {
            row["name"]
        }
        assert len(said["curves"][row["name"]]["val_loss"]) == 3
        assert said["step_s"][row["name"]] > 0
    shown = actsearch(*words, "--workers", "1", "-o", "curves.png")
    assert shown.code == 0, shown.err
    lines = [line for line in shown.out.splitlines() if line[:1].isdigit()]
    assert [line.split()[1] for line in lines[:3]] == ["tanh", "x*sin(x)", "relu"]
    assert (tmp_path / "curves.png").read_bytes().startswith(b"\x89PNG")
    assert actsearch(*words, "-o", "curves.png").code == 2


def test_a_job_whose_task_has_changed_is_not_taken_for_the_old_one(actsearch: Call, tmp_path: Path) -> None:
    words = [*TOY[:5], "--trials", "2", "--no-confirm", "--json"]
    old = board(actsearch(*words))
    toy = tmp_path / "toy.py"
    toy.write_text(toy.read_text().replace("3 * x", "4 * x"))
    said = actsearch("resume", old["job_id"])
    assert (said.code, said.out) == (2, "")
    assert f"job `{old['job_id']}` cannot go on" in said.err
    assert len(json.loads(actsearch("jobs", "--json").out)) == 1
    command = said.err.split(": actsearch ")[1].split()
    assert board(actsearch(*command, "--json"))["job_id"] != old["job_id"]


def test_a_picture_that_cannot_be_written_costs_no_board(actsearch: Call, tmp_path: Path) -> None:
    (tmp_path / "actsearch-data").mkdir()
    (tmp_path / "actsearch-data" / "pictures").write_text("a file")
    said = actsearch(*TOY, "--json")
    assert board(said)["picture"] is None
    assert "No picture: " in said.err


def test_ctrl_c_in_a_comparison_says_that_nothing_is_lost(
    actsearch: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(self: CountView, phase: str, done: int, total: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(CountView, "__call__", interrupted)
    said = actsearch("compare", "relu", "--task", "toy.py:make_task", "--seeds", "2", "--workers", "1")
    assert (said.code, said.out) == (130, "")
    assert "the same command goes on" in said.err


def test_resume_takes_what_was_paused_or_interrupted_here(actsearch: Call, tmp_path: Path) -> None:
    """Not what is over, nor what the queue has."""
    done = board(actsearch(*TOY, "--no-picture", "--json"))["job_id"]
    states: list[JobState] = ["running", "paused", "cancelled", "failed"]
    with open_store(tmp_path / "actsearch-data") as store:
        record = store.jobs.get(done)
        for place, state in enumerate(states):
            job = Job.from_mapping({**record.spec, "seed": place + 1})
            id = job.id(record.task.hash)
            store.jobs.create(id, record.task, job.model_dump(mode="json"))
            store.jobs.set_state(id, state)
        queued = Job.from_mapping({**record.spec, "seed": 9})
        store.queue.submit(queued.id(record.task.hash), record.task, queued.model_dump(mode="json"))
    resumed = [board(actsearch("resume", "--no-picture", "--json"))["job"]["seed"] for _ in range(2)]
    assert resumed == [2, 1], "the latest first"
    assert "was paused or interrupted" in actsearch("resume").err


def test_a_job_over_its_time_says_how_it_goes_on(actsearch: Call) -> None:
    stopped = actsearch(*TOY, "--trials", "100000", "--wall-limit-s", "2")
    assert stopped.code == 2
    (job,) = json.loads(actsearch("jobs", "--json").out)
    assert job["state"] == "paused"
    assert f"error: job `{job['id']}` is paused: it has run as long as its `wall_limit_s`" in stopped.err
    again = actsearch("resume")
    assert (again.code, "is paused" in again.err) == (2, True)
    assert actsearch("resume", "--wall-limit-s", "-1").code == 2
    actsearch("resume", "--wall-limit-s", "4")
    (job,) = json.loads(actsearch("jobs", "--json").out)
    assert (job["state"], job["spec"]["wall_limit_s"]) == ("paused", 4.0)
