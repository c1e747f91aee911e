"""The files of a job's run: its request, its board for people and programs, its candidates, its picture."""

import csv
import io
import json
from collections.abc import Sequence
from pathlib import Path

import yaml

from ...primitives import Standing, TaskInfo
from ...search import Board
from ...storage import JobRecord
from ...storage.plain import plain

__all__ = ["board_markdown", "job_files"]


def job_files(record: JobRecord, board: Board, picture: Path | None) -> dict[str, bytes]:
    """By name. The request at once; the rest once the job is done, the picture once it is drawn."""
    files = {"job.yaml": _request(record)}
    if board.state != "done":
        return files
    files["board.json"] = (json.dumps(plain(board.as_dict()), indent=1, sort_keys=True) + "\n").encode()
    files["candidates.csv"] = _candidates(board)
    if board.standings:
        files["board.csv"] = _board(board)
        files["board.md"] = board_markdown(board).encode()
    if picture is not None and picture.is_file():
        files["board.png"] = picture.read_bytes()
    return files


def board_markdown(board: Board) -> str:
    """The headline, then one row a function, best first."""
    header = score_words(board.info)
    lines = [f"{board.headline[:1].upper()}{board.headline[1:]}.", ""]
    if board.standings:
        baselines = [one.name for one in board.standings if one.role == "baseline"]
        best = baselines[:1]
        lines.append(_row(["#", "function", "role", header, "95 %", *(f"minus {name}" for name in best)]))
        lines.append(_row(["---"] * (5 + len(best))))
        lines += [_row(_cells(rank, one, best)) for rank, one in enumerate(board.standings, 1)]
        lines.append("")
    lines.append(f"{board.trained} candidates trained, {board.rejected} refused before training.")
    return "\n".join(lines) + "\n"


def score_words(info: TaskInfo) -> str:
    """`PSNR [dB]`."""
    return f"{info.score} [{info.unit}]" if info.unit else info.score


def _cells(rank: int, one: Standing, best: Sequence[str]) -> list[str]:
    said = {verdict.against: f"{verdict.difference:+.3g} ({verdict.word})" for verdict in one.verdicts}
    interval = f"{one.low:.4g} to {one.high:.4g}"
    names = [said.get(name, "") for name in best]
    return [str(rank), f"`{one.name}`", one.role, f"{one.mean:.4g}", interval, *names]


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def _request(record: JobRecord) -> bytes:
    given = {name: value for name, value in record.spec.items() if value is not None}
    return yaml.safe_dump(given, sort_keys=False, allow_unicode=True).encode()


def _board(board: Board) -> bytes:
    header = ["rank", "function", "role", "key", "mean", "low", "high", "diverged", "step_ratio", "weights"]
    names = [one.name for one in board.standings if one.role == "baseline"]
    rows: list[list[object]] = [[*header, *(f"minus {name}" for name in names)]]
    for rank, one in enumerate(board.standings, 1):
        said = {verdict.against: verdict.difference for verdict in one.verdicts}
        row = [rank, one.name, one.role, one.key, one.mean, one.low, one.high, one.diverged]
        rows.append([*row, one.step_ratio, one.weights, *(said.get(name, "") for name in names)])
    return _csv(rows)


def _candidates(board: Board) -> bytes:
    header = ["place", "function", "key", "search_score", "batch", "index"]
    rows = [
        [place, one.text, one.key, one.score, one.batch, one.index]
        for place, one in enumerate(board.candidates, 1)
    ]
    return _csv([header, *rows])


def _csv(rows: Sequence[Sequence[object]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode()
