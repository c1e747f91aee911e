"""`read_table`: columns of a CSV or Parquet file, or one sentence on why there are none. Knows pyarrow.

It is imported where it is used, which a task without files need not wait for.
"""

import gzip
import re
import zlib
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from ...primitives import TaskError
from .fault import in_words

__all__ = ["FORMATS", "MISSING", "Column", "Table", "read_table", "table_of"]

MISSING = ("", "?", "NA", "N/A", "NaN", "nan", "null", "NULL", "None", "none")
"""Cells of a CSV file that stand for nothing, quoted or not."""

MOSTLY = 0.95
"""A column of words of which so many are numbers is one of numbers; the other words are missing there."""

_HEAD = 1 << 16
_ROW = re.compile(r"Row #(\d+): (Expected \d+ columns, got \d+)")


@dataclass(frozen=True, slots=True)
class Column:
    """One column. Numbers are float64; times are seconds since 1970; words are numbers of `levels`."""

    name: str
    kind: Literal["numbers", "times", "words"]
    values: NDArray[Any]
    """(row,): float64 with NaN where a cell is missing, of words int64 with -1 there."""
    levels: tuple[str, ...] = ()
    """The words that occur, in the order in which they do."""
    note: str = ""
    """What was done to read it so."""

    @property
    def missing(self) -> NDArray[np.bool_]:
        return self.values < 0 if self.kind == "words" else np.isnan(self.values)


@dataclass(frozen=True, slots=True)
class Table:
    """Columns of equal length."""

    shown: str
    """What messages call it."""
    columns: tuple[Column, ...]
    dropped: tuple[str, ...] = ()
    """Columns that hold no cells of one value, each with a word on them."""

    @property
    def rows(self) -> int:
        return len(self.columns[0].values) if self.columns else 0


def read_table(path: Path) -> Table:
    """The table in the file. Raises `TaskError`: one sentence, whatever is wrong with it."""
    suffix = _suffix(path)
    if path.is_dir():
        raise TaskError(f"`{path}` is a folder; the path of one {_KNOWN} file would do")
    if not path.exists():
        raise TaskError(f"there is no file `{path}`")
    if suffix not in FORMATS:
        raise TaskError(f"`{path}` is not a table that can be read; a file that ends in {_KNOWN} would do")
    try:
        return table_of(FORMATS[suffix](path), f"`{path}`")
    except TaskError:
        raise
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise TaskError(f"`{path}` ends too early or is no gzip file: {in_words(error)}") from error
    except OSError as error:
        raise TaskError(f"`{path}` cannot be read: {in_words(error)}") from error
    except Exception as error:  # pyarrow's own
        raise TaskError(f"`{path}` is not a table that can be read: {in_words(error)}") from error


def table_of(table: Any, shown: str) -> Table:
    """The columns of a `pyarrow.Table`, which is called `shown` in messages."""
    names: list[str] = list(table.schema.names)
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise TaskError(f"{shown} has the column `{twice[0]}` more than once; give each its own name")
    if not table.num_rows:
        raise TaskError(f"{shown} has no rows below its header; give it some")
    columns: list[Column] = []
    dropped: list[str] = []
    for name, cells in zip(names, table.columns, strict=True):
        column = _column(name, cells, shown)
        if column is None:
            dropped.append(f"`{name}` ({cells.type})")
        else:
            columns.append(column)
    return Table(shown, tuple(columns), tuple(dropped))


def _column(name: str, cells: Any, shown: str) -> Column | None:
    """None where the cells are lists or the like."""
    import pyarrow as pa
    import pyarrow.compute as pc

    types = pa.types
    kind = cells.type
    if types.is_dictionary(kind):
        cells, kind = cells.cast(kind.value_type), kind.value_type
    if types.is_binary(kind) or types.is_large_binary(kind):
        raise TaskError(
            f"{shown} is not UTF-8 in the column `{name}`; save it as such: `iconv -f latin1 -t utf-8`"
        )
    if types.is_string(kind) or types.is_large_string(kind) or types.is_string_view(kind):
        return _words(name, cells.cast(pa.large_string()))
    if types.is_date(kind) or types.is_timestamp(kind):
        plain = pc.cast(pc.cast(cells, pa.timestamp("s"), safe=False), pa.int64())
        return Column(name, "times", _floats(plain))
    if types.is_time(kind) or types.is_duration(kind):
        width = pa.int32() if types.is_time32(kind) else pa.int64()
        return Column(name, "numbers", _floats(pc.cast(cells, width)))
    if types.is_null(kind):
        return Column(name, "numbers", np.full(len(cells), np.nan))
    if types.is_nested(kind):
        return None
    return Column(name, "numbers", _floats(cells))


def _floats(cells: Any) -> NDArray[np.float64]:
    """Infinite cells are missing ones."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if pa.types.is_boolean(cells.type):
        cells = pc.cast(cells, pa.int8())
    values = pc.cast(cells, pa.float64(), safe=False).to_numpy().astype(np.float64)
    values[~np.isfinite(values)] = np.nan
    return values


def _words(name: str, cells: Any) -> Column:
    encoded = cells.combine_chunks().dictionary_encode()
    codes = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
    levels: list[str] = encoded.dictionary.to_pylist()
    numbers = [_number(level) for level in levels]
    counts = np.bincount(codes[codes >= 0], minlength=len(levels))
    odd = [level for level, number in zip(levels, numbers, strict=True) if number is None]
    known = counts[[number is not None for number in numbers]].sum()
    if levels and known >= MOSTLY * counts.sum():
        values = np.array([np.nan if one is None else one for one in numbers] + [np.nan])  # -1 is the last
        note = f"`{name}` read as numbers, with {', '.join(f'`{one}`' for one in odd[:3])} as missing"
        return Column(name, "numbers", values[codes], note=note)
    return Column(name, "words", codes, tuple(levels))


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if np.isfinite(value) else None


def _csv(path: Path) -> Any:
    from pyarrow import ArrowInvalid
    from pyarrow import csv as arrow

    with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
        head = file.read(_HEAD)
    _look(path, head)
    separator = "\t" if ".tsv" in path.suffixes else _separator(head)
    comma = separator == ";" and re.search(rb";-?\d+,\d", head) and not re.search(rb"\d\.\d", head)
    try:
        return arrow.read_csv(
            path,
            # in one thread messages tell the row, and a worker has one processor anyway
            read_options=arrow.ReadOptions(use_threads=False),
            parse_options=arrow.ParseOptions(delimiter=separator, newlines_in_values=True),
            convert_options=arrow.ConvertOptions(
                null_values=list(MISSING),
                strings_can_be_null=True,
                decimal_point="," if comma else ".",
            ),
        )
    except ArrowInvalid as error:
        row = _ROW.search(str(error))
        if row is None:
            raise
        raise TaskError(
            f"`{path}` is ragged: {row[2][0].lower()}{row[2][1:]} in row {row[1]} (1 is the header); a "
            "cell that holds the separator stands in quotes"
        ) from error


def _look(path: Path, head: bytes) -> None:
    """Raises `TaskError` for what is no text."""
    if not head.strip():
        raise TaskError(f"`{path}` is empty")
    if head[:4] == b"PAR1":
        raise TaskError(f"`{path}` is a Parquet file; with the ending `.parquet` it would be read as one")
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise TaskError(f"`{path}` is UTF-16; save it as UTF-8: `iconv -f utf-16 -t utf-8`")
    if b"\0" in head:
        raise TaskError(f"`{path}` is a binary file, not a text of rows and columns")
    try:
        head.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if error.start < len(head) - 4:  # not a character that the end of `head` cuts
            line = head[: error.start].count(b"\n") + 1
            raise TaskError(
                f"`{path}` is not UTF-8 in line {line}; save it as such: `iconv -f latin1 -t utf-8`"
            ) from error


def _separator(head: bytes) -> str:
    """The one of the usual ones that the header holds most often outside of quotes."""
    line = re.sub(rb'"[^"]*"', b"", head.lstrip()).splitlines()[0]
    return max((",", ";", "\t", "|"), key=lambda one: line.count(one.encode()))


def _parquet(path: Path) -> Any:
    import pyarrow.parquet

    with path.open("rb") as file:
        if file.read(4) != b"PAR1":
            raise TaskError(f"`{path}` is not a Parquet file, whatever its name says")
    return pyarrow.parquet.ParquetFile(path).read()


FORMATS: Mapping[str, Callable[[Path], Any]] = MappingProxyType(
    {
        ".csv": _csv,
        ".tsv": _csv,
        ".txt": _csv,
        ".csv.gz": _csv,
        ".tsv.gz": _csv,
        ".parquet": _parquet,
        ".pq": _parquet,
    }
)
"""By the ending of the file: what makes a `pyarrow.Table` of it."""

_KNOWN = ", ".join(f"`{suffix}`" for suffix in FORMATS)


def _suffix(path: Path) -> str:
    last = path.suffix.lower()
    return f"{path.with_suffix('').suffix.lower()}{last}" if last == ".gz" else last
