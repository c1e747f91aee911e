"""Exporter `torch`: one Python file that needs torch alone and checks itself.

The class in it is the text that was trained (`primitives.source`). Around it stand where it comes
from, how to use it, parameter groups that leave its parameters undecayed, and under `__main__` a
comparison with values and slopes frozen from the float64 reference, in float64 and in float32.
"""

import math
from collections.abc import Iterable
from string import Template
from textwrap import indent

from ..primitives import parse, pieces, source, standardised
from .found import Found
from .frozen import Frozen, freeze
from .provenance import facts, headline

__all__ = ["export_torch"]


def export_torch(found: Found) -> str:
    """The text of the file.

    Raises `ExprError` where the text is no expression, cannot be standardised, or has too few points
    with a finite value for a self-check.
    """
    expr = parse(found.text)
    exported = standardised(expr) if found.standardise else expr
    frozen = freeze(exported)
    return _FILE.substitute(
        headline=headline(exported),
        facts=facts(found, expr, exported),
        wide=f"{pieces(exported)} * 64" if pieces(exported) > 1 else "64",
        activation=source(exported).strip(),
        rate=_rate(found),
        rows=indent(_rows(frozen), "    "),
        parameters=_parameters(frozen),
        row=frozen.row,
    )


def _rate(found: Found) -> str:
    multiple = found.standing.protocol.activation_lr if found.standing else 1.0
    return "lr" if multiple == 1.0 else f"{multiple!r} * lr"


def _rows(frozen: Frozen) -> str:
    columns = zip(
        frozen.inputs,
        frozen.values,
        frozen.slopes,
        frozen.value_rounding,
        frozen.slope_rounding,
        strict=True,
    )
    return "\n".join(
        f"({_tuple(x)}, {float(value)!r}, {_tuple(slopes)}, {_upward(rounding)!r}, "
        f"{_tuple(map(_upward, roundings))}),"
        for x, value, slopes, rounding, roundings in columns
    )


def _parameters(frozen: Frozen) -> str:
    lines = [
        f'    ("{name}", {slope!r}, {_upward(rounding)!r}),\n'
        for name, slope, rounding in frozen.parameter_slopes
    ]
    return "(\n" + "".join(lines) + ")" if lines else "()"


def _tuple(numbers: Iterable[float]) -> str:
    return "(" + "".join(f"{float(number)!r}, " for number in numbers).rstrip() + ")"


def _upward(number: float) -> float:
    """A bound to two digits, never less than it was."""
    unit = 10.0 ** (math.floor(math.log10(number)) - 1) if number > 0 else 1.0
    return float(f"{math.ceil(number / unit) * unit:.2g}")


_FILE = Template(
    '''\
r"""$headline

$facts

Use (this file saved as found.py):

    from torch import nn, optim
    from found import Activation, parameter_groups

    net = nn.Sequential(nn.Linear(8, $wide), Activation(64), nn.Linear(64, 1))
    optimiser = optim.AdamW(parameter_groups(net, lr=1e-3, weight_decay=1e-2))

`python found.py` compares this file with its float64 reference.
"""

import math
import sys

import torch

__all__ = ["Activation", "parameter_groups"]


$activation


def parameter_groups(model, lr, weight_decay):
    """Groups for any torch optimiser: the activations' own parameters are not decayed."""
    sites = [module for module in model.modules() if isinstance(module, Activation)]
    own = {id(parameter): parameter for site in sites for parameter in site.parameters(recurse=False)}
    rest = [parameter for parameter in model.parameters() if id(parameter) not in own]
    groups = [
        {"params": rest, "lr": lr, "weight_decay": weight_decay},
        {"params": list(own.values()), "lr": $rate, "weight_decay": 0.0},
    ]
    return [group for group in groups if group["params"]]


# Each row: inputs (one a piece), value, slopes (one a piece), and how many times the machine epsilon
# may be magnified in the value and in each slope.
REFERENCE = (
$rows
)

# Each row: name, slope of the sum of all values above, and how many times epsilon may be magnified.
PARAMETER_SLOPES = $parameters

ROW = $row
"""Channels of one row of inputs: more than 1 where a value depends on a whole row; slopes are of the sum."""

SLACK = 32
"""Tolerance in units of magnified machine epsilon."""


def differences(dtype):
    """Sentences on what is not as the reference says; empty where everything is."""
    before = torch.get_default_dtype()
    torch.set_default_dtype(dtype)
    activation = Activation(1)
    torch.set_default_dtype(before)
    inputs = torch.tensor([row[0] for row in REFERENCE], dtype=dtype, requires_grad=True)  # (point, piece)
    rows = inputs.unflatten(0, (-1, ROW)).transpose(1, 2).flatten(1)  # (row, piece * ROW)
    values = activation(rows).reshape(-1, 1)  # (point, 1)
    values.sum().backward()
    compared = []
    for row, value, slopes in zip(REFERENCE, values.tolist(), inputs.grad.tolist()):
        compared.append((f"value at {row[0]}", value[0], row[1], row[3]))
        for piece, (slope, wanted, rounding) in enumerate(zip(slopes, row[2], row[4])):
            compared.append((f"slope {piece} at {row[0]}", slope, wanted, rounding))
    trained = [parameter.grad.sum().item() for parameter in activation.parameters()]
    compared.append(("number of parameters", len(trained), len(PARAMETER_SLOPES), 0.0))
    for slope, (name, wanted, rounding) in zip(trained, PARAMETER_SLOPES):
        compared.append((f"slope of parameter {name}", slope, wanted, rounding))
    epsilon = SLACK * torch.finfo(dtype).eps
    return [
        f"{dtype}: {what} is {value!r}, not {wanted!r} (tolerance {epsilon * rounding:.1e})"
        for what, value, wanted, rounding in compared
        if not abs(value - wanted) <= epsilon * rounding
    ]


if __name__ == "__main__":
    found = differences(torch.float64) + differences(torch.float32)
    if found:
        sys.exit("\\n".join(["differs from its reference:", *found[:10]]))
    slopes = sum(len(row[2]) for row in REFERENCE) + len(PARAMETER_SLOPES)
    magnified = max(max(row[3], *row[4]) for row in REFERENCE)
    double, single = (SLACK * torch.finfo(dtype).eps * magnified for dtype in (torch.float64, torch.float32))
    print(
        f"ok: {len(REFERENCE)} values and {slopes} slopes equal their float64 reference "
        f"(tolerance up to {double:.0e} in float64, {single:.0e} in float32)"
    )
'''
)
