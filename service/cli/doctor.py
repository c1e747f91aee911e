"""`actsearch doctor`: what is here for a search or a service, and what to do."""

from dataclasses import asdict

import typer

from .console import print_rows, table
from .home import DEFAULT_HOME, Home
from .listings import AsJson

__all__ = ["doctor"]


def doctor(home: Home = DEFAULT_HOME, as_json: AsJson = False) -> None:
    """Say what is here (processors, memory, GPUs, Ray, database, MLflow, compiler, disk) and what to do.

    Nothing is started, made or changed, and an address that does not answer takes seconds. The exit code is
    1 where something is bad, so that a container's health check may ask it.
    """
    from ..doctor import examine, worst

    findings = examine(home)
    shown = table("name", "state", "what", "what to do")
    for one in findings:
        shown.add_row(one.name, one.state, one.sentence, one.advice)
    print_rows(map(asdict, findings), shown, as_json=as_json)
    if worst(findings) == "bad":
        raise typer.Exit(1)
