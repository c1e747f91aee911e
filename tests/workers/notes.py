"""`Notes`: choices that a test remembers, and looks at."""

from actsearch.primitives import Choice

__all__ = ["Notes"]


class Notes:
    """What `choose` keeps, for as long as the test lives."""

    def __init__(self) -> None:
        self.known: dict[str, Choice] = {}

    def find(self, key: str) -> Choice | None:
        return self.known.get(key)

    def keep(self, key: str, choice: Choice) -> Choice:
        return self.known.setdefault(key, choice)
