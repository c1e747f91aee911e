"""MLflow dies while a job runs, and comes back during it or after it: the mirror holds everything, once."""

from pathlib import Path
from typing import Any

import pytest

from .conftest import StartService
from .gates import Gates
from .mirror.conftest import contents
from .whole_service import JOB, WholeService

pytestmark = pytest.mark.slow


def mirrored(database: Path) -> dict[str, Any]:
    """All that MLflow holds, but for the files, whose places differ."""
    held = contents(database)
    for run in held["runs"]:
        run[5] = None
    for version in held["versions"]:
        version[3] = None
    return held


@pytest.mark.parametrize("back", [True, False], ids=["back during the job", "back after it"])
def test_a_mlflow_that_dies_holds_everything_once_in_the_end(
    start_service: StartService, undisturbed: str, back: bool
) -> None:
    service = start_service("mlflow", "api", "mirroring")
    held, fresh = (service.stack.folder(name) / "mlflow.db" for name in ("mlflow", "fresh"))
    with Gates(service.database, ("mid batch", "tuning")) as gates:
        job = service.submit(JOB, "one")
        gates.reached("mid batch")
        service.stack.kill("mlflow")
        gates.open("mid batch")
        gates.reached("tuning")
        if back:
            service.stack.start("mlflow")
        gates.open("tuning")
        service.until(lambda: f"job {job.id}: done" in service.stack.said("mirroring"))
    assert service.digest() == undisturbed
    if not back:
        service.stack.start("mlflow")
    mirror(service)
    mirror(service, "--mlflow", f"sqlite:///{fresh}")
    assert mirrored(held) == mirrored(fresh)
    assert "Traceback" not in service.said()


def mirror(service: WholeService, *words: str) -> None:
    sent = service.stack.run("mirroring", "actsearch", "mirror", *words)
    assert sent.returncode == 0, sent.stderr
