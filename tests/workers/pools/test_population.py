"""Tests of packing and of the search for the lane that kills, without any process."""

from concurrent.futures import Future
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actsearch.primitives import Lane, Outcome, Protocol, point
from actsearch.workers.pools.population import GUILTY, LARGEST, Population, Ticket, after_death, pack

LANE = Lane("k", "relu(x)", "tiny", "h", Protocol(epochs=1, batch=1), point(lr=0.1), 0)


def tickets(count: int) -> tuple[Ticket, ...]:
    return tuple(Ticket(replace(LANE, seed=seed), Future()) for seed in range(count))


@given(count=st.integers(0, 60), workers=st.integers(1, 9))
def test_packing_keeps_order_and_shares_work_out(count: int, workers: int) -> None:
    all_tickets = tickets(count)
    populations = pack(all_tickets, workers)
    assert [ticket for population in populations for ticket in population.tickets] == list(all_tickets)
    assert all(1 <= len(population.tickets) <= LARGEST for population in populations)
    assert len(populations) >= min(count, 2 * workers)


def test_a_population_is_of_one_task_and_one_protocol() -> None:
    other = replace(LANE, protocol=replace(LANE.protocol, epochs=2))
    lanes = [*[LANE] * 8, *[other] * 8, *[replace(LANE, task="another")] * 8]
    for population in pack([Ticket(lane, Future()) for lane in lanes], 1):
        assert len({(ticket.lane.task, ticket.lane.protocol) for ticket in population.tickets}) == 1


@pytest.mark.parametrize("together", [True, False])
@given(count=st.integers(1, 9), guilty=st.sets(st.integers(0, 8)))
def test_killers_are_found_alone_and_all_others_finish(together: bool, count: int, guilty: set[int]) -> None:
    """Workers that train in turn die at the first killer; those that train together finish nothing."""
    all_tickets = tickets(count)
    waiting, deaths = [Population(all_tickets)], 0
    while waiting:
        population = waiting.pop(0)
        killers = [ticket for ticket in population.tickets if ticket.lane.seed in guilty]
        for ticket in population.tickets:
            if ticket in killers or (together and killers):
                break
            ticket.end(Outcome.OK, "")
        if killers:
            deaths += 1
            assert deaths < 200
            again = after_death(population)
            if not again:
                assert population.unfinished == tuple(killers)
                killers[0].end(Outcome.BROKEN, "")
            waiting = again + waiting
    for ticket in all_tickets:
        expected = Outcome.BROKEN if ticket.lane.seed in guilty else Outcome.OK
        assert ticket.future.result(timeout=0).outcome is expected


def test_a_lane_alone_gets_more_than_one_chance() -> None:
    (population,) = pack(tickets(1), 1)
    for _ in range(GUILTY - 1):
        (population,) = after_death(population)
    assert after_death(population) == []


def test_a_worker_that_died_after_its_last_lane_leaves_nothing() -> None:
    population = Population(tickets(2))
    for ticket in population.tickets:
        ticket.end(Outcome.OK, "")
    assert after_death(population) == []


def test_a_cancelled_ticket_does_not_start() -> None:
    one, other = tickets(2)
    assert one.future.cancel()
    assert not one.start()
    assert other.start()
    assert other.start()
    assert not other.future.cancel()
