"""What an activation is worth: tasks, training, pools. Names that need torch are resolved when first used."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .networks import FourierFeatures, equal_width, mlp, mlp_weights
    from .pool import Pool
    from .pools import POOLS, InlinePool, LocalPool, RayPool, open_pool
    from .surgery import find_activations, replace_activations
    from .task import Activation, Data, Picture, Split, Task, chance
    from .task_name import split_name
    from .tasks import TASKS, Report, absolute_name, check_task, known_settings, load_task
    from .training import fit, train

__all__ = [
    "POOLS",
    "TASKS",
    "Activation",
    "Data",
    "FourierFeatures",
    "InlinePool",
    "LocalPool",
    "Picture",
    "Pool",
    "RayPool",
    "Report",
    "Split",
    "Task",
    "absolute_name",
    "chance",
    "check_task",
    "equal_width",
    "find_activations",
    "fit",
    "known_settings",
    "load_task",
    "mlp",
    "mlp_weights",
    "open_pool",
    "replace_activations",
    "split_name",
    "train",
]

_PLACES = {
    "POOLS": "pools",
    "TASKS": "tasks",
    "Activation": "task",
    "Data": "task",
    "FourierFeatures": "networks",
    "InlinePool": "pools",
    "LocalPool": "pools",
    "Picture": "task",
    "Pool": "pool",
    "RayPool": "pools",
    "Report": "tasks",
    "Split": "task",
    "Task": "task",
    "absolute_name": "tasks",
    "chance": "task",
    "check_task": "tasks",
    "equal_width": "networks",
    "find_activations": "surgery",
    "fit": "training",
    "known_settings": "tasks",
    "load_task": "tasks",
    "mlp": "networks",
    "mlp_weights": "networks",
    "open_pool": "pools",
    "replace_activations": "surgery",
    "split_name": "task_name",
    "train": "training",
}


def __getattr__(name: str) -> Any:
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_PLACES[name]}", __name__), name)
