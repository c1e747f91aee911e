"""Jobs on their pages: what a person may do about one, and what changes while it runs."""

import pytest

from actsearch.primitives import Outcome, Proposal
from actsearch.storage import Store
from tests.service.http.in_process import TestClient

from .markup import read

LIVE_BYTES = 20_000


@pytest.fixture
def queued(store: Store) -> str:
    """Of a job that waits."""
    (job,) = store.jobs.all()
    store.queue.submit("f" * 12, job.task, {**job.spec, "seed": 99})
    return "f" * 12


def verbs(pages: TestClient, id: str) -> set[str]:
    """What its page offers."""
    actions = [found["action"] or "" for found in read(pages.get(f"/jobs/{id}").text).having("form")]
    return {action.removeprefix(f"/jobs/{id}/") for action in actions}


def test_a_page_offers_what_may_be_done_and_does_it(pages: TestClient, queued: str, store: Store) -> None:
    assert verbs(pages, queued) >= {"pause", "cancel"}
    for verb, state in (
        ("pause", "paused"),
        ("resume", "queued"),
        ("cancel", "cancelled"),
        ("resume", "queued"),
    ):
        answer = pages.post(f"/jobs/{queued}/{verb}")
        assert (answer.status_code, answer.headers["location"]) == (303, f"/jobs/{queued}")
        assert store.jobs.get(queued).state == state
        live = read(pages.get(f"/jobs/{queued}/live").text)
        assert live.having("div", id="live")[0]["data-state"] == state
    pages.post(f"/jobs/{queued}/cancel")
    assert verbs(pages, queued) >= {"resume", "delete"}
    assert pages.post(f"/jobs/{queued}/delete").headers["location"] == "/jobs"
    assert pages.get(f"/jobs/{queued}").status_code == 404


def test_what_cannot_be_undone_is_asked_for_twice(pages: TestClient, queued: str) -> None:
    page = read(pages.get(f"/jobs/{queued}").text)
    asked = {
        str(found["action"]).rsplit("/", 1)[1]: found.get("data-confirm") for found in page.having("form")
    }
    assert asked["cancel"]
    assert not asked["pause"]


@pytest.mark.parametrize("trials", ["", "x", "-1", "1e9", "9" * 30, "0"])
def test_an_extension_that_is_none_is_refused_in_words(trials: str, pages: TestClient, store: Store) -> None:
    (job,) = store.jobs.all()
    answer = pages.post(f"/jobs/{job.id}/extend", data={"trials": trials})
    assert answer.status_code in (400, 409, 422)
    assert "trials" in read(answer.text).text
    assert len(store.jobs.all()) == 1


def test_the_live_part_is_the_one_of_the_page_and_small(pages: TestClient, store: Store) -> None:
    (job,) = store.jobs.all()
    whole, live = pages.get(f"/jobs/{job.id}").text, pages.get(f"/jobs/{job.id}/live").text
    assert live.strip() in whole
    assert len(live.encode()) < LIVE_BYTES
    page = read(live)
    best = max(one.score for one in store.proposals.of(job.id) if one.score is not None)
    (told,) = [one for one in page.data if "rises" in one]
    assert max(rise[1] if isinstance(rise, list) else rise["score"] for rise in told["rises"]) == best


def test_the_live_part_of_long_formulas_is_small_too(pages: TestClient, store: Store, queued: str) -> None:
    text = " + ".join(f"sin({number}.5*x)*tanh(x + {number}.25)" for number in range(1, 40))
    rows = [
        Proposal(batch=0, index=n, key=f"{n:016x}", text=text, choices={}, outcome=Outcome.OK, score=float(n))
        for n in range(16)
    ]
    store.proposals.add(queued, rows)
    live = pages.get(f"/jobs/{queued}/live")
    assert live.status_code == 200
    assert len(live.content) < 5 * LIVE_BYTES
    read(live.text)


def test_a_list_goes_on_behind_its_last_job(pages: TestClient, store: Store) -> None:
    (job,) = store.jobs.all()
    for number in range(60):
        store.queue.submit(f"{number:012x}", job.task, {**job.spec, "seed": number})
    first = read(pages.get("/jobs").text)
    (following,) = [link for link in first.links() if "after=" in link]
    rest = read(pages.get(following).text)
    found = [
        {link for link in page.links() if link.startswith("/jobs/") and link != "/jobs/new"}
        for page in (first, rest)
    ]
    assert (len(found[0]), len(found[1])) == (50, 11)
    assert not found[0] & found[1]
    assert not [link for link in rest.links() if "after=" in link]
