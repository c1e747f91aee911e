"""What the listing of folders promises: imports point one way, files stay small, every package is shipped."""

import ast
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

MAY_IMPORT: dict[str, set[str]] = {
    "primitives": set(),
    "workers": {"primitives"},
    "storage": {"primitives"},
    "export": {"primitives"},
    "search": {"primitives", "workers", "storage"},
    "service": {"primitives", "workers", "storage", "export", "search"},
}

OUTSIDE: dict[str, set[str]] = {
    # a library, and the only files (or folders) that may import it
    "torch": {
        *("primitives/module.py", "primitives/kernel/fused.py", "primitives/kernel/eager.py"),
        *(f"primitives/kernel/{name}.py" for name in ("bound", "engine", "gpu")),
        *("service/own/trial.py", "workers"),
    },
    "scipy": {"primitives/special.py", "search/statistics.py"},
    "sklearn": {"workers/tasks/datasets.py", "workers/tasks/openml.py"},
    "pandas": {"workers/tasks"},
    "pyarrow": {"workers/tasks/table_files.py", "workers/tasks/tabular.py"},
    "optuna": {"search"},
    "sqlalchemy": {"storage"},
    "alembic": {"storage"},
    "matplotlib": {"service"},
    "rich": {"service/cli"},
    "typer": {"service/cli"},
    "ray": {"workers/pools/ray.py"},
    "mlflow": {"storage/mlflow.py"},
    **{name: {"service/http", "service/dashboard"} for name in ("fastapi", "starlette")},
    **{name: {"service/http"} for name in ("uvicorn", "prometheus_client")},
    **{name: {"service/dashboard"} for name in ("jinja2", "markupsafe", "latex2mathml")},
    "httpx": {"service/asking.py", "service/client.py", "service/doctor"},
}

SOURCES = sorted(path for folder in MAY_IMPORT for path in (ROOT / folder).rglob("*.py"))
NAMES = [str(path.relative_to(ROOT)) for path in SOURCES]

everywhere = pytest.mark.parametrize("path", SOURCES, ids=NAMES)


def imported(path: Path) -> Iterator[str]:
    """Modules that a file imports: `torch.nn`, or for a relative import `./primitives/expr`."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        match node:
            case ast.Import():
                yield from (alias.name for alias in node.names)
            case ast.ImportFrom(module=module, level=0):
                yield module or ""
            case ast.ImportFrom(module=module, level=level):
                base = path.parents[level - 1].relative_to(ROOT)
                tail = [part for part in (module or "").split(".") if part]
                yield "./" + "/".join((*base.parts, *tail))
            case _:
                pass


@everywhere
def test_imports_point_one_way(path: Path) -> None:
    own = path.relative_to(ROOT).parts[0]
    for module in imported(path):
        if module.startswith("./"):
            folder = module.split("/")[1] if len(module) > 2 else ""
            assert folder in {own, *MAY_IMPORT[own]}, f"{path.relative_to(ROOT)} imports {folder}"
        else:
            assert module.split(".")[0] != "actsearch", (
                f"{path.relative_to(ROOT)}: relative imports in the source"
            )


@everywhere
def test_libraries_stay_where_they_belong(path: Path) -> None:
    name = path.relative_to(ROOT).as_posix()
    for module in imported(path):
        library = module.split(".")[0]
        if library in OUTSIDE:
            allowed = any(name == place or name.startswith(place + "/") for place in OUTSIDE[library])
            assert allowed, f"{name} imports {library}; only {sorted(OUTSIDE[library])} may"


@pytest.mark.parametrize(
    "path",
    [
        path
        for folder in (*MAY_IMPORT, "tests", "benchmarks")
        for path in sorted((ROOT / folder).rglob("*.py"))
    ],
    ids=lambda path: str(path.relative_to(ROOT)),
)
def test_files_hold_one_idea(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 400, f"{path.relative_to(ROOT)} is longer than 400 lines"
    assert ast.get_docstring(ast.parse(text)), f"{path.relative_to(ROOT)}: its first line says which idea"
    assert path.stem not in {"utils", "util", "helpers", "helper", "common", "manager", "misc"}


def test_every_package_is_shipped() -> None:
    declared = set(tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["packages"])
    present = {
        "actsearch." + ".".join(path.parent.relative_to(ROOT).parts)
        for path in SOURCES
        if path.name == "__init__.py"
    }
    assert declared == present


def test_every_dependency_is_pinned() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    ranges = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    wanted = {text.split(">=")[0].split("[")[0].lower() for text in ranges}
    pins = (ROOT / "constraints.txt").read_text().splitlines()
    pinned = {line.split("==")[0].lower() for line in pins if "==" in line}
    assert wanted <= pinned


@pytest.mark.parametrize("folder", MAY_IMPORT)
def test_every_public_name_exists(folder: str) -> None:
    """And is what it says, not a file of the same name that was imported later."""
    code = (
        f"import types, actsearch.{folder} as m\n"
        "assert m.__all__\n"
        "files = [name for name in m.__all__ if isinstance(getattr(m, name), types.ModuleType)]\n"
        "assert set(files) <= {'dump', 'views'}, files"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)


def test_values_job_schema_and_store_need_neither_torch_nor_sklearn() -> None:
    code = (
        "import sys, actsearch.primitives, actsearch.storage; from actsearch.search import Job\n"
        "from actsearch.primitives import OPS, ZOO, GRAMMARS, Evaluation\n"
        "heavy = {'torch', 'ray', 'sklearn', 'mlflow', 'matplotlib'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)
