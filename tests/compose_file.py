"""docker-compose.yml as Docker Compose reads it: variables replaced, services in the order of their start."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

__all__ = ["FILE", "asked_for", "in_order", "read"]

FILE = Path(__file__).parents[1] / "docker-compose.yml"

VARIABLE = re.compile(r"\$\{(?P<name>\w+)(?::(?P<how>[?-])(?P<word>[^}]*))?\}|\$\$")


def read(settings: Mapping[str, str]) -> dict[str, Any]:
    """The file with the variables of these settings. Raises `KeyError` for a variable that has to be set."""
    return _replaced(yaml.safe_load(FILE.read_text(encoding="utf-8")), settings)


def asked_for() -> set[str]:
    """Variables without which Docker Compose refuses to start."""
    found = VARIABLE.finditer(FILE.read_text(encoding="utf-8"))
    return {one["name"] for one in found if one["how"] == "?"}


def in_order(services: Mapping[str, Any]) -> list[str]:
    """Names of services, each behind those it depends on. Raises `KeyError` for one that is not there."""
    done: dict[str, None] = {}

    def visit(name: str, above: tuple[str, ...]) -> Iterator[str]:
        assert name not in above, f"`{name}` depends on itself"
        for one in services[name].get("depends_on", {}):
            yield from visit(one, (*above, name))
        yield name

    for service in services:
        done.update(dict.fromkeys(visit(service, ())))
    return list(done)


def _replaced(value: Any, settings: Mapping[str, str]) -> Any:
    match value:
        case str():
            return VARIABLE.sub(lambda found: _word(found, settings), value)
        case dict():
            return {name: _replaced(one, settings) for name, one in value.items()}
        case list():
            return [_replaced(one, settings) for one in value]
        case _:
            return value


def _word(found: re.Match[str], settings: Mapping[str, str]) -> str:
    if found["name"] is None:
        return "$"
    given = settings.get(found["name"], "")
    return given or (found["word"] if found["how"] == "-" else settings[found["name"]])
