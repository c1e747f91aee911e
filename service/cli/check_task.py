"""`actsearch check-task`: what is right and what is wrong with a task, in plain words."""

import math
import os
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.text import Text

from .completion import complete_task
from .console import print_json, results
from .listings import AsJson

if TYPE_CHECKING:
    from ...workers import Report

__all__ = ["check_task"]


def check_task(
    task: Annotated[
        str,
        typer.Argument(
            metavar="TASK",
            help="A name, `path/to/file.py:make_task`, or `package.module:make_task`.",
            autocompletion=complete_task,
        ),
    ],
    as_json: AsJson = False,
) -> None:
    """Look at a task before a search: data, model, loss, score, baselines, repeatability, time.

    Errors keep a search from running, or its results from being believed: exit code 2. Warnings do not.
    """
    from ...workers import check_task as check

    report = check(task)
    time = _time(report)
    if as_json:
        print_json(
            {
                "task": report.name,
                "ok": not report.errors,
                "errors": report.errors,
                "warnings": report.warnings,
                "faults": [asdict(fault) for fault in report.faults],
                "info": report.info,
                "facts": report.facts,
                "trial": report.trial,
                "time": time,
            }
        )
    else:
        _print(report, time)
    if report.errors:
        raise typer.Exit(2)


def _print(report: "Report", time: dict[str, Any]) -> None:
    out = results()
    title = f"{report.info.name}: {report.info.title}" if report.info else report.name
    out.print(Text(title, style="bold"))
    for name, text in _facts(report, time):
        out.print(Text(f"  {name:<10}", style="dim") + Text(text), soft_wrap=True)
    for sentence in report.errors:
        out.print(Text("error: ", style="bold red") + Text(sentence), soft_wrap=True)
    for sentence in report.warnings:
        out.print(Text("warning: ", style="bold yellow") + Text(sentence), soft_wrap=True)
    out.print(Text(_verdict(report), style="bold"))


def _verdict(report: "Report") -> str:
    errors, warnings = len(report.errors), len(report.warnings)
    if errors:
        return f"{_many(errors, 'error')}, {_many(warnings, 'warning')}: a search would refuse or mislead."
    if warnings:
        return f"No error, {_many(warnings, 'warning')}: a search would run."
    return "No fault found."


def _many(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def _facts(report: "Report", time: dict[str, Any]) -> list[tuple[str, str]]:
    facts, info, trial = report.facts, report.info, report.trial
    found: list[tuple[str, str]] = []
    if info is not None and info.hash:
        found.append(("hash", info.hash))
    if facts:
        rows = ", ".join(f"{count} {name}" for name, count in facts["rows"].items())
        shared = f"{facts['shared']} rows stand in two" if facts["shared"] else "no row stands in two"
        found += [
            ("rows", f"{rows}; {shared}"),
            ("inputs", facts["inputs"]),
            ("targets", facts["targets"]),
        ]
    if "weights" in facts:
        sites = ", ".join(map(str, facts["sites"]))
        found.append(("model", f"{facts['weights']} weights with {report.tried}; sites of width {sites}"))
    if info is not None and "weights" in facts:
        points = "; ".join(", ".join(f"{name} {value:g}" for name, value in point) for point in info.grid)
        found += [("grid", points), ("baselines", ", ".join(one.name for one in info.baselines))]
    if info is not None and trial is not None:
        unit = f" {info.unit}" if info.unit else ""
        found += [
            (
                "score",
                f"{info.score}{unit}: chance {info.chance:.4g}, {report.tried} untrained "
                f"{trial.untrained_score:.4g}, "
                f"after {_many(trial.epochs, 'epoch')} on {trial.rows} rows {trial.score:.4g}",
            ),
            (
                "time",
                f"{1000 * trial.step_s:.2g} ms a step, {trial.training_s:.2g} s a training; a search of "
                f"{time['trials']} trials with its confirmation, {time['trainings']} trainings, takes about "
                f"{_span(time['search_s'])} on {_many(time['workers'], 'core')}",
            ),
        ]
    return found


def _time(report: "Report") -> dict[str, Any]:
    """What a search by default settings would take, by the pace of the short training."""
    from ...search import Job, make_plan

    if report.trial is None or report.info is None:
        return {}
    plan = make_plan(Job(task=report.name), report.info)
    baselines, job = len(plan.baselines), plan.job
    tuned = (plan.shortlisted + 2 * baselines) * len(report.info.grid)
    trainings = job.trials * job.seeds + tuned + (job.leaders + baselines) * job.confirm_seeds
    workers = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return {
        "trials": job.trials,
        "trainings": trainings,
        "workers": workers,
        "search_s": trainings * report.trial.training_s / workers,
    }


def _span(seconds: float) -> str:
    if seconds < 120:
        return _many(max(1, math.ceil(seconds)), "second")
    if seconds < 7200:
        return _many(math.ceil(seconds / 60), "minute")
    return _many(math.ceil(seconds / 3600), "hour")
