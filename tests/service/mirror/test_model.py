"""Registered models: loaded in a fresh process, they give what the float64 reference gives."""

import json
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from actsearch.primitives import parse, standardised, value

from .conftest import Send, mirror_env

LOADS = """
import json, sys
import mlflow, numpy
mlflow.set_tracking_uri(sys.argv[1])
x = numpy.linspace(-3.0, 3.0, 24).reshape(6, 4)
found = []
for version in ("1", "2", "latest"):
    model = mlflow.pyfunc.load_model(f"models:/actsearch-imagined/{version}")
    module = model.unwrap_python_model().module
    signature = model.metadata.signature.to_dict()
    found.append((module.Activation.expr_text, model.predict(x).tolist(), signature))
json.dump(found, sys.stdout)
"""


@pytest.mark.slow
def test_a_registered_model_is_the_function(send: Send, home: Path, search: SimpleNamespace) -> None:
    """The best leader is the latest version; each is standardised, as it was trained."""
    send(home)
    done = subprocess.run(
        [sys.executable, "-W", "error::UserWarning:mlflow", "-c", LOADS, f"sqlite:///{home}/mlflow.db"],
        env=mirror_env(None), capture_output=True, text=True, timeout=240, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    x = np.linspace(-3.0, 3.0, 24).reshape(6, 4)
    best, second = search.leaders
    for (_, values, signature), text in zip(json.loads(done.stdout), (second, best, best), strict=True):
        wanted = value(standardised(parse(text)), [x])
        assert np.allclose(values, wanted, rtol=1e-12, atol=1e-12)
        for side in ("inputs", "outputs"):
            (tensor,) = json.loads(signature[side])
            assert tensor["tensor-spec"] == {"dtype": "float64", "shape": [-1, -1]}
