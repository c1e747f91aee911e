"""No test mirrors its searches to MLflow but where it says so: a sender is a process of its own."""

import os

os.environ["ACTSEARCH_MLFLOW"] = "off"
