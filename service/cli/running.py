"""One job in the terminal: its plan, its progress, its board, its picture, and how to go on."""

import shlex
from pathlib import Path

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from ...primitives import ActsearchError, JobError, grammar_text, is_grammar_file
from ...search import Board, Job, Plan, make_plan, run, settled
from ...search.settling import left_open
from ...storage import shown_home
from ...storage.projects import DEFAULT_PROJECT
from ...workers import Pool, Task, load_task, split_name
from ..files import write_file
from ..mirror.setting import place
from .boards import board_tables, numbered, score_header
from .console import messages, print_json, results
from .home import DEFAULT_HOME
from .mirroring import mirrored
from .progress import ProgressView

__all__ = ["flags_of", "run_job"]

_CANDIDATES = 5
"""Rows shown of a search that was not confirmed."""


def run_job(
    job: Job,
    home: str,
    *,
    pool: Pool,
    picture: bool,
    as_json: bool,
    mlflow: str | None = None,
    project: str | None = None,
    resumed: str | None = None,
) -> None:
    """Runs or resumes the job on `pool`, mirrored to `mlflow`; asked for in `project`, unless it is resumed.

    Ctrl-C says how to go on and exits with 130.
    Raises `JobError` where `resumed`, the id of a job that was begun, is not that of this one: its task
    or grammar has changed since, and what would run is another job.
    """
    say = messages()
    place(home, mlflow)  # what is no address is refused before anything is stored
    task = load_task(job.task)
    plan, sentence = settled(make_plan(job, task.info), task, home, pool)
    _tell_of_changed_file(say, plan, home)
    if resumed is not None and resumed != plan.id:
        raise JobError(
            f"job `{resumed}` cannot go on: its task `{job.task}` or grammar `{job.grammar}` has changed "
            "since it began; restore what was changed, or begin a new job: "
            f"actsearch {shlex.join(['search', *flags_of(job), '--trials', str(job.trials), *_home(home)])}"
        )
    with mirrored(say, mlflow, home, plan.id):
        _print_plan(say, plan, home, sentence)
        asked_in = None if resumed is not None else project or DEFAULT_PROJECT
        _run(say, plan, task, home, pool=pool, project=asked_in, picture=picture, as_json=as_json)


def _run(
    say: Console,
    plan: Plan,
    task: Task,
    home: str,
    *,
    pool: Pool,
    project: str | None,
    picture: bool,
    as_json: bool,
) -> None:
    try:
        with ProgressView(say, plan) as view:
            board = run(plan.job, home=home, on_progress=view, pool=pool, project=project)
        drawn = _draw(say, board, home) if picture and board.leaders else None
    except KeyboardInterrupt:
        kept = f"Stopped. All that was trained is kept; go on with: {_resume(plan.id, home)}"
        say.print(f"\n{kept}", soft_wrap=True)
        raise typer.Exit(130) from None
    if as_json:
        print_json({**board.as_dict(), "picture": drawn})
        return
    out = results()
    _print_board(out, board)
    if drawn is not None:
        out.print(f"Picture: {drawn}", soft_wrap=True)
    _print_next(out, board, left_open(plan, task, home), home)


def _tell_of_changed_file(say: Console, plan: Plan, home: str) -> None:
    """A job keeps the text of its grammar file; where the file says something else by now, it is told."""
    job = plan.job
    if job.grammar_text is None or not is_grammar_file(job.grammar) or not Path(job.grammar).exists():
        return
    if job.grammar_text != grammar_text(job.grammar):
        command = ["search", *flags_of(job), "--trials", str(job.trials), *_home(home)]
        say.print(
            f"The grammar file {job.grammar} has changed since job {plan.id} began; it goes on with what the "
            f"file said then. As it stands it is another job: actsearch {shlex.join(command)}",
            soft_wrap=True,
        )


def _print_plan(say: Console, plan: Plan, home: str, chosen: str) -> None:
    job, info = plan.job, plan.info
    proof = (
        f"then the best {job.leaders} and {len(plan.baselines)} baselines are tuned alike and confirmed on "
        f"{job.confirm_seeds} fresh seeds and the test split"
    )
    say.print(Text(f"{info.name}: {info.title}", style="bold"))
    say.print(
        f"{job.trials} candidates of grammar {plan.grammar.name} by sampler {job.sampler}, "
        f"{plan.search.epochs} epochs each; {proof if job.confirm else 'nothing is confirmed'}."
    )
    if chosen:
        say.print(_sentence(chosen), style="dim", soft_wrap=True)
    say.print(
        f"Job {plan.id} in {shown_home(home)}. Ctrl-C stops it; {_resume(plan.id, home)} goes on.",
        style="dim",
        soft_wrap=True,
    )


def _draw(say: Console, board: Board, home: str) -> Path | None:
    """The picture's file; drawn once for a job, since the board of a job does not change.

    A picture that cannot be written is said to be missing: the board is worth more.
    """
    from ..picture import board_picture

    folder = Path(home if "://" not in home else DEFAULT_HOME).expanduser() / "pictures"
    path = folder / f"{board.job_id}.png"
    if path.exists():
        return path
    image = board_picture(board, load_task(board.job.task))
    if image is None:
        return None
    try:
        return write_file(path, image, replace=True)  # another process may have drawn the same meanwhile
    except ActsearchError as error:
        say.print(f"No picture: {error}", soft_wrap=True)
        return None


def _print_board(out: Console, board: Board) -> None:
    out.print()
    if board.standings:
        out.print(board_tables(board.standings, board.info))
    else:
        out.print(_candidates(board))
    out.print()
    out.print(Text(_sentence(board.headline), style="bold"))
    out.print(
        Text(f"{board.trained} candidates trained, {board.rejected} refused before training.", style="dim")
    )


def _candidates(board: Board) -> Table:
    made = numbered()
    made.add_column(f"search {score_header(board.info)}, not a result", justify="right", no_wrap=True)
    for rank, one in enumerate(board.candidates[:_CANDIDATES], 1):
        made.add_row(str(rank), one.text, f"{one.score:.2f}")
    return made


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."


def _print_next(out: Console, board: Board, asked: Job, home: str) -> None:
    """The last lines: how to take it away, and how to go on."""
    best = next(iter(board.leaders or board.candidates), None)
    if best is None:
        return
    more = [*flags_of(asked), "--trials", str(2 * asked.trials)]
    for about, words in {
        "Take it away": ["export", best.key, "--to", "torch", "-o", "found.py", *_home(home)],
        "Look closer": ["show", best.key, *_home(home)],
        "Search longer": ["search", *more, *_home(home)],
        "All jobs": ["leaderboard", *_home(home)],
    }.items():
        out.print(f"{about + ':':<15}actsearch {shlex.join(words)}", soft_wrap=True)


def flags_of(job: Job) -> list[str]:
    """The flags that make this job, but for its trials."""
    words: list[str] = []
    for name, value in job.model_dump(exclude_defaults=True, exclude={"trials", "grammar_text"}).items():
        flag = f"--{name.replace('_', '-')}"
        if isinstance(value, bool):
            words.append(flag if value else f"--no-{flag[2:]}")
        elif isinstance(value, tuple):
            words += [word for one in value for word in (flag, str(one))]
        else:
            words += [flag, _from_here(value) if name == "task" else str(value)]
    return words


def _from_here(task: str) -> str:
    """The name of a task in a file as short as it can be said in the present folder."""
    whole, settings = split_name(task)
    place, _, function = whole.rpartition(":")
    here = Path.cwd()
    inside = place.endswith(".py") and Path(place).is_relative_to(here)
    short = f"{Path(place).relative_to(here)}:{function}" if inside else whole
    return f"{short}:{settings}" if settings else short


def _home(home: str) -> list[str]:
    return [] if home == DEFAULT_HOME else ["--home", shown_home(home)]


def _resume(job_id: str, home: str) -> str:
    return f"actsearch {shlex.join(['resume', job_id, *_home(home)])}"
