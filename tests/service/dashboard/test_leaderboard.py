"""The board to take away, and its filters, against the API and the store."""

import csv
import io
from pathlib import Path

import pytest

from actsearch.service.http import Settings, create_app
from actsearch.storage import Store, views
from tests.service.http.in_process import TestClient

from .conftest import URL
from .markup import read

COLUMNS = ["task", "rank", "confirmed", "role", "key", "text", "name", "mean", "low", "high", "seeds"]


def test_json_has_the_rows_of_the_api(pages: TestClient) -> None:
    rows = pages.get("/leaderboard.json?task=toy").json()
    assert rows == pages.get("/api/v1/leaderboard?task=toy&limit=50").json()["items"]
    assert any(row["confirmed"] for row in rows)
    assert not all(row["confirmed"] for row in rows)


def test_csv_has_the_same(pages: TestClient) -> None:
    answer = pages.get("/leaderboard.csv?task=toy")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert "attachment" in answer.headers["content-disposition"]
    table = list(csv.DictReader(io.StringIO(answer.text)))
    rows = pages.get("/leaderboard.json?task=toy").json()
    assert len(table) == len(rows)
    for line, row in zip(table, rows, strict=True):
        assert {name: line[name] for name in COLUMNS} == {
            name: "" if row[name] is None else str(row[name]) for name in COLUMNS
        }
        assert float(line["mean"]) == row["mean"], "every digit"


@pytest.mark.parametrize(
    "words",
    [
        "task=toy&shown=search",
        "task=toy&shown=confirmed&sort=formula",
        "task=toy&operator=tanh",
        "shown=confirmed",
    ],
)
def test_what_is_shown_is_what_is_taken_away(words: str, pages: TestClient) -> None:
    rows = pages.get(f"/leaderboard.json?{words}").json()
    page = read(pages.get(f"/?{words}").text)
    shown = [found["href"] for found in page.having("a", **{"class": "function"})]
    found = [f"/activations/{row['key']}" for row in rows]
    assert sorted(map(str, shown)) == sorted(found)


def test_a_search_by_the_beginning_of_a_key_finds_its_function(pages: TestClient, store: Store) -> None:
    row = views.leaderboard(store)[0]
    found = pages.get(f"/leaderboard.json?words={row.key[:9]}").json()
    assert {one["key"] for one in found} == {row.key}


def test_confirmed_and_unconfirmed_rows_are_apart(pages: TestClient, store: Store) -> None:
    text = pages.get("/?task=toy").text
    kinds = [found["class"] for found in read(text).having("tbody")]
    assert kinds == ["confirmed", "search"]
    first = text.index("Search only")
    confirmed = {row.key for row in views.leaderboard(store, task="toy") if row.confirmed}
    assert all(text.index(f"/activations/{key}") < first for key in confirmed)


def test_a_row_says_the_difference_to_the_best_baseline(pages: TestClient, store: Store) -> None:
    rows = [row for row in views.leaderboard(store, task="toy") if row.confirmed]
    best = max((row for row in rows if row.role == "baseline"), key=lambda row: row.mean)
    page = read(pages.get("/?task=toy&shown=confirmed").text)
    assert f"Against {best.name}" in page.text
    for row in rows:
        for verdict in row.verdicts:
            if verdict.against == best.name:
                assert verdict.word in page.text
                wanted = pages.get(f"/leaderboard.json?task=toy&verdict={verdict.word}").json()
                assert row.key in {one["key"] for one in wanted}


def test_an_empty_database_says_what_to_do(tmp_path: Path) -> None:
    with TestClient(create_app(Settings(home=str(tmp_path))), base_url=URL) as client:
        for place in ("/", "/jobs", "/jobs/new", "/compare", "/playground", "/zoo"):
            answer = client.get(place)
            assert answer.status_code == 200
            read(answer.text)
        assert "actsearch search --task" in client.get("/").text
        assert client.get("/leaderboard.json").json() == []
