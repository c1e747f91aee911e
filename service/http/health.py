"""Whether the service answers, which one it is, and how much it has to do (for Prometheus)."""

from collections.abc import Iterable
from importlib.metadata import version as version_of
from typing import final

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from ...storage import JOB_STATES
from ...storage.migrate import NEWEST
from ...storage.pages import Pages
from .access import Reader
from .kept import Kept
from .models import Health, Ready, Version
from .problems import PROBLEMS, refusal

__all__ = ["router"]

router = APIRouter(tags=["service"])


@router.get("/health", responses=PROBLEMS(421, 429))
def health() -> Health:
    """The process answers; nothing else is looked at. Needs no token."""
    return Health()


@router.get("/ready", responses=PROBLEMS(421, 429, 503))
def ready(kept: Kept) -> Ready:
    """The database answers too; 503 where it does not. Needs no token."""
    kept.pages.jobs(limit=1)
    return Ready(revision=NEWEST)


@router.get("/version", responses=PROBLEMS(421, 429))
def version() -> Version:
    """Which actsearch this is. Needs no token."""
    return Version(version=version_of("actsearch"), revision=NEWEST)


@router.get(
    "/metrics",
    response_class=Response,
    responses={
        200: {
            "description": "Gauges in Prometheus' text format, counted in the database.",
            "content": {"text/plain": {"schema": {"type": "string"}}},
        },
        **PROBLEMS(401, 403, 421, 429, 503),
    },
)
def metrics(kept: Kept, caller: Reader) -> Response:
    """Jobs by state, leases that runners hold, tasks and evaluations stored: of all projects."""
    if caller.project is not None:
        raise refusal(403, "these are counts of all projects; show a token that is not of one alone")
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Census(kept.pages))
    return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)


@final
class _Census(Collector):
    """What the database holds when it is asked."""

    def __init__(self, pages: Pages) -> None:
        self._pages = pages

    def collect(self) -> Iterable[Metric]:
        jobs, rows = self._pages.census()
        states = GaugeMetricFamily("actsearch_jobs", "Jobs by their state.", labels=["state"])
        for state in JOB_STATES:
            states.add_metric([state], jobs.get(state, 0))
        yield states
        for name, about in _ROWS.items():
            yield GaugeMetricFamily(f"actsearch_{name}", about, rows[name])


_ROWS = {
    "leases": "Jobs that a runner has.",
    "tasks": "Versions of tasks.",
    "evaluations": "Trainings whose results are stored.",
}
