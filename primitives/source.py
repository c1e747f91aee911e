"""`Expr` to source text: one torch class, the file that is trained and the file that is exported.

    class Activation(torch.nn.Module):
        \"\"\"x*sigmoid(b*x) | b=1.0 channel

        Returns a tensor of the shape of its input.
        \"\"\"

        expr_text = "x*sigmoid(b*x) | b=1.0 channel"

        def __init__(self, width: int | tuple[int, ...] = 1) -> None: ...

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            b = self.b if x.dim() < 4 else self.b.view(-1, *[1] * (x.dim() - 2))
            return x * torch.sigmoid(b * x)

`width` is the site's: the number of its channels, or its shape without the batch (channels first where
there are three or more). A parameter has 1 value (`layer`), one a channel (axis 1 of tensors with four axes
or more, else the last), or one a neuron (the whole shape). Several pieces are cut along the same axis.
"""

import keyword
import re
from collections import Counter
from collections.abc import Sequence
from typing import Final

import numpy as np

from .errors import ExprError
from .expr import Const, Expr, Input, Param, params, pieces
from .ops import OPS, over_axis
from .parser import check_name
from .program import Step, program
from .template import ATOM, SIGN, Piece, template
from .text import format

__all__ = ["HEADER", "source"]

HEADER: Final = "import math\n\nimport torch\n"
"""What the text of `source` needs in front of it."""

_LONGEST: Final = 72
"""A subexpression of more characters gets a line and a name of its own."""

_TAKEN_WORDS: Final = """
    add_module apply bfloat16 buffers call_super_init children compile cpu cuda double dump_patches eval
    extra_repr float forward get_buffer get_extra_state get_parameter get_submodule half ipu
    load_state_dict modules mtia named_buffers named_children named_modules named_parameters parameters
    register_backward_hook register_buffer register_forward_hook register_forward_pre_hook
    register_full_backward_hook register_full_backward_pre_hook register_load_state_dict_post_hook
    register_load_state_dict_pre_hook register_module register_parameter register_state_dict_post_hook
    register_state_dict_pre_hook requires_grad_ set_extra_state set_submodule share_memory state_dict to
    to_empty train training type xpu zero_grad axis expr_text math pieces self torch
"""

_TAKEN: Final = frozenset([*_TAKEN_WORDS.split(), *keyword.kwlist])
"""Attributes of every torch module, names that the text uses itself, and the words of Python: a parameter
of such a name gets a `_` behind it."""


def source(expr: Expr, name: str = "Activation") -> str:
    """The text of a class `name(torch.nn.Module)` that computes `expr`; it needs `HEADER` in front.

    The formula stands in its docstring and in its attribute `expr_text`, numbers as `repr` has them.
    Subexpressions that are used twice are computed once. Raises `ExprError` where `name` is no name of
    a class, and for what no text can say (see `format`).
    """
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", name) or keyword.iskeyword(name):
        raise ExprError(f"a class is named like `Swish`, with letters and digits, not {name!a}")
    text, declared = format(expr), params(expr)
    attributes = _attributes(declared)
    lines = [
        f"class {name}(torch.nn.Module):",
        f'    """{text}',
        "",
        *(f"    {line}" for line in _shape_sentences(pieces(expr), over_axis(expr))),
        '    """',
        "",
        f'    expr_text = "{text}"',
        f"    pieces = {pieces(expr)}",
        "",
        "    def __init__(self, width: int | tuple[int, ...] = 1) -> None:",
        "        super().__init__()",
        *(f"        {line}" for line in _registrations(declared, attributes)),
        "",
        "    def forward(self, x: torch.Tensor) -> torch.Tensor:",
        *(f"        {line}" for line in _cut(pieces(expr), over_axis(expr))),
        *(f"        {line}" for line in _views(declared, attributes)),
        *(f"        {line}" for line in _body(expr, attributes)),
    ]
    return "\n".join(lines) + "\n"


def _shape_sentences(cut: int, rows: bool) -> list[str]:
    along = "along axis 1 of four axes or more, else along the last"
    returned = "Returns a tensor of the shape of its input."
    lines = [f"Cuts its input into {cut} pieces, {along}."] if cut > 1 else [returned]
    return [*lines, f"Its statistics are taken {along}."] if rows else lines


def _attributes(declared: Sequence[Param]) -> dict[str, str]:
    """The attribute of each parameter by name; nothing but a plain lower-case word gets into the text."""
    found: dict[str, str] = {}
    for param in declared:
        check_name(param.name)
        attribute = param.name
        while attribute in _TAKEN or attribute in found.values():
            attribute += "_"
        found[param.name] = attribute
    return found


def _registrations(declared: Sequence[Param], attributes: dict[str, str]) -> list[str]:
    shapes = {"layer": "1", "channel": "channels", "neuron": "shape"}
    scopes = {param.scope for param in declared}
    lines: list[str] = []
    if scopes & {"channel", "neuron"}:
        lines.append("shape = (width,) if isinstance(width, int) else tuple(width)")
    if "channel" in scopes:
        lines.append("channels = shape[0] if len(shape) > 2 else shape[-1]")
    for param in declared:
        shape = "shape" if param.scope == "neuron" else f"({shapes[param.scope]},)"
        full = f"torch.full({shape}, {param.init!r})"
        lines.append(f"self.{attributes[param.name]} = torch.nn.Parameter({full})")
    return lines


def _cut(cut: int, rows: bool) -> list[str]:
    axis = "axis = 1 if x.dim() > 3 else -1"
    if cut == 1:
        return [axis] if rows else []
    return [
        axis,
        f"if x.shape[axis] % {cut}:",
        f'    raise ValueError(f"cannot cut axis {{axis}}, of size {{x.shape[axis]}}, into {cut} pieces")',
        f"{', '.join(f'x{piece}' for piece in range(cut))} = x.chunk({cut}, dim=axis)",
    ]


def _views(declared: Sequence[Param], attributes: dict[str, str]) -> list[str]:
    """Parameters of channels, laid along axis 1 of images; parameters of neurons, which must fit images."""
    lines = [
        f"{attribute} = self.{attribute} if x.dim() < 4 else self.{attribute}.view(-1, *[1] * (x.dim() - 2))"
        for attribute in (attributes[param.name] for param in declared if param.scope == "channel")
    ]
    for attribute in [attributes[param.name] for param in declared if param.scope == "neuron"][:1]:
        # Without this, 32 channels would be taken for the 32 columns of an image.
        lines.append(f"if x.dim() > 3 and self.{attribute}.dim() < 3:")
        lines.append('    raise ValueError("parameters of neurons need `width=(channels, height, width)`")')
    return lines


def _body(expr: Expr, attributes: dict[str, str]) -> list[str]:
    """The statements that compute `expr`, the last one a `return`."""
    steps = program(expr)
    first = "x" if pieces(expr) == 1 else "x0"
    uses = Counter(
        arg
        for step in steps
        if isinstance(step.what, str)
        for arg in (step.args[slot] for slot, _ in template(OPS[step.what].torch).slots)
    )
    names = (
        f"t{number}" for number in range(1, 2 * len(steps) + 1) if f"t{number}" not in attributes.values()
    )
    lines: list[str] = []
    found: list[Piece] = []
    shaped = _shaped(steps)
    for number, step in enumerate(steps):
        if isinstance(step.what, str) and OPS[step.what].axis:
            # A number or a parameter alone is no row: it is one along the whole axis.
            for arg in (arg for arg in step.args if not shaped[arg]):
                temporary = next(names)
                lines.append(f"{temporary} = {_row_of(found[arg], first)}")
                found[arg] = Piece(temporary)
                shaped[arg] = True
        piece = _piece(step, found, first, attributes)
        long = uses[number] > 1 or len(piece.text) > _LONGEST
        if isinstance(step.what, str) and piece.constant is None and long and number < len(steps) - 1:
            temporary = next(names)
            lines.append(f"{temporary} = {piece.text}")
            piece = Piece(temporary)
        found.append(piece)
    result = found[-1]
    if result.constant is not None:
        return [f"return torch.full_like({first}, {result.text})"]
    if not shaped[-1]:
        return [*lines, f"return {result.within(ATOM)}.expand_as({first})"]
    return [*lines, f"return {result.text}"]


def _shaped(steps: Sequence[Step]) -> list[bool]:
    """Of each step whether its value has the shape of the input, not of a number or a parameter."""
    shaped: list[bool] = []
    for step in steps:
        axis = isinstance(step.what, str) and OPS[step.what].axis
        shaped.append(axis or isinstance(step.what, Input) or any(shaped[arg] for arg in step.args))
    return shaped


def _piece(step: Step, found: Sequence[Piece], first: str, attributes: dict[str, str]) -> Piece:
    match step.what:
        case Input(piece):
            return Piece(f"x{piece}" if first == "x0" else "x")
        case Const(number):
            return _literal(number)
        case Param(name, _, scope):
            return Piece(attributes[name] if scope == "channel" else f"self.{attributes[name]}")
        case str(op):
            row, args = OPS[op], [found[arg] for arg in step.args]
            constants = [arg.constant for arg in args if arg.constant is not None]
            if len(constants) == len(args):
                with np.errstate(all="ignore"):
                    return _literal(float(row.reference(*(np.float64(number) for number in constants))))
            if row.tensors:
                args = [
                    arg if arg.constant is None else Piece(f"{first}.new_tensor({arg.text})") for arg in args
                ]
            return template(row.torch).filled(args)


def _row_of(arg: Piece, first: str) -> str:
    """The text of a number or parameter spread to the shape of the input."""
    if arg.constant is not None:
        return f"torch.full_like({first}, {arg.text})"
    return f"{arg.within(ATOM)}.expand_as({first})"


def _literal(number: float) -> Piece:
    """The number as Python reads it; a constant expression may well be infinite or not a number."""
    if number != number:
        text = "math.nan"
    elif number in (float("inf"), float("-inf")):
        text = "math.inf" if number > 0 else "-math.inf"
    else:
        text = repr(number)
    return Piece(text, SIGN if text.startswith("-") else ATOM, number)
