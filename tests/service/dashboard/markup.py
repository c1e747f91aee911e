"""`read`: a page of HTML, read strictly: what browsers would forgive raises `AssertionError`."""

import json
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

__all__ = ["Page", "read"]

_VOID = frozenset("area base br col embed hr img input link meta source track wbr".split())  # noqa: SIM905

_ADDRESSES = frozenset({"href", "src", "action", "hx-get", "hx-post", "data-events", "data-live"})

Attributes = dict[str, str | None]


@dataclass(slots=True)
class Page:
    """What tests ask for."""

    title: str = ""
    text: str = ""
    """All words but those of scripts."""
    addresses: list[tuple[str, str, str]] = field(default_factory=list[tuple[str, str, str]])
    """Element, attribute, value: where it leads, and what it loads."""
    elements: list[tuple[str, Attributes]] = field(default_factory=list[tuple[str, Attributes]])
    data: list[Any] = field(default_factory=list[Any])
    """What scripts are told as JSON."""

    def links(self) -> list[str]:
        """Where its links lead."""
        return [value for element, name, value in self.addresses if (element, name) == ("a", "href")]

    def having(self, element: str, **wanted: str) -> list[Attributes]:
        """Attributes of the elements of that name with these values."""
        return [
            found
            for name, found in self.elements
            if name == element and all(found.get(key) == value for key, value in wanted.items())
        ]


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.page = Page()
        self.open: list[str] = []
        self.seen: set[str] = set()
        self.wanted: set[str] = set()
        self.said = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "option":
            self._end_option()
        self._begin(tag, attrs)
        if tag not in _VOID:
            self.open.append(tag)
        self.said = ""

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert "svg" in self.open or "math" in self.open or tag in _VOID, f"<{tag}/> is no HTML"
        self._begin(tag, attrs)

    def _begin(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names)), f"<{tag}> says something twice: {attrs}"
        found = dict(attrs)
        scripted = [name for name in names if name.startswith("on") or name == "style"]
        assert not scripted, f"<{tag}> has {scripted}, which the content policy forbids"
        if "id" in found:
            assert found["id"] not in self.seen, f"the id `{found['id']}` is there twice"
            self.seen.add(str(found["id"]))
        for name in ("for", "list", "aria-labelledby"):
            if found.get(name):
                self.wanted.add(str(found[name]))
        self.page.elements.append((tag, found))
        self.page.addresses += [(tag, name, value or "") for name, value in attrs if name in _ADDRESSES]
        assert tag != "script" or found.get("src") or found.get("type") == "application/json"
        assert tag != "style", "the content policy forbids it"
        assert tag != "img" or "alt" in found

    def handle_endtag(self, tag: str) -> None:
        if tag == "datalist":
            self._end_option()
        assert self.open, f"</{tag}> closes nothing"
        begun = self.open.pop()
        assert begun == tag, f"</{tag}> closes <{begun}>"
        if tag == "title" and "svg" not in self.open:
            self.page.title = self.said
        if tag == "script" and self.said.strip():
            self.page.data.append(json.loads(self.said))

    def _end_option(self) -> None:
        """Of an option the end may be left out."""
        if self.open[-1] == "option":
            self.open.pop()

    def handle_data(self, data: str) -> None:
        self.said += data
        if "script" not in self.open:
            self.page.text += data


def read(text: str) -> Page:
    """Every element is closed in order, nothing is said twice, no script or style stands in the page, and
    what labels name is there."""
    reader = _Reader()
    reader.feed(text)
    reader.close()
    assert not reader.open, f"never closed: {reader.open}"
    assert reader.wanted <= reader.seen, f"no such id: {reader.wanted - reader.seen}"
    return reader.page
