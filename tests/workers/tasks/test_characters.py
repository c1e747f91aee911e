"""Text in numbers: what has one, windows and what comes next, scores, and the sentence of each fault."""

import math
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from actsearch.primitives import TaskError
from actsearch.workers.lane_losses import sequence_cross_entropy
from actsearch.workers.tasks import characters
from actsearch.workers.tasks.characters import (
    MOST_SYMBOLS,
    Text,
    chance_of,
    metrics,
    read_text,
    windows,
)

PROSE = "".join(
    f"{number} bottles of beer stand on the wall, {number * 7919 % 1009}.\n" for number in range(400)
)


def spelt(text: Text, numbers: torch.Tensor) -> str:
    """The characters of a row, `?` for what has no number of its own."""
    return "".join([*text.characters, "?"][number] for number in numbers.tolist())


@settings(deadline=None, max_examples=60)
@given(st.text(min_size=20, max_size=300))
def test_numbers_stand_for_the_characters_of_the_training_part(content: str) -> None:
    text = Text.of(content)
    numbers = np.concatenate((text.train, text.validation, text.test))
    known = set(content[: round(0.8 * len(content))])
    expected = "".join(one if one in known else "\0" for one in content)
    assert "".join([*text.characters, "\0"][number] for number in numbers) == expected
    assert set(text.characters) == known
    assert text.symbols == len(known) + 1


def test_rare_characters_share_one_number() -> None:
    frequent = [chr(0x4E00 + place) for place in range(MOST_SYMBOLS - 1)]
    rare = [chr(0x3040 + place) for place in range(50)]
    text = Text.of("".join(frequent) * 3 + "".join(rare) + "".join(frequent))
    assert text.symbols == MOST_SYMBOLS
    assert text.characters == "".join(sorted(frequent))
    assert int((text.train == MOST_SYMBOLS - 1).sum()) == len(rare)


def test_windows_hold_the_text_and_what_comes_next() -> None:
    text = Text.of(PROSE)
    data = windows(text, 16, 10**9, 10**9)
    first, second = round(0.8 * len(PROSE)), round(0.9 * len(PROSE))
    train = PROSE[:first]
    assert len(data.train.inputs) == len(train) - 16
    for row in (0, 1, 777, len(data.train.inputs) - 1):
        assert spelt(text, data.train.inputs[row]) == train[row : row + 16]
        assert spelt(text, data.train.targets[row]) == train[row + 1 : row + 17]
    earlier: set[str] = set()
    for split, part in ((data.validation, PROSE[first:second]), (data.test, PROSE[second:])):
        slots = [part[start : start + 17] for start in range(0, len(part) - 16, 16)]
        rows = [spelt(text, x) + spelt(text, y)[-1] for x, y in zip(split.inputs, split.targets, strict=True)]
        assert rows == [slot for slot in slots if slot not in train and slot not in earlier]
        assert len(rows) > 0.3 * len(slots)
        earlier |= set(rows)


def test_a_budget_spreads_its_windows_over_the_whole_text() -> None:
    text = Text.of(PROSE)
    data = windows(text, 40, 100, 20)
    assert len(data.train.inputs) == 100
    assert len(data.validation.inputs) == len(data.test.inputs) == 20
    places = [PROSE.index(spelt(text, row)) for row in data.validation.inputs]
    assert places == sorted(places)
    assert min(np.diff(places)) >= 40
    assert places[-1] - places[0] > 0.08 * len(PROSE)
    first, last = spelt(text, data.train.inputs[0]), spelt(text, data.train.targets[-1])
    assert PROSE.startswith(first)
    assert PROSE[: round(0.8 * len(PROSE))].endswith(last)


def test_held_out_rows_stand_in_no_earlier_part() -> None:
    lines = "".join(f"{number}\n{'-' * 40}\n" for number in range(500))
    text = Text.of(lines)
    data = windows(text, 8, 10**9, 10**9)
    rows = [
        {tuple(row) for row in split.inputs.tolist()} for split in (data.train, data.validation, data.test)
    ]
    dashes = (text.characters.index("-"),) * 8
    assert dashes in rows[0]
    assert dashes not in rows[1] | rows[2]


def test_a_text_that_only_repeats_itself_is_refused() -> None:
    with pytest.raises(TaskError, match="repeats itself"):
        windows(Text.of("ab" * 500), 8, 100, 10)


def test_scores_are_those_of_the_formula() -> None:
    generator = torch.Generator().manual_seed(0)
    outputs = torch.randn(3, 4, 5, generator=generator, dtype=torch.float64)
    targets = torch.randint(5, (3, 4), generator=generator)
    shares = np.exp(outputs.numpy()) / np.exp(outputs.numpy()).sum(-1, keepdims=True)
    nats = -np.mean([np.log(shares[row, time, targets[row, time]]) for row in range(3) for time in range(4)])
    measured = metrics(outputs, targets)
    assert float(sequence_cross_entropy(outputs, targets)) == pytest.approx(nats)
    assert measured["score"] == pytest.approx(-nats)
    assert measured["bits"] == pytest.approx(nats / math.log(2))
    assert measured["accuracy"] == pytest.approx(float((shares.argmax(-1) == targets.numpy()).mean()))


def test_chance_is_the_score_of_the_frequencies() -> None:
    text = Text.of(PROSE)
    data = windows(text, 16, 10**9, 10**9)
    counts = Counter(data.train.targets.flatten().tolist())
    total = sum(counts.values()) + text.symbols
    held = data.validation.targets.flatten().tolist()
    expected = np.mean([math.log((counts[one] + 1) / total) for one in held])
    assert chance_of(data, text.symbols) == pytest.approx(expected)


def test_help_is_what_is_read_without_a_file() -> None:
    from pydoc_data.topics import topics

    text = read_text(None, 64)
    whole = len(text.train) + len(text.validation) + len(text.test)
    assert whole == sum(map(len, topics.values())) + len(topics) - 1
    assert whole > 300_000
    assert 80 < text.symbols < 300


FAULTS: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "is empty"),
    "one character": (b"a" * 5000, "holds the character 'a' alone"),
    "short": (b"abc" * 30, "has 90 characters; 340 or more would do"),
    "not UTF-8": ("é".encode("latin-1") * 500, "is no text in UTF-8"),
    "cut in a character": ("é".encode() * 500 + b"\xc3", "is no text in UTF-8"),
    "UTF-16": (PROSE.encode("utf-16"), "is no text in UTF-8"),
    "binary": (b"abc\0def" * 500, "holds zero bytes"),
}


@pytest.mark.parametrize("kind", FAULTS)
def test_a_file_that_is_no_text_is_told_in_one_sentence(tmp_path: Path, kind: str) -> None:
    content, words = FAULTS[kind]
    file = tmp_path / "some.txt"
    file.write_bytes(content)
    with pytest.raises(TaskError, match=words) as caught:
        read_text(file, 32)
    assert str(file) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_what_is_no_file_is_told_in_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(TaskError, match="is a folder"):
        read_text(tmp_path, 32)
    with pytest.raises(TaskError, match="does not exist"):
        read_text(tmp_path / "none.txt", 32)
    with pytest.raises(TaskError, match="is no file"):
        read_text(Path("/dev/zero"), 32)


def test_a_mark_at_the_beginning_and_the_ends_of_lines_do_not_count(tmp_path: Path) -> None:
    plain, marked = tmp_path / "plain.txt", tmp_path / "marked.txt"
    plain.write_bytes(PROSE.encode())
    marked.write_bytes(b"\xef\xbb\xbf" + PROSE.replace("\n", "\r\n").encode())
    one, other = read_text(plain, 16), read_text(marked, 16)
    assert one.characters == other.characters
    assert np.array_equal(one.train, other.train)


def test_a_longer_file_is_read_to_the_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(characters, "MOST_CHARACTERS", 1000)
    file = tmp_path / "long.txt"
    file.write_text(PROSE)
    text = read_text(file, 16)
    assert len(text.train) + len(text.validation) + len(text.test) == 1000
