"""From `path/to/file.py:function` or `package.module:function` to the task that it makes, or one sentence."""

import hashlib
import importlib.util
import inspect
import sys
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass, field
from importlib.machinery import ModuleSpec, SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any, TypeAlias

from ...primitives import ActsearchError, TaskError
from ...primitives.errors import nearest
from ..generator import forked_generator
from ..task import Task
from ..task_name import placed, split_name
from .fault import in_words
from .settings import Setting, Value, known_settings, read_settings, settled, spelt

__all__ = ["MakeTask", "Maker", "file_of", "made", "maker_of", "with_settings"]

MakeTask: TypeAlias = Callable[..., Task]
"""Called with the settings that a name carries, see `settings.py`."""


@dataclass(frozen=True, slots=True)
class Maker:
    """A function that makes a task, the name it was asked for by, and the files in which it stands."""

    name: str
    make: MakeTask
    files: tuple[str, ...]
    values: Mapping[str, Value] = field(default_factory=dict[str, Value])
    """The settings that were given."""
    known: Mapping[str, Setting] = field(default_factory=dict[str, Setting])
    """All that it takes."""

    @property
    def settled(self) -> Mapping[str, str]:
        """The settings that its hash knows, as text."""
        return {name: repr(value) for name, value in settled(self.values, self.known).items()}

    @property
    def data_files(self) -> tuple[str, ...]:
        """What its settings name on the disk."""
        return tuple(str(value) for value in self.values.values() if isinstance(value, Path))

    @property
    def absolute(self) -> str:
        """Its name from any folder: files by their absolute paths, settings in the order of the function."""
        values = {
            name: value.absolute() if isinstance(value, Path) else value
            for name, value in self.values.items()
        }
        return spelt(placed(split_name(self.name)[0]), values)


def with_settings(name: str, place: str, text: str, make: MakeTask, files: tuple[str, ...]) -> Maker:
    """The maker of the task `name`, which is `place` with the settings `text`.

    Raises `UnknownName` or `TaskError` for settings that it does not take, `TaskError` where one that it
    cannot do without is missing.
    """
    known = known_settings(make)
    values = read_settings(text, known, place)
    missing = [one for one in _must(make) if one not in values]
    if missing:
        wanted = ", ".join(f"`{one}`" for one in missing)
        if all(one in known for one in missing):
            example = ",".join(known[one].shown for one in missing)
            raise TaskError(
                f"the task `{place}` wants {wanted}, which has no default; a setting would do: "
                f"`{place}:{example}`"
            )
        raise TaskError(
            f"the function `{place}` wants {wanted}, and is called without arguments; give them defaults, or "
            "write a function of none that calls it"
        )
    return Maker(name, make, files, values, known)


def made(maker: Maker) -> Task:
    """What it makes, as it comes. Raises `TaskError` where it fails or gives no task at all."""
    name = maker.name
    with _in_a_sentence(f"the task `{name}` cannot be made"), forked_generator(), redirect_stdout(sys.stderr):
        task: Any = maker.make(**maker.values)
    if not isinstance(task, Task):
        hint = "; `return Task(...)` is missing" if task is None else ""
        raise TaskError(f"the task `{name}` is to be a `Task`, not `{type(task).__name__}`{hint}")
    return task


def maker_of(name: str) -> Maker:
    """Imports the place and finds the function. A module that was imported before is run again, as it
    stands now, so that an edited task is never run under the hash of its new text."""
    whole, text = split_name(name)
    place, _, function = whole.rpartition(":")
    module = _module(place, whole)
    make: Any = getattr(module, function, None)
    if not inspect.isroutine(make):
        own = (key for key, value in vars(module).items() if inspect.isfunction(value))
        known = nearest(function, own)
        shown = ", ".join(f"`{other}`" for other in known[:8]) or "none"
        raise TaskError(f"`{place}` has no function `{function}`; its functions, nearest first: {shown}")
    file = getattr(module, "__file__", None)
    files = [*([file] if isinstance(file, str) else []), *file_of(make)]
    own = tuple(dict.fromkeys(str(Path(one).resolve()) for one in files))
    return with_settings(name, whole, text, make, own)


def file_of(make: Callable[..., Any]) -> Iterator[str]:
    """The file in which a function or class stands, where it stands in one."""
    try:
        file = inspect.getsourcefile(inspect.unwrap(make))
    except (TypeError, OSError):  # built in, or a callable object: its module stands for it
        return
    if file is not None and Path(file).is_file():  # not `<string>`, where code was made at run time
        yield file


class _FromText(SourceFileLoader):
    """Compiles the text as it stands. Python's cache of compiled files takes two versions of one
    second and one length for the same, and would run the older under the hash of the newer."""

    def get_code(self, fullname: str) -> CodeType:
        return self.source_to_code(self.get_data(self.path), self.path)


def _module(place: str, name: str) -> ModuleType:
    if not place or not name.rpartition(":")[2]:
        raise TaskError(
            f"`{name}` names no task; `path/to/file.py:function` or `package.module:function` would do"
        )
    if place.endswith(".py"):
        path = Path(place).resolve()
        if not path.is_file():
            raise TaskError(f"there is no file `{place}`, which the task `{name}` names")
        own = f"actsearch_task_{hashlib.sha256(str(path).encode()).hexdigest()[:16]}"
        return _run(own, str(path), place)
    if "/" in place or not all(part.isidentifier() for part in place.split(".")):
        raise TaskError(
            f"`{place}`, which the task `{name}` names, is neither a file that ends in `.py` nor a module; "
            "`path/to/file.py:function` or `package.module:function` would do"
        )
    with _in_a_sentence(f"`{place}` cannot be imported", place):
        spec = _spec(place)
        file = spec.origin or ""
        if not file.endswith(".py") or spec.submodule_search_locations is not None:
            return importlib.import_module(place)
    return _run(place, file, place)


def _spec(place: str) -> ModuleSpec:
    """Where the module stands; the present folder counts, as it does for `python -m`."""
    top, here = place.partition(".")[0], Path.cwd()
    stands_here = (here / top).is_dir() or (here / f"{top}.py").is_file()
    if stands_here and str(here) not in sys.path and importlib.util.find_spec(top) is None:
        sys.path.append(str(here))
        importlib.invalidate_caches()
    spec = importlib.util.find_spec(place)
    if spec is None:
        raise ModuleNotFoundError(f"No module named {place!r}", name=place)
    return spec


def _run(own: str, file: str, shown: str) -> ModuleType:
    """A fresh module of the text of `file`; what went by its name before returns where it fails."""
    spec = importlib.util.spec_from_loader(own, _FromText(own, file))
    assert spec is not None
    assert spec.loader is not None
    module, before = importlib.util.module_from_spec(spec), sys.modules.get(own)
    sys.modules[own] = module  # where dataclasses and pickle look for it
    try:
        with _in_a_sentence(f"`{shown}` cannot be imported", shown), redirect_stdout(sys.stderr):
            spec.loader.exec_module(module)
    except BaseException:
        if before is None:
            del sys.modules[own]
        else:
            sys.modules[own] = before
        raise
    return module


@contextmanager
def _in_a_sentence(beginning: str, place: str = "") -> Generator[None]:
    """Whatever a task's own code raises, an end of the program among it, becomes a `TaskError`.

    Ctrl-C passes.
    """
    try:
        yield
    except (ActsearchError, KeyboardInterrupt):
        raise
    except ModuleNotFoundError as error:
        raise TaskError(f"{beginning}: {in_words(error)}{_where_to_look(place, error)}") from error
    except SystemExit as error:
        raise TaskError(
            f"{beginning}: it ends the program (SystemExit: {error.code}); put what a script does under "
            '`if __name__ == "__main__":`'
        ) from error
    except BaseException as error:
        raise TaskError(f"{beginning}: {in_words(error)}") from error


def _where_to_look(place: str, error: ModuleNotFoundError) -> str:
    missing = (error.name or "").partition(".")[0]
    if place.endswith(".py") and (Path(place).resolve().parent / f"{missing}.py").is_file():
        return (
            f"; `{missing}.py` lies beside `{place}`, whose folder is not searched: run from there and name "
            f"the task `{Path(place).stem}:...`, or put the folder on PYTHONPATH"
        )
    return "; install it, or put its folder on PYTHONPATH" if missing else ""


def _must(make: Callable[..., Any]) -> list[str]:
    """The arguments that must be given."""
    try:
        parameters: Iterable[inspect.Parameter] = inspect.signature(make).parameters.values()
    except (TypeError, ValueError):
        return []
    return [
        one.name
        for one in parameters
        if one.default is one.empty and one.kind not in (one.VAR_POSITIONAL, one.VAR_KEYWORD)
    ]
