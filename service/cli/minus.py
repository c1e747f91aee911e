"""Words such as `-x*sigmoid(x)`, which are functions though they begin as options do."""

from collections.abc import Collection
from typing import Any, final

from typer.core import TyperCommand, TyperOption

__all__ = ["MinusCommand", "sorted_words"]


@final
class MinusCommand(TyperCommand):
    """A command that reads a word behind one minus as an argument, unless it is an option of its own."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        options = [one for one in self.params if isinstance(one, TyperOption)]
        flags = {name for one in options if one.is_flag for name in [*one.opts, *one.secondary_opts]}
        valued = {name for one in options if not one.is_flag for name in one.opts}
        return super().parse_args(ctx, sorted_words(args, flags | set(ctx.help_option_names), valued))


def sorted_words(words: list[str], flags: Collection[str], valued: Collection[str]) -> list[str]:
    """`words`, those that are no options behind `--`, where one of them begins with one minus.

    `valued` are the options that take the next word, `flags` the others; `-ofile` is `-o file`.
    """
    first, behind, minus = list[str](), list[str](), False
    rest = iter(words)
    for word in rest:
        if word == "--":
            behind += rest
        elif word in valued:
            first += [word, *[value for value in [next(rest, None)] if value is not None]]
        elif word in flags or word.startswith("--") or word[:2] in valued:
            first.append(word)
        else:
            minus |= len(word) > 1 and word.startswith("-")
            behind.append(word)
    return [*first, "--", *behind] if minus else words
