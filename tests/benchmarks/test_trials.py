"""Trials that were never trained are stored as those that were."""

from pathlib import Path

from actsearch.primitives import Outcome, parse
from actsearch.storage import open_store, views
from benchmarks import trials


def test_a_database_of_many_trials_holds_what_searches_store(tmp_path: Path) -> None:
    with open_store(tmp_path) as store:
        trials.grow(store, 40)
        trials.add(store, 10)
        trials.add(store, 11, size=1)
        proposals, evaluations = store.proposals.of(trials.JOB), store.evaluations.of()
        assert len(proposals) == len({one.key for one in proposals}) == 40 + trials.BATCH + 1
        assert {one.outcome for one in (*proposals, *evaluations)} == {Outcome.OK}
        assert {one.key: one.score for one in proposals} == {one.lane.key: one.score for one in evaluations}
        assert all(parse(one.text) for one in proposals)
        assert len(views.leaderboard(store, task=trials.TASK.name, limit=50)) == 50
