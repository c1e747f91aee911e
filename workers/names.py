"""What comes with actsearch, by name: known where torch is not installed."""

__all__ = ["EXECUTOR_NAMES", "TASK_NAMES"]

TASK_NAMES = (
    "inr-image",
    "digits-mlp",
    "breast-cancer-mlp",
    "wine-mlp",
    "diabetes-mlp",
    "tabular",
    "pinn",
    "images-cnn",
    "images-resnet",
    "text-gpt",
    "rnn-text",
)
"""Rows of `TASKS`: each is made by the function, in the file, of that name with underscores."""

EXECUTOR_NAMES = ("inline", "local", "ray")
"""Rows of `POOLS`."""
