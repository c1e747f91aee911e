"""Text as rows of whole numbers, one a character: in windows, each with the characters that come next."""

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ...primitives import TaskError
from ..lane_losses import sequence_cross_entropy
from ..task import Data, Split, chance

__all__ = ["MOST_CHARACTERS", "MOST_SYMBOLS", "Text", "chance_of", "metrics", "read_text", "windows"]

MOST_CHARACTERS = 2**24
"""What is read of a file; the rest of a longer one is left alone."""

MOST_SYMBOLS = 1024
"""Numbers there are: the most frequent characters have one each, all others share the last."""

SHARES = (0.8, 0.9)
"""Where a text is cut: the first 80 % train, the next 10 % validation, the last 10 % test."""


@dataclass(frozen=True, slots=True)
class Text:
    """A text in numbers, cut in three."""

    characters: str
    """That of each number but the last one, which stands for any other."""
    train: NDArray[np.int64]
    validation: NDArray[np.int64]
    test: NDArray[np.int64]

    @property
    def symbols(self) -> int:
        return len(self.characters) + 1

    @classmethod
    def of(cls, text: str) -> "Text":
        """Which characters have numbers is decided by the training part alone."""
        first, second = (round(share * len(text)) for share in SHARES)
        counts = Counter(text[:first])
        frequent = sorted(counts, key=lambda one: (-counts[one], one))[: MOST_SYMBOLS - 1]
        characters = "".join(sorted(frequent))
        numbers = _numbers(text, characters)
        return cls(characters, numbers[:first], numbers[first:second], numbers[second:])


def _numbers(text: str, characters: str) -> NDArray[np.int64]:
    """The place of each character of `text` in the sorted `characters`, their number for what they lack."""
    points, known = (np.frombuffer(one.encode("utf-32-le"), dtype=np.uint32) for one in (text, characters))
    places = np.searchsorted(known, points).clip(max=len(known) - 1)
    return np.where(known[places] == points, places, len(known)).astype(np.int64)


def read_text(file: Path | None, length: int) -> Text:
    """The text of a file in UTF-8; without one the topics of Python's own help, about 465,000 characters,
    another text in each version of Python.

    Raises `TaskError` where the file is no text, or one too short for windows of `length`.
    """
    if file is None:
        from pydoc_data.topics import topics

        return Text.of("\n".join(topics[name] for name in sorted(topics)))
    text = _content(file)
    least = 10 * (length + 2)
    if len(set(text)) < 2:
        holds = f"holds the character {text[0]!a} alone" if text else "is empty"
        raise TaskError(f"the text `{file}` {holds}: there is nothing to learn from it")
    if len(text) < least:
        raise TaskError(
            f"the text `{file}` has {len(text)} characters; {least} or more would do for windows of "
            f"{length}, one of which is to stand in the tenth that is held out for validation"
        )
    return Text.of(text)


def _content(file: Path) -> str:
    try:
        if not file.is_file():
            kind = "is a folder" if file.is_dir() else "is no file" if file.exists() else "does not exist"
            raise TaskError(f"the text `{file}` {kind}; the path of a text in UTF-8 would do")
        with file.open(encoding="utf-8-sig") as stream:
            text = stream.read(MOST_CHARACTERS)
    except UnicodeDecodeError as error:
        raise TaskError(f"`{file}` is no text in UTF-8 ({error.reason}); convert it to UTF-8") from error
    except OSError as error:
        raise TaskError(f"the text `{file}` cannot be read: {error.strerror}") from error
    if "\0" in text:
        raise TaskError(f"`{file}` holds zero bytes, as no text does; a text in UTF-8 would do")
    return text


def windows(text: Text, length: int, train: int, held: int) -> Data:
    """Rows of `length` numbers, with those that come next, one place further on.

    At most `train` rows, their beginnings spread evenly over the training part; of validation and of
    test at most `held` each, which do not overlap. Held-out rows that stand in an earlier part too,
    such as lines of dashes, are left out. Raises `TaskError` where nothing remains.
    """
    last = len(text.train) - length - 1
    rows = _rows(text.train, np.unique(np.linspace(0, last, min(train, last + 1)).round()), length)
    seen = {row.tobytes() for row in rows}
    splits = [Split.of(rows[:, :-1], rows[:, 1:])]
    for name, part in (("validation", text.validation), ("test", text.test)):
        slots = (len(part) - 1) // length
        chosen = np.unique(np.linspace(0, slots - 1, min(held, slots)).round())
        rows = _rows(part, chosen * length, length)
        rows = rows[[row.tobytes() not in seen for row in rows]]
        if not len(rows):
            raise TaskError(
                f"the text repeats itself: every window of {length} characters in its part for {name} stands "
                "in an earlier part too; another text, or longer windows, would do"
            )
        seen |= {row.tobytes() for row in rows}
        splits.append(Split.of(rows[:, :-1], rows[:, 1:]))
    return Data(*splits)


def _rows(part: NDArray[np.int64], starts: NDArray[np.float64], length: int) -> NDArray[np.int64]:
    return part[starts.astype(np.int64)[:, None] + np.arange(length + 1)]  # (row, length + 1)


def metrics(outputs: Tensor, targets: Tensor) -> Mapping[str, float]:
    """Negated loss; the same as bits a character; the share of characters whose logit is the largest."""
    nats = float(sequence_cross_entropy(outputs, targets))
    right = float((outputs.argmax(-1) == targets).double().mean())
    return {"score": -nats, "bits": nats / math.log(2.0), "accuracy": right}


def chance_of(data: Data, symbols: int) -> float:
    """The score of one who knows how frequent each character is, and nothing else.

    Each count is raised by one, since a character may occur in validation alone (Laplace's rule).
    """
    counts = torch.bincount(data.train.targets.flatten(), minlength=symbols) + 1
    shares = counts.double() / counts.sum()
    return chance(data, metrics, shares.log().expand(data.train.targets.shape[1], -1))
