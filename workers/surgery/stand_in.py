"""`StandIn`: the old function as a module of its own, where another is about to take its place."""

import functools
import operator
from collections.abc import Callable, Sequence
from itertools import groupby
from typing import Any

from torch import Tensor, fx, nn

from ...primitives import TaskError
from .places import Place, changes_argument, traced

__all__ = ["StandIn", "expose"]


class StandIn(nn.Module):
    """Computes what stood at `place`, and keeps the shape of what came last."""

    def __init__(self, place: Place, old: Callable[[Tensor], Tensor] | nn.Module) -> None:
        super().__init__()
        self.place = place
        self.old = old
        self.shape: tuple[int, ...] = ()

    def forward(self, x: Tensor) -> Tensor:
        self.shape = tuple(x.shape)
        return self.old(x)


def expose(model: nn.Module, places: Sequence[Place]) -> nn.Module:
    """`model`, changed, with a `StandIn` at every one of `places`; it computes what it did.

    A module whose graph has to be rewritten stays what it is but for its forward method.
    """
    for place in places:
        parent = model.get_submodule(place.parent)
        if place.kind == "module":
            old = parent.get_submodule(place.target)
            parent.set_submodule(place.target, StandIn(place, old).train(old.training))
        elif place.kind == "attribute":
            stand_in = StandIn(place, vars(parent)[place.target]).train(parent.training)
            setattr(parent, place.target, stand_in)
        if isinstance(parent, nn.TransformerEncoderLayer):
            parent.activation_relu_or_gelu = 0  # else a fused kernel leaves the activation out
    nodes = sorted((place for place in places if place.kind == "node"), key=lambda place: place.parent)
    for path, group in groupby(nodes, key=lambda place: place.parent):
        _rewrite(model.get_submodule(path), list(group))
    return model


def _rewrite(parent: nn.Module, places: Sequence[Place]) -> None:
    """Gives `parent` a forward method that calls a `StandIn` at each of `places`.

    It is traced in training and in evaluation, since tracing takes for granted what depends on the mode;
    its class becomes one derived from its own, so that methods, hooks and attributes stay.
    """
    kind: Any = type(parent)
    name, forwards = places[0].parent or kind.__name__, dict[bool, Callable[..., Any]]()
    sites: dict[str, StandIn] = {}
    unused: set[str] = set()
    for training in (parent.training, not parent.training):
        found = traced(parent, training)
        nodes = {node.name: node for node in found.graph.nodes}
        missing = [place.name for place in places if place.target not in nodes]
        if found.trouble or missing:
            mode = "training" if training else "evaluation"
            why = found.trouble or f"`{missing[0]}` is not called"
            raise TaskError(
                f"`{name}` cannot be rewritten: in {mode} mode {why}; choose other sites by `pattern`"
            )
        exchanged = {
            str(nodes[place.target].target) for place in places if nodes[place.target].op == "call_module"
        }
        for place in places:
            site = f"{place.target}_site"
            if site not in sites:
                sites[site] = StandIn(place, _old(parent, nodes[place.target])).train(parent.training)
            found.root.add_module(site, sites[site])
            _exchange(parent, found.graph, nodes[place.target], site)
        called = {str(node.target) for node in found.graph.nodes if node.op == "call_module"}
        unused = exchanged - called if training is parent.training else unused - called
        forwards[training] = vars(type(fx.GraphModule(found.root, found.graph)))["forward"]
        for constant, value in vars(found.root).items():
            if isinstance(value, Tensor) and constant not in vars(parent):
                parent.register_buffer(constant, value, persistent=False)
    for target in unused:
        holder, _, child = target.rpartition(".")
        delattr(parent.get_submodule(holder), child)
    for site, stand_in in sites.items():
        parent.add_module(site, stand_in)

    @functools.wraps(kind.forward)
    def forward(self: nn.Module, *arguments: Any, **settings: Any) -> Any:
        return forwards[self.training](self, *arguments, **settings)

    parent.__class__ = type(kind.__name__, (kind,), {"forward": forward, "__module__": kind.__module__})


def _exchange(parent: nn.Module, graph: fx.Graph, node: fx.Node, site: str) -> None:
    """Puts a call of the child `site` in the place of `node`."""
    entering = node.all_input_nodes[0]
    with graph.inserting_before(node):
        new = graph.call_module(site, (entering,))
    node.replace_all_uses_with(new)
    if changes_argument(parent, node):  # whoever reads the argument later reads the value
        for user in [user for user in entering.users if user not in (new, node) and node < user]:
            user.replace_input_with(entering, new)
    graph.erase_node(node)


def _old(parent: nn.Module, node: fx.Node) -> "Callable[[Tensor], Tensor] | nn.Module":
    """What `node` computes, of its first argument alone."""
    if node.op == "call_module":
        return parent.get_submodule(str(node.target))
    settings = {name: value for name, value in node.kwargs.items() if name not in ("inplace", "input")}
    rest = [one for one in node.args[1:] if not isinstance(one, bool | fx.Node)]  # a bool asks for `inplace`
    if node.op == "call_method":
        return operator.methodcaller(str(node.target).rstrip("_"), *rest, **settings)
    function: Any = node.target
    return lambda x: function(x, *rest, **settings)
