"""Tables as people have them: read, split, encoded; and what is wrong with them, told in one sentence."""

import csv
import gzip
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet
import pytest
import torch
from sklearn.metrics import r2_score, roc_auc_score

from actsearch.primitives import ActsearchError, Lane, Outcome, UnknownName, key, parse
from actsearch.workers import check_task, load_task, train
from actsearch.workers.tasks.answers import answers_of, parts_of
from actsearch.workers.tasks.features import encode
from actsearch.workers.tasks.table_files import Column, Table, read_table
from actsearch.workers.tasks.tabular import area, class_metrics, number_metrics, tabular

ROWS = 300


def lines(rows: int = ROWS) -> list[str]:
    """A table with everything in it: numbers with holes, words, dates, a name of each row, a constant."""
    rng = np.random.default_rng(0)
    out = ["name,size,colour,when,fixed,count,price,sold"]
    for row in range(rows):
        size = "" if row % 17 == 0 else f"{rng.normal(50, 9):.3f}"
        colour = rng.choice(["red", "green", "blue, light", ""])
        when = f"20{rng.integers(10, 24)}-{rng.integers(1, 13):02d}-{rng.integers(1, 29):02d}"
        price = 3.0 * float(size or 50) + 40 * (colour == "red") + rng.normal()
        quoted = f'"{colour}"' if "," in colour else colour
        out.append(
            f"n{row},{size},{quoted},{when},7,{rng.integers(9)},{price:.4f},{'yes' if price > 160 else 'no'}"
        )
    return out


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    def written(content: str | bytes, name: str = "table.csv") -> Path:
        file = tmp_path / name
        file.write_bytes(content.encode() if isinstance(content, str) else content)
        return file

    return written


@pytest.fixture
def prices(write: Callable[..., Path]) -> Path:
    return write("\n".join(lines()))


def test_what_to_foretell_is_found_or_said(prices: Path) -> None:
    sold, price, count = (tabular(file=prices, target=name) for name in ("sold", "price", "count"))
    assert [task.info.unit for task in (sold, price, count)] == ["nats", "", "nats"]
    assert sold.data.train.targets.dtype == torch.int64
    assert price.data.train.targets.shape[1:] == (1,)
    assert tabular(file=prices, target="count", kind="regression").info.unit == ""
    assert "no, yes" in sold.info.description
    for words in ("300 rows", "`name`: 300 different words", "`fixed`: constant"):
        assert words in sold.info.description


@pytest.mark.parametrize("target", ["sold", "price"])
def test_a_table_is_learnt(prices: Path, target: str) -> None:
    name = f"tabular:file={prices},target={target}"
    task = load_task(name)
    assert check_task(name, elsewhere=False).faults == ()
    protocol = replace(task.info.confirm, standardise=False)
    lane = Lane(key(parse("relu")), "relu", name, task.info.hash, protocol, task.info.default, 0)
    (found,) = train(task, [lane])
    assert found.outcome is Outcome.OK
    metric, least = ("test_accuracy", 0.9) if target == "sold" else ("test_r2", 0.8)
    assert found.metrics[metric] > least


def test_formats_give_one_table_and_one_hash(prices: Path, write: Callable[..., Path]) -> None:
    text = prices.read_text()
    hashes = {load_task(f"tabular:file={prices},target=sold").info.hash}
    for name, content in (
        ("other.csv", text.encode()),
        ("bom.csv", b"\xef\xbb\xbf" + text.encode()),
        ("dos.csv", text.replace("\n", "\r\n").encode()),
        ("table.csv.gz", gzip.compress(text.encode())),
        ("table.tsv", "\n".join(_tabs(line) for line in text.splitlines()).encode()),
    ):
        hashes.add(load_task(f"tabular:file={write(content, name)},target=sold").info.hash)
    assert len(hashes) == 1


def _tabs(line: str) -> str:
    return "\t".join(next(csv.reader([line])))


def test_parquet_is_read_with_its_types(tmp_path: Path) -> None:
    table = pa.table(
        {
            "flag": [True, False, None] * 20,
            "size": pa.array(range(60), pa.int16()),
            "word": pa.array(["a", "b", None] * 20).dictionary_encode(),
            "when": pa.array(range(60), pa.timestamp("ms")),
            "list": [[1, 2]] * 60,
            "y": ["p", "q", "r"] * 20,
        }
    )
    pyarrow.parquet.write_table(table, tmp_path / "t.parquet")
    found = read_table(tmp_path / "t.parquet")
    kinds = {column.name: column.kind for column in found.columns}
    assert kinds == {"flag": "numbers", "size": "numbers", "word": "words", "when": "times", "y": "words"}
    assert [int(column.missing.sum()) for column in found.columns] == [20, 0, 20, 0, 0]
    task = tabular(file=tmp_path / "t.parquet")
    assert "`list`" in task.info.description
    assert "`size`: it counts the rows" in task.info.description


def column(name: str, values: object, levels: tuple[str, ...] = ()) -> Column:
    dtype = np.int64 if levels else np.float64
    return Column(name, "words" if levels else "numbers", np.asarray(values, dtype), levels)


def test_inputs_are_scaled_by_the_training_rows_alone() -> None:
    rng = np.random.default_rng(0)
    values = rng.normal(5.0, 3.0, 50)
    values[[3, 45]] = np.nan
    values[40] = 1e9
    words = rng.integers(-1, 3, 50)
    train = np.arange(40)
    found = encode(Table("t", (column("a", values), column("w", words, ("u", "v", "w")))), train)
    own = np.where(np.isnan(values[train]), np.nanmedian(values[train]), values[train])
    np.testing.assert_allclose(found.inputs[train, 0], (own - own.mean()) / own.std(), atol=1e-5)
    assert found.inputs[45, 0] == pytest.approx((np.nanmedian(values[train]) - own.mean()) / own.std())
    assert found.inputs[40, 0] == 10.0
    assert np.flatnonzero(found.inputs[:, 1] > 0).tolist() == [3, 45]
    assert found.inputs.shape[1] == 2 + 3 + 1
    np.testing.assert_allclose(found.inputs[train, 1:].mean(0), 0.0, atol=1e-6)
    order = sorted(range(3), key=lambda level: -int((words[train] == level).sum()))
    for index, level in enumerate(order):
        np.testing.assert_array_equal(found.inputs[:, 2 + index] > 0, words == level)


def test_words_that_training_lacks_are_none_of_the_known() -> None:
    words = np.array([0, 1, 2] * 10 + [3, 4])
    found = encode(Table("t", (column("w", words, ("a", "b", "c", "d", "e")),)), np.arange(30))
    assert (found.inputs[30:] < 0).all()


def test_many_words_become_the_frequent_ones_and_the_rest() -> None:
    words = np.concatenate([np.repeat(np.arange(100), 3), np.zeros(100, int)])
    found = encode(Table("t", (column("w", words, tuple(map(str, range(100)))),)), np.arange(400))
    assert found.inputs.shape[1] == 33
    assert (found.inputs[:, 32] > 0).sum() == 3 * 68


@pytest.mark.parametrize("classes", [True, False])
def test_splits_are_in_proportion_and_equal_rows_stand_together(classes: bool) -> None:
    rng = np.random.default_rng(1)
    distinct = rng.normal(size=(400, 2))
    rows = np.concatenate([np.arange(400), rng.integers(0, 400, 200)])
    target = (distinct[:, 0] > 0.5).astype(float) if classes else distinct.sum(1)
    table = Table("t", (column("a", distinct[rows, 0]), column("b", distinct[rows, 1])))
    answers = answers_of(column("y", target[rows]), "auto", "t")
    assert bool(answers.classes) is classes
    parts = parts_of(table, answers)
    np.testing.assert_array_equal(np.sort(np.concatenate(parts)), np.arange(600))
    homes = [set(rows[part].tolist()) for part in parts]
    assert homes[0].isdisjoint(homes[1] | homes[2])
    assert homes[1].isdisjoint(homes[2])
    for home, share in zip(homes, (0.6, 0.2, 0.2), strict=True):
        assert abs(len(home) - share * 400) <= 5
        mean = target.mean()
        assert np.mean([target[row] for row in home]) == pytest.approx(mean, abs=0.03 if classes else 0.2)


def test_a_thousand_columns_are_read(write: Callable[..., Path]) -> None:
    rng = np.random.default_rng(0)
    table = rng.normal(size=(60, 2000)).round(3)
    head = ",".join([*(f"c{index}" for index in range(2000)), "y"])
    rows = [",".join([*map(str, row), "ab"[int(row[0] > 0)]]) for row in table]
    task = tabular(file=write("\n".join([head, *rows])))
    assert task.data.train.inputs.shape[1] == 2000


def test_the_area_is_that_of_scikit_learn() -> None:
    rng = np.random.default_rng(0)
    margins, positive = rng.normal(size=200).round(1), rng.random(200) < 0.3
    expected = roc_auc_score(positive, margins)
    assert area(torch.tensor(margins), torch.tensor(positive)) == pytest.approx(expected)
    assert area(torch.tensor([1.0, 2.0]), torch.tensor([True, True])) == 0.5
    outputs = torch.tensor(np.stack([np.zeros(200), margins], 1))
    assert class_metrics(outputs, torch.tensor(positive).long())["auc"] == pytest.approx(expected)


def test_r2_is_that_of_scikit_learn() -> None:
    truth, answer = np.random.default_rng(0).normal(size=(2, 40, 1))
    found = number_metrics(torch.tensor(answer), torch.tensor(truth))
    assert found["r2"] == pytest.approx(r2_score(truth, answer))


GOOD = "\n".join(["a,b,y", *(f"{row % 7},{row * 0.37:.2f},{'pq'[row % 3 == 0]}" for row in range(60))])

FAULTS: dict[str, tuple[str | bytes, str, str, str]] = {
    # content, name of the file, further settings, words
    "empty": ("", "t.csv", "", "is empty"),
    "header alone": ("a,b,y\n", "t.csv", "", "has no rows below its header"),
    "one column": ("y\n" + "p\nq\n" * 20, "t.csv", "", "has one column, `y`"),
    "a column twice": (GOOD.replace("a,b,y", "a,a,y"), "t.csv", "", "`a` more than once"),
    "ragged": (
        GOOD.replace("1,0.37,p", "1,0.37"),
        "t.csv",
        "",
        "is ragged: expected 3 columns, got 2 in row 3",
    ),
    "too long a row": (GOOD.replace("1,0.37,p", "1,0,37,p"), "t.csv", "", "got 4 in row 3"),
    "latin": (GOOD.replace("p", "é").encode("latin-1"), "t.csv", "", "is not UTF-8 in line"),
    "utf-16": (GOOD.encode("utf-16"), "t.csv", "", "is UTF-16"),
    "binary": (b"a,b,y\n\0\1\2", "t.csv", "", "is a binary file"),
    "parquet by the name of csv": (b"PAR1xxxx", "t.csv", "", "is a Parquet file"),
    "csv by the name of parquet": (GOOD, "t.parquet", "", "is not a Parquet file"),
    "half a parquet": (b"PAR1" + b"x" * 100, "t.parquet", "", "not a table that can be read"),
    "no gzip": (GOOD, "t.csv.gz", "", "is no gzip file"),
    "half a gzip": (gzip.compress(GOOD.encode())[:100], "t.csv.gz", "", "ends too early"),
    "a picture": (b"\x89PNG", "t.png", "", "a file that ends in `.csv`"),
    "one class": (GOOD.replace("q", "p"), "t.csv", "", "is `p` in every row"),
    "no target": (GOOD, "t.csv", ",target=z", "there is no column of"),
    "no usual target": (
        GOOD.replace("b,y", "b,z"),
        "t.csv",
        "",
        "`target=NAME` would do; it has `a`, `b`, `z`",
    ),
    "a target without answer": (
        GOOD.replace("1,0.37,p", "1,0.37,"),
        "t.csv",
        "",
        "missing in 1 rows, the first is row 2 below the header",
    ),
    "words as numbers": (GOOD, "t.csv", ",kind=regression", "holds words, such as `q`: `kind=classes`"),
    "a class for each row": (GOOD, "t.csv", ",target=b,kind=classes", "has 60 classes in 60 rows"),
    "few rows": ("\n".join(GOOD.splitlines()[:9]), "t.csv", "", "has 8 rows; 20 at least"),
    "few different rows": ("a,y\n" + "1,p\n2,q\n" * 30, "t.csv", "", "has 2 different rows, too few"),
    "nothing to learn from": ("a,y\n" + "1,p\n1,q\n" * 30, "t.csv", "", "different rows|no column to learn"),
}


@pytest.mark.parametrize("kind", FAULTS)
def test_a_fault_is_one_sentence(write: Callable[..., Path], kind: str) -> None:
    content, name, further, words = FAULTS[kind]
    with pytest.raises(ActsearchError, match=words) as caught:
        load_task(f"tabular:file={write(content, name)}{further}")
    assert "\n" not in str(caught.value)
    assert "Error:" not in str(caught.value)[:60]


def test_an_unknown_column_lists_the_nearest(prices: Path) -> None:
    with pytest.raises(UnknownName) as caught:
        load_task(f"tabular:file={prices},target=prise")
    assert caught.value.known[0] == "price"


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ("file=nowhere.csv", "there is no file `nowhere.csv`"),
        ("file=/tmp", "`/tmp` is a folder"),
        ("file=a.csv,openml=b", "one table"),
        ("openml=../../etc", "is no table of OpenML"),
        ("openml=adult@x", "is no table of OpenML"),
    ],
)
def test_a_wrong_setting_is_one_sentence(settings: str, words: str) -> None:
    with pytest.raises(ActsearchError, match=words):
        load_task(f"tabular:{settings}")


def test_a_number_that_is_mostly_one_is_read_as_one(write: Callable[..., Path]) -> None:
    rows = [f"{row * 0.5},{'pq'[row % 2]}" for row in range(99)]
    table = read_table(write("\n".join(["a,y", *rows, "about 3,p"])))
    assert table.columns[0].kind == "numbers"
    assert int(table.columns[0].missing.sum()) == 1
    assert "`about 3` as missing" in table.columns[0].note


@pytest.mark.slow
def test_a_million_rows_are_loaded(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(1_000_000, 8))
    columns = {f"x{index}": x[:, index] for index in range(8)} | {"y": (x[:, 0] > 0).astype(int)}
    pyarrow.parquet.write_table(pa.table(columns), tmp_path / "long.parquet")
    task = load_task(f"tabular:file={tmp_path / 'long.parquet'}")
    assert len(task.data.train.inputs) == pytest.approx(600_000, abs=2)
    assert task.info.search.epochs == 1
    tiny = load_task(f"tabular:file={tmp_path / 'long.parquet'},budget=tiny")
    assert len(tiny.data.train.inputs) == pytest.approx(1200, abs=2)
