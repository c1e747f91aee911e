"""`find_activations`: every activation of a model in the order in which they are passed, without running it.

The forward method of each module of the user's own is traced by itself (torch.fx), its children standing for
themselves: so the names of the model stay, and a module that cannot be traced hides nothing but itself.
"""

import copy
import inspect
import operator
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Literal

import torch
from torch import fx, nn

from .known import METHODS, in_place, name_of_call, name_of_module

__all__ = ["Place", "Places", "Traced", "changes_argument", "find_activations", "traced"]

_CONTAINERS = (nn.Sequential, nn.ModuleList, nn.ModuleDict)
_MENTIONS = re.compile(rf"\b({'|'.join(sorted(METHODS))})\(")

_GATES = frozenset({"Sigmoid", "sigmoid", "Hardsigmoid", "hardsigmoid"})
"""Names of those that weigh something else where they are multiplied by it."""

_PRODUCTS = frozenset({operator.mul, operator.imul, torch.mul, "mul", "mul_"})
_MOVES = frozenset(
    {
        *("view", "reshape", "expand", "expand_as", "unsqueeze", "flatten", "permute", "transpose", "chunk"),
        *("split", "unbind", operator.getitem, torch.reshape, torch.unsqueeze, torch.flatten, torch.permute),
        *(torch.transpose, torch.chunk, torch.split, torch.unbind),
    }
)
"""Calls that hand numbers on as they are."""

_ALONE = frozenset(
    {
        *_PRODUCTS,
        *(operator.add, operator.sub, operator.truediv, operator.neg, operator.pow, operator.iadd),
        *(torch.add, torch.sub, torch.div, torch.neg, torch.pow, torch.exp, torch.log, torch.erf, torch.abs),
        *("add", "sub", "div", "neg", "pow", "exp", "log", "erf", "abs", "square", "add_", "div_"),
    }
)
"""Calls that act on each number alone."""


@dataclass(frozen=True, slots=True)
class Place:
    """One use of an activation."""

    name: str
    """`block.act`; the second use of the same module `block.act_1`; of a function `block.gelu`."""
    old: str
    """What stands there: the name of a class or function, or the text of an expression."""
    kind: Literal["module", "node", "attribute"]
    """`module` is a child that can be exchanged; `node` stands in the graph of its parent: a functional call,
    a child that is used twice, or one that changes its argument while others still read it."""
    parent: str
    """The module in whose forward method it is used."""
    target: str
    """The name of that child, node or attribute under `parent`."""
    output: bool = False
    """No layer with weights comes behind it: it makes the output of the model."""
    gate: bool = False
    """A sigmoid that something else is multiplied by, as in squeeze-and-excitation or a cell of an LSTM."""
    part: bool = False
    """Multiplied by a function of its own input, as in x*sigmoid(x): the activation is the whole of it."""


@dataclass(frozen=True, slots=True)
class Places:
    """What was found, and what could not be looked into."""

    places: tuple[Place, ...]
    hidden: tuple[str, ...]
    """A sentence for each module whose activations, if it has any, cannot be reached."""


@dataclass(frozen=True, slots=True)
class Traced:
    """The forward method of one module as a graph."""

    graph: fx.Graph
    root: nn.Module
    """What was traced, with the constants that were found on the way."""
    trouble: str = ""
    """Why it could not be traced; the graph is then empty."""


class _OneLevel(fx.Tracer):
    """Every module that the traced one calls stands for itself."""

    def is_leaf_module(self, m: nn.Module, module_qualified_name: str) -> bool:
        return True


def traced(module: nn.Module, training: bool | None = None) -> Traced:
    """The graph of `module`'s own forward method, in its own mode or in that of `training`.

    A copy is traced that shares children and weights: forward methods keep what they see.
    """
    shared = {id(part): part for part in (*module.children(), *module.parameters())}
    try:
        root = copy.deepcopy(module, shared)
    except Exception:  # it holds what cannot be copied, as a lock or an open file
        root = copy.copy(module)
    if training is not None:
        root.training = training
    try:
        return Traced(_OneLevel().trace(root), root)
    except Exception as error:
        return Traced(fx.Graph(), root, f"{type(error).__name__}: {' '.join(str(error).split())[:200]}")


def find_activations(model: nn.Module) -> Places:
    """Every activation of `model`; it is neither run nor changed.

    What comes behind the last layer with weights is marked as the output.
    """
    hidden: list[str] = []
    found = list(_walk(model, "", False, set(), hidden))
    last = max((number for number, one in enumerate(found) if one is None), default=-1)
    return Places(
        tuple(replace(one, output=number > last >= 0) for number, one in enumerate(found) if one is not None),
        tuple(hidden),
    )


def _walk(
    module: nn.Module, path: str, gate: bool, seen: set[int], hidden: list[str]
) -> Iterator[Place | None]:
    """Places in the order of the forward pass; None where a layer with weights is passed.

    A module that stands at several places has its sites but once, as it has its weights; `gate` is whether
    what it gives is multiplied by something else.
    """
    if id(module) in seen:
        if any(True for _ in module.parameters()):
            yield None
        return
    seen.add(id(module))
    kind = type(module)
    if isinstance(module, torch.jit.ScriptModule):
        hidden.append(
            f"`{path or module.original_name}` is compiled by `torch.jit`; give what it was made of"
        )
        yield None
        return
    if kind.__module__.startswith("torch.nn") or kind in _CONTAINERS:
        if any(True for _ in module.parameters(recurse=False)):
            yield None
        if isinstance(module, nn.RNNBase):
            hidden.append(f"`{path}`: the activations of torch's {kind.__name__} are part of its kernel")
        yield from _in_children(module, path, gate, seen, hidden)
        if kind not in _CONTAINERS and any(True for _ in module.children()):
            yield None  # a layer of torch's that holds others: the order within it is its own
        for name, value in vars(module).items():
            if (old := name_of_call(value, method=False)) is not None:
                yield Place(_join(path, name), old, "attribute", path, name)
        return
    found = traced(module)
    if found.trouble:
        if _MENTIONS.search(_text_of(module)):
            hidden.append(
                f"`{path or kind.__name__}`: its functional calls cannot be reached: {found.trouble}; "
                "in their place modules, as `nn.ReLU`, could be"
            )
        if any(True for _ in module.parameters(recurse=False)):
            yield None
        yield from _in_children(module, path, False, seen, hidden)
        return
    yield from _in_graph(module, found.graph, path, gate, seen, hidden)


def _in_children(
    module: nn.Module, path: str, gate: bool, seen: set[int], hidden: list[str]
) -> Iterator[Place | None]:
    """Child after child, in the order in which they were registered."""
    children = [
        (name, child) for name, child in module.named_modules(remove_duplicate=False) if "." not in name
    ][1:]
    for name, child in children:
        last = gate and isinstance(module, nn.Sequential) and child is children[-1][1]
        if (old := name_of_module(child)) is not None:
            yield Place(_join(path, name), old, "module", path, name, gate=last and old in _GATES)
        else:
            yield from _walk(child, _join(path, name), last, seen, hidden)


def _in_graph(
    module: nn.Module, graph: fx.Graph, path: str, gate: bool, seen: set[int], hidden: list[str]
) -> Iterator[Place | None]:
    uses = Counter(str(node.target) for node in graph.nodes if node.op == "call_module")
    numbers: Counter[str] = Counter()
    for node in graph.nodes:
        weighs = _multiplies(node, gate)
        match node.op:
            case "call_module":
                child, target = module.get_submodule(str(node.target)), str(node.target)
                if (old := name_of_module(child)) is None:
                    yield from _walk(child, _join(path, target), weighs, seen, hidden)
                    continue
                number = numbers[target]
                numbers[target] += 1
                name = _join(path, f"{target}_{number}" if number else target)
                within = weighs and old in _GATES
                if uses[target] > 1 or (changes_argument(module, node) and _read_later(node)):
                    yield Place(name, old, "node", path, node.name, gate=within)
                else:
                    yield Place(name, old, "module", path, target, gate=within)
            case "call_function" | "call_method":
                old = name_of_call(node.target, method=node.op == "call_method")
                if old is not None:
                    name = _join(path, node.name)
                    within = weighs and old in _GATES
                    yield Place(name, old, "node", path, node.name, gate=within, part=_meets_itself(node))
            case "get_attr":
                yield None
            case _:
                pass


def _multiplies(node: fx.Node, gate: bool) -> bool:
    """Whether what `node` gives is multiplied by something else, behind it or, with `gate`, by the caller."""
    for user in node.users:
        if user.op == "output":
            if gate:
                return True
        elif user.target in _PRODUCTS:
            if len(user.all_input_nodes) > 1:
                return True
        elif user.target in _MOVES and _multiplies(user, gate):
            return True
    return False


def _meets_itself(node: fx.Node) -> bool:
    """Whether `node`, or a function of it, is multiplied by another function of what enters it."""
    behind = _origins(node.all_input_nodes, node)
    seen, front = {node}, [node]
    while front:
        one = front.pop()
        for user in one.users:
            others = [other for other in user.all_input_nodes if other is not one]
            if user.target in _PRODUCTS and behind & _origins(others, node):
                return True
            if _acts_alone(user) and user not in seen:
                seen.add(user)
                front.append(user)
    return False


def _origins(nodes: Iterable[fx.Node], without: fx.Node) -> set[fx.Node]:
    """`nodes`, and what they are functions of, number by number, on ways that do not pass `without`."""
    seen = set(nodes) - {without}
    front = list(seen)
    while front:
        one = front.pop()
        new = set(one.all_input_nodes) - seen - {without} if _acts_alone(one) else set[fx.Node]()
        seen |= new
        front += new
    return seen


def _acts_alone(node: fx.Node) -> bool:
    if node.op not in ("call_function", "call_method"):
        return False
    return node.target in _ALONE or name_of_call(node.target, method=node.op == "call_method") is not None


def _read_later(node: fx.Node) -> bool:
    """Whether what enters `node` is read again behind it."""
    entering = node.all_input_nodes
    return bool(entering) and any(user is not node and node < user for user in entering[0].users)


def changes_argument(module: nn.Module, node: fx.Node) -> bool:
    """Whether the activation at `node` of `module`'s graph writes into its argument."""
    if node.op == "call_module":
        return bool(vars(module.get_submodule(str(node.target))).get("inplace"))
    return in_place(node.target, node.args[1:], node.kwargs)


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _text_of(module: nn.Module) -> str:
    try:
        return inspect.getsource(type(module).forward)
    except (OSError, TypeError):
        return ""
