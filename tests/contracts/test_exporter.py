"""What every exporter keeps: its file stands alone, equals the reference, and notices when it is broken."""

import ast
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch

from actsearch.export import EXPORTERS, Found, export
from actsearch.primitives import (
    ZOO,
    Expr,
    ExprError,
    Outcome,
    UnknownName,
    key,
    load_grammar,
    params,
    parse,
    pieces,
    random_expr,
    screen,
    standardised,
    value,
)
from actsearch.primitives import format as format_expr

every_exporter = pytest.mark.parametrize("to", EXPORTERS)

TELLING = [
    "x*sigmoid(x)",
    "x*sigmoid(b*x) | b=1.0 channel",
    "relu(x1)*x + p(0.25)*sin(3*x)",
    "surrogate(step(x), sigmoid(2*x))",
    "x + sin(a*x)^2/a | a=1.5 neuron",
    "x1*tanh(axis_standardise(b*x)) | b=1.5",
]
"""One piece and two, parameters of each scope, a jump with another slope, rows."""


def found(text: str, *, standardise: bool = False) -> Found:
    return Found(text=text, key=key(parse(text)), standardise=standardise, version="0.0.0")


def load(text: str) -> ModuleType:
    """The file's text as a module, without running its self-check."""
    module = ModuleType("found")
    exec(compile(text, "found.py", "exec"), module.__dict__)
    return module


def differences(text: str) -> list[str]:
    module: Any = load(text)
    return [*module.differences(torch.float64), *module.differences(torch.float32)]


def exportable(to: str, expr: Expr) -> str | None:
    """None where the screen or the exporter refuses."""
    if screen(expr).outcome is not Outcome.OK:
        return None
    try:
        return export(found(format_expr(expr)), to)
    except ExprError:
        return None


@every_exporter
@pytest.mark.parametrize(("text", "standardise"), [(TELLING[1], True), (TELLING[2], False)])
def test_a_file_checks_itself_in_an_empty_folder(
    to: str, text: str, standardise: bool, tmp_path: Path
) -> None:
    file = tmp_path / "found.py"
    file.write_text(export(found(text, standardise=standardise), to))
    done = subprocess.run(
        [sys.executable, "-I", "-W", "error", str(file)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("ok: ")


@every_exporter
def test_a_broken_file_says_what_differs(to: str, tmp_path: Path) -> None:
    file = tmp_path / "found.py"
    text = export(found("sin(1.25*x)"), to)
    assert text.count("1.25 * x") == 1
    file.write_text(text.replace("1.25 * x", "1.2500001 * x"))
    done = subprocess.run([sys.executable, "-I", str(file)], capture_output=True, text=True, timeout=120)
    assert done.returncode == 1
    assert "differs from its reference" in done.stderr
    assert "Traceback" not in done.stderr


@every_exporter
@pytest.mark.parametrize("name", ZOO)
def test_known_functions_pass_their_check(to: str, name: str) -> None:
    assert differences(export(found(ZOO[name].text), to)) == []


@every_exporter
@pytest.mark.parametrize("grammar", ["ramachandran2017", "extended"])
def test_random_functions_equal_the_reference(to: str, grammar: str) -> None:
    """The file's own check passes, and away from its points it is the float64 reference too."""
    rng = np.random.default_rng(1)
    exported = 0
    while exported < 60:
        expr = random_expr(rng, load_grammar(grammar))
        text = exportable(to, expr)
        if text is None:
            continue
        exported += 1
        assert differences(text) == [], format_expr(expr)
        inputs = [rng.normal(size=50) for _ in range(pieces(expr))]
        module: Any = load(text)
        activation = module.Activation(1).double()
        with torch.no_grad():
            for parameter, param in zip(activation.parameters(), params(expr), strict=True):
                parameter.fill_(param.init)
            given = activation(torch.from_numpy(np.stack(inputs, axis=1)))[:, 0].numpy()
        with np.errstate(all="ignore"):
            wanted = value(expr, inputs)
        np.testing.assert_allclose(given, wanted, rtol=1e-6, atol=1e-9, err_msg=format_expr(expr))


def numbers_of(text: str) -> list[ast.Constant]:
    """The numbers in what the file computes: initial values, and constants of `forward` but for shapes."""
    (activation,) = [
        node for node in ast.parse(text).body if isinstance(node, ast.ClassDef) and node.name == "Activation"
    ]
    return [
        node
        for node in ast.walk(activation)
        if isinstance(node, ast.Constant) and isinstance(node.value, float)
    ]


def changed(text: str, number: ast.Constant, change: Callable[[float], float]) -> str:
    lines = text.splitlines(keepends=True)
    line = lines[number.lineno - 1]
    assert isinstance(number.value, float)
    put = repr(change(number.value))
    lines[number.lineno - 1] = line[: number.col_offset] + put + line[number.end_col_offset :]
    return "".join(lines)


@every_exporter
@pytest.mark.parametrize("standardise", [False, True])
def test_breaking_any_constant_is_noticed(to: str, standardise: bool) -> None:
    changes = (lambda old: old * (1 + 1e-6) + 1e-9, lambda old: -old - 0.5, lambda old: old + 1.0)
    for source in (*TELLING, "1.7*tanh(0.6*x) - 0.1*x", "gauss(0.5*x) + 2*erf(x - 0.75)"):
        expr = parse(source)
        text = export(found(source, standardise=standardise), to)
        numbers = numbers_of(text)
        assert numbers or not (params(expr) or standardise)
        for number in numbers:
            for change in changes:
                assert differences(changed(text, number, change)), (source, number.value)


@every_exporter
def test_a_standardised_export_has_gaussian_mean_0_and_deviation_1(to: str) -> None:
    module: Any = load(export(found("3*x*sigmoid(2*x) + 1", standardise=True), to))
    points, weights = np.polynomial.hermite_e.hermegauss(200)
    weights = weights / weights.sum()
    with torch.no_grad():
        values = module.Activation(1).double()(torch.from_numpy(points)[:, None])[:, 0].numpy()
    assert weights @ values == pytest.approx(0.0, abs=1e-9)
    assert weights @ values**2 == pytest.approx(1.0, abs=1e-9)


@every_exporter
def test_it_is_the_function_that_was_trained(to: str) -> None:
    """The class in the file and the module that workers train give the same bits."""
    from actsearch.primitives.module import module

    text = "x*sigmoid(b*x) + 0.1*sin(x) | b=1.0 channel"
    trained = module(standardised(parse(text)), 7)
    file: Any = load(export(found(text, standardise=True), to))
    taken = file.Activation(7)
    taken.load_state_dict(trained.state_dict())
    x = torch.randn(20, 7, generator=torch.Generator().manual_seed(0))
    assert torch.equal(trained(x), taken(x))


@every_exporter
def test_files_import_nothing_of_actsearch(to: str) -> None:
    text = export(found("gelu"), to)
    names = {
        alias.name.split(".")[0]
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
    assert names <= {"torch", "math", "sys"}


@every_exporter
def test_exports_repeat_themselves(to: str) -> None:
    assert export(found("mish"), to) == export(found("mish"), to)


@every_exporter
def test_what_cannot_be_compared_is_refused(to: str) -> None:
    with pytest.raises(ExprError, match="cannot be exported"):
        export(found("sqrt(x - 3)"), to)


def test_unknown_exporters_are_named() -> None:
    with pytest.raises(UnknownName, match="`torch`"):
        export(found("relu"), "tourch")
