"""One good task and many bad ones: each an edit of the good one, with the words that tell of it."""

from typing import TypeAlias

GOOD = """
import numpy as np
import torch
from actsearch.primitives import Baseline, Protocol, TaskInfo, point
from actsearch.workers import Data, Split, Task, chance, mlp
from torch import nn

rng = np.random.default_rng(0)


def model(activation, point, protocol):
    return mlp(
        activation, inputs=4, width=16, depth=2, outputs=3, initialisation=protocol.initialisation
    )


def loss(outputs, targets):
    return nn.functional.cross_entropy(outputs, targets)


def metrics(outputs, targets):
    value = float(loss(outputs, targets))
    return {"score": -value}


def make_task():
    x = rng.normal(size=(300, 4))
    y = x[:, :3].argmax(1)
    parts = np.arange(180), np.arange(180, 240), np.arange(240, 300)
    data = Data(*(Split.of(x[part], y[part]) for part in parts))
    shares = torch.bincount(data.train.targets, minlength=3) / len(data.train.targets)
    return Task(
        info=TaskInfo(
            name="largest", title="Which is largest", description="For tests.", score="-loss", unit="nats",
            chance=chance(data, metrics, shares.log()),
            default=point(lr=1e-2), grid=(point(lr=3e-3), point(lr=1e-2)),
            baselines=(Baseline(name="relu", text="relu"), Baseline(name="tanh", text="tanh")),
            search=Protocol(epochs=4, batch=30),
            confirm=Protocol(phase="confirm", epochs=4, batch=30),
        ),
        data=data,
        model=model,
        loss=loss,
        metrics=metrics,
    )
"""

REAL = (
    ("y = x[:, :3].argmax(1)", "y = x[:, :1] * 2"),
    ("outputs=3", "outputs=1"),
    ("cross_entropy", "mse_loss"),
    ("    shares = torch.bincount(data.train.targets, minlength=3) / len(data.train.targets)\n", ""),
    ("shares.log()", "data.train.targets.mean(0)"),
)
"""Turns the good task into one of regression."""

NO_CHANCE = ("chance=chance(data, metrics, shares.log())", "chance=-1.0")
REAL_NO_CHANCE = ("chance=chance(data, metrics, data.train.targets.mean(0))", "chance=-1.0")

OWN = "nn.Sequential(nn.Linear(4, 16 * activation.pieces), activation(16), nn.Linear(16, 3))"
MLP = """mlp(
        activation, inputs=4, width=16, depth=2, outputs=3, initialisation=protocol.initialisation
    )"""

Edit: TypeAlias = tuple[str, str]


def edited(*edits: Edit) -> str:
    text = GOOD
    for line, instead in edits:
        assert line in text, line
        text = text.replace(line, instead)
    return text


def own(body: str, *, before: str = "") -> Edit:
    """The model replaced by an expression, with classes before it."""
    return "def model(activation, point, protocol):\n    return " + MLP, (
        f"{before}\n\ndef model(activation, point, protocol):\n    return {body}"
    )


def net(forward: str, *, extra: str = "") -> Edit:
    """The model as a class of one's own."""
    return own(
        "Net(activation)",
        before=(
            "class Net(nn.Module):\n"
            "    def __init__(self, activation):\n"
            "        super().__init__()\n"
            "        self.one = nn.Linear(4, 16 * activation.pieces)\n"
            "        self.site = activation(16)\n"
            "        self.two = nn.Linear(16, 3)\n"
            f"        {extra or 'pass'}\n\n"
            "    def forward(self, x):\n"
            f"        {forward}\n"
        ),
    )


ERRORS: dict[str, tuple[tuple[Edit, ...], str]] = {
    "a model of too few outputs": (
        (("outputs=3", "outputs=2"),),
        r"`loss` cannot take outputs \(30, 2\).* classes run to 2, .* 3 outputs, and `model` gives 2",
    ),
    "classes from -1": (
        (
            ("argmax(1)", "argmax(1) - 1"),
            ("data.train.targets, minlength", "data.train.targets + 1, minlength"),
            NO_CHANCE,
        ),
        "classes count from 0, and the smallest here is -1",
    ),
    "a rare class beyond the outputs": (
        (
            ("y = x[:, :3].argmax(1)", "y = x[:, :3].argmax(1)\n    y[100] = 3"),
            ("minlength=3) / len", "minlength=3)[:3] / len"),
        ),
        r"in `train`, `loss` cannot take .*classes run to 3",
    ),
    "outputs of one row more": (
        (net("return self.two(self.site(self.one(x)))[1:]"),),
        "a row of outputs belongs",
    ),
    "a tuple of outputs": (
        (net("return self.two(self.site(self.one(x))), x"),),
        "`model` gives a `tuple`; one tensor",
    ),
    "inputs that do not fit": ((("inputs=4", "inputs=5"),), r"`model` cannot take inputs \(30, 4\) float32"),
    "no site": ((own("nn.Linear(4, 3)"),), r"`model` has no site.*`activation\(width\)`"),
    "no module": ((own("torch.zeros(3)"),), "`model` returns a `Tensor`; a `torch.nn.Module` would do"),
    "a model that raises": ((own("1 / 0"),), r"`model` cannot be made with .*`relu\(x\)`.*ZeroDivisionError"),
    "a model that ends the program": ((own("exit(3)"),), "`model` cannot be made .*SystemExit"),
    "no weights": ((own("nn.Sequential(activation(4))"),), "`model` has no weight to train"),
    "lazy layers": (
        (own("nn.Sequential(nn.LazyLinear(16), activation(16), nn.Linear(16, 3))"),),
        "lazy layers",
    ),
    "a site of wrong width": (
        (own(OWN.replace("activation(16)", "activation(8)")),),
        r"site 0 was made as `activation\(8\)`.*16 channels on axis 1; `activation\(16\)` would do",
    ),
    "a site of width 1": (
        (own(OWN.replace("activation(16)", "activation(1)")),),
        r"`activation\(16\)` would do",
    ),
    "a batch-norm and a rest of one row": (
        (
            own(OWN.replace("activation(16)", "nn.BatchNorm1d(16 * activation.pieces), activation(16)")),
            ("batch=30", "batch=179"),
        ),
        "the last batch of an epoch has 1 of 179 rows.*another `batch`",
    ),
    "a loss of many numbers": (
        (
            ("(outputs, targets)\n\n\ndef metrics", "(outputs, targets, reduction='none')\n\n\ndef metrics"),
            ("value = float(loss(outputs, targets))", "value = float(loss(outputs, targets).mean())"),
        ),
        r"`loss` gives a tensor \(30,\) float32; one number",
    ),
    "a loss without gradient": (
        (("cross_entropy(outputs,", "cross_entropy(outputs.detach(),"),),
        "`loss` has no gradient",
    ),
    "a loss that is a number": (
        (
            (
                "return nn.functional.cross_entropy(outputs, targets)",
                "return float(nn.functional.cross_entropy(outputs, targets))",
            ),
        ),
        "`loss` gives a `float`",
    ),
    "targets that cross outputs": (
        (*REAL, ("y = x[:, :1] * 2", "y = x[:, 0] * 2"), REAL_NO_CHANCE),
        r"torch pairs every output with every target.*`targets\[:, None\]`",
    ),
    "whole targets for a loss of real ones": (
        (
            *REAL,
            ("y = x[:, :1] * 2", "y = (x[:, :1] > 0).astype(int)"),
            ("mse_loss", "binary_cross_entropy_with_logits"),
            REAL_NO_CHANCE,
        ),
        r"`loss` cannot take .*real targets would do",
    ),
    "metrics without score": (
        (('"score"', '"accuracy"'), NO_CHANCE),
        r"`metrics` gives \['accuracy'\]; among them should be `score`",
    ),
    "a score that is NaN": ((("-value", 'value * float("nan")'), NO_CHANCE), "gives `score` as nan"),
    "a score that is no number": ((("-value", '"high"'), NO_CHANCE), "gives `score` as a `str`; a number"),
    "metrics that raise": (
        (("return {", "return {}[0] or {"), NO_CHANCE),
        "`metrics` cannot take .*KeyError",
    ),
    "NaN in the data": (
        (("y = x[:", "x[12, 2] = np.nan; y = x[:"),),
        "`data.train.inputs` holds 1 numbers that are not finite .*row 12, column 2",
    ),
    "an empty split": ((("np.arange(240, 300)", "np.arange(0)"),), "`data.test` is empty"),
    "fewer targets than inputs": (
        (("y[part]) for", "y[part][1:]) for"), NO_CHANCE),
        "180 rows of inputs and 179 of targets",
    ),
    "validation that is train": (
        (("np.arange(180, 240)", "np.arange(60)"),),
        "60 of the 60 rows of `validation` stand in `train`",
    ),
    "bool inputs": (
        (("Split.of(x[part], y[part])", "Split(torch.from_numpy(x[part] > 0), torch.from_numpy(y[part]))"),),
        r"`data.train.inputs` is \(180, 4\) bool; real numbers",
    ),
    "numbers that numpy lacks": (
        (
            (
                "Split.of(x[part], y[part])",
                "Split(torch.tensor(x[part]).bfloat16(), torch.from_numpy(y[part]))",
            ),
        ),
        r"`data.train.inputs` is \(180, 4\) bfloat16; real numbers",
    ),
    "sparse inputs": (
        (
            (
                "Split.of(x[part], y[part])",
                "Split(torch.tensor(x[part]).float().to_sparse(), torch.from_numpy(y[part]))",
            ),
            NO_CHANCE,
        ),
        r"`data.train.inputs` is a `torch.sparse_coo` tensor; `inputs.to_dense\(\)` would do",
    ),
    "rows without a number": (
        (("Split.of(x[part], y[part])", "Split.of(x[part][:, :0], y[part])"),),
        r"`data.train.inputs` is \(180, 0\) float32: rows without a number",
    ),
    "inputs that the model changes": (
        (net("x.mul_(2)\n        return self.two(self.site(self.one(x)))"),),
        "`model` changes its inputs in place",
    ),
    "arrays as they are": (
        (
            ("Split.of(x[part], y[part])", "Split(x[part], y[part])"),
            ("data.train.targets", "torch.tensor(data.train.targets)"),
            NO_CHANCE,
        ),
        "`data.train.inputs` is a `ndarray`; `Split.of",
    ),
    "equal targets": (
        (("argmax(1)", "argmax(1) * 0"), NO_CHANCE),
        "`data.train.targets` are the same in every row",
    ),
    "an unknown optimiser": (
        (("batch=30", "batch=30, optimiser='adm'"),),
        "`search`: there is no optimiser `adm`",
    ),
    "no learning rate": (
        (("default=point(lr=1e-2)", "default=point(rate=1e-2)"),),
        "a learning rate `lr` belongs to",
    ),
    "no baseline": (
        (
            (
                'baselines=(Baseline(name="relu", text="relu"), Baseline(name="tanh", text="tanh"))',
                "baselines=()",
            ),
        ),
        "`baselines` is empty",
    ),
    "sources that are not there": (
        (("metrics=metrics,\n    )", "metrics=metrics, sources=('nowhere.py',),\n    )"),),
        "`sources` names `nowhere.py`",
    ),
    "chance that is no number": (
        (("chance=chance(data, metrics, shares.log())", "chance=float('inf')"),),
        "`chance` should be a finite number, not `inf`",
    ),
}

LATER: dict[str, tuple[tuple[Edit, ...], str]] = {
    "a baseline whose initialisation the model lacks": (
        (('text="tanh")', 'text="tanh", initialisation="nosuch")'),),
        "baseline `tanh`: `model` cannot be made .*no initialisation `nosuch`",
    ),
    "weights that numpy draws": (
        (
            net(
                "return self.two(self.site(self.one(x)))", extra="self.one.weight.data.mul_(np.random.rand())"
            ),
        ),
        "two networks of one seed have different weights",
    ),
    "noise that numpy draws": (
        (net("return self.two(self.site(self.one(x))) * (1 + np.random.rand())"),),
        "the same training twice gives different numbers",
    ),
    "a grid that the model refuses": (
        (own(f"{OWN} if dict(point)['lr'] > 5e-3 else 1 / 0"),),
        "at a point of `grid`, `model` cannot be made .*'lr': 0.003",
    ),
    "a learning rate that diverges": (
        (("default=point(lr=1e-2)", "default=point(lr=1e38)"),),
        "training ReLU at .* diverges",
    ),
}

WARNINGS: dict[str, tuple[tuple[Edit, ...], str]] = {
    "a score the wrong way round": ((("-value", "value"),), "`score` stands the wrong way round"),
    "a chance that nothing reaches": (
        (("chance=chance(data, metrics, shares.log())", "chance=-0.01"),),
        "`chance` -0.01 is better than",
    ),
    "a chance far below": (
        (("chance=chance(data, metrics, shares.log())", "chance=-1e6"),),
        "`chance` -1e.06 is far below",
    ),
    "a parameter without gradient": (
        (net("return self.two(self.site(self.one(x)))", extra="self.idle = nn.Linear(2, 2)"),),
        "does not reach 2 of the parameters: `idle.weight`, `idle.bias`",
    ),
    "batch-norm": (
        (own(OWN.replace("activation(16)", "nn.BatchNorm1d(16 * activation.pieces), activation(16)")),),
        "keeps state beside its weights",
    ),
    "a gate that does not fit": (
        (own(OWN.replace(" * activation.pieces", "")),),
        "two pieces.*will be BROKEN.*`max_pieces=1`",
    ),
    "a gate that is larger": ((own(OWN.replace("16", "64")),), "not compared at equal cost"),
    "a model that seeds itself": (
        (
            net(
                "return self.two(self.site(self.one(x)))",
                extra="torch.manual_seed(0); self.one.reset_parameters(); self.two.reset_parameters()",
            ),
        ),
        "networks of all seeds have the same weights",
    ),
    "rows that look at each other": (
        (net("return self.two(self.site(self.one(x - x.mean(0))))"),),
        "depend on the other rows",
    ),
    "some rows in two splits": (
        (("np.arange(180, 240)", "np.arange(170, 240)"),),
        "10 of the 70 rows of `validation` stand in `train` too",
    ),
    "inputs of another size": (
        (("Split.of(x[part]", "Split.of(1000 * x[part]"),),
        "`data.train.inputs` have mean .* standardise",
    ),
    "a small split": ((("np.arange(240, 300)", "np.arange(240, 250)"),), "`data.test` has 10 rows"),
    "a loss that is a sum": (
        (("cross_entropy(outputs, targets)", "cross_entropy(outputs, targets, reduction='sum')"),),
        "the mean of their own losses",
    ),
    "default beside the grid": (
        (("default=point(lr=1e-2)", "default=point(lr=2e-2)"),),
        "is no point of `grid`",
    ),
}
