"""What looking at pages drags along: nothing that trains, draws pictures or samples."""

import subprocess
import sys

HEAVY = ("torch", "ray", "sklearn", "mlflow", "matplotlib", "pandas", "optuna")


def test_pages_are_shown_without_torch_ray_matplotlib_or_optuna(home: str) -> None:
    """In a fresh process; the form of a job alone asks Optuna for the names of its samplers."""
    code = f"""
import sys
import warnings
warnings.simplefilter("ignore")
from fastapi.testclient import TestClient
from actsearch.service.http import Settings, create_app
with TestClient(create_app(Settings(home={home!r})), base_url="http://127.0.0.1") as pages:
    row = pages.get("/leaderboard.json?shown=confirmed").json()[0]
    places = ["/", "/?task=toy&view=cost&operator=tanh", "/activations/" + row["key"], "/jobs",
              "/jobs/" + row["job_id"], "/compare?f=gelu&f=" + row["key"], "/playground?e=x*sin(x)",
              "/playground/export/torch?e=gelu", "/zoo", "/sign-in"]
    for place in places:
        assert pages.get(place).status_code == 200, place
    heavy = set({HEAVY!r}) & set(sys.modules)
    assert not heavy, heavy
    assert pages.get("/jobs/new").status_code == 200
    heavy = set({HEAVY!r}) & set(sys.modules) - {{"optuna"}}
    assert not heavy, heavy
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
