"""Tests of packing and of the search for the lane that kills, without any process."""

from collections.abc import Iterable, Sequence
from concurrent.futures import Future
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actsearch.primitives import Lane, Outcome, Protocol, point
from actsearch.workers.pool import TOGETHER
from actsearch.workers.pools.population import (
    CHOOSING_S,
    GUILTY,
    LARGEST,
    Population,
    Ticket,
    after_death,
    after_overrun,
    take,
)

LANE = Lane("k", "relu(x)", "tiny", "h", Protocol(epochs=1, batch=1), point(lr=0.1), 0)


def tickets(count: int) -> tuple[Ticket, ...]:
    return tuple(Ticket(replace(LANE, seed=seed), Future()) for seed in range(count))


def stacked(text: str = "relu(x)", seed: int = 0, **fields: Any) -> Lane:
    protocol = replace(LANE.protocol, stacked=True)
    return replace(LANE, **{"text": text, "seed": seed, "protocol": protocol, **fields})


def as_tickets(lanes: Iterable[Lane]) -> list[Ticket]:
    return [Ticket(lane, Future()) for lane in lanes]


def packed(all_tickets: Sequence[Ticket], shares: int, most: int = TOGETHER) -> list[Population]:
    populations: list[Population] = []
    left = list(all_tickets)
    while left:
        population, left = take(left, shares, most)
        populations.append(population)
    return populations


@given(count=st.integers(1, 60), shares=st.integers(1, 9))
def test_lanes_in_turn_are_shared_out_in_order(count: int, shares: int) -> None:
    all_tickets = tickets(count)
    populations = packed(all_tickets, shares)
    assert [ticket for population in populations for ticket in population.tickets] == list(all_tickets)
    assert all(1 <= len(population.tickets) <= LARGEST for population in populations)
    assert len(populations) >= min(count, 2 * shares)


@given(count=st.integers(1, 200), shares=st.integers(1, 9), most=st.integers(1, 32))
def test_stacked_lanes_are_divided_among_the_workers_that_wait(count: int, shares: int, most: int) -> None:
    population, left = take(as_tickets(stacked(seed=seed) for seed in range(count)), shares, most)
    size = len(population.tickets)
    assert size == most or most > size >= count / shares > size - 1
    assert [ticket.lane.seed for ticket in (*population.tickets, *left)] == list(range(count))


LIKE = [stacked(), stacked(seed=1), stacked("tanh(x)"), stacked("not ( one", point=point(lr=7.0))]
UNLIKE = [
    LANE,
    stacked("x0 + x1"),
    stacked(point=point(lr=0.1, omega=3.0)),
    stacked(protocol=replace(LANE.protocol, stacked=True, epochs=2)),
    stacked(task="another"),
    stacked(task_hash="another"),
]


@given(lanes=st.lists(st.sampled_from(LIKE + UNLIKE), min_size=1, max_size=60), shares=st.integers(1, 4))
def test_only_lanes_whose_weights_stack_travel_together(lanes: list[Lane], shares: int) -> None:
    all_tickets = as_tickets(lanes)
    populations = packed(all_tickets, shares)
    found = [ticket for population in populations for ticket in population.tickets]
    assert sorted(map(id, found)) == sorted(map(id, all_tickets))
    for population in populations:
        kinds = [next((one for one in UNLIKE if one == ticket.lane), None) for ticket in population.tickets]
        assert len(set(kinds)) == 1


def test_lanes_in_turn_are_of_one_task_and_one_protocol() -> None:
    other = replace(LANE, protocol=replace(LANE.protocol, epochs=2))
    lanes = [*[LANE] * 8, *[other] * 8, *[replace(LANE, task="another")] * 8]
    for population in packed(as_tickets(lanes), 1):
        assert len({(ticket.lane.task, ticket.lane.protocol) for ticket in population.tickets}) == 1


def test_those_that_took_too_long_together_are_tried_in_halves_and_then_alone() -> None:
    waiting, sizes = [Population(tickets(5), deaths=1)], list[int]()
    while waiting:
        population = waiting.pop(0)
        sizes.append(len(population.tickets))
        assert population.deaths == 1
        if sizes[-1] == 1:
            population.tickets[0].end(Outcome.TIMED_OUT, "")
        waiting = after_overrun(population) + waiting
    assert sizes == [5, 2, 1, 1, 3, 1, 2, 1, 1]


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
    population = Population(tickets(1))
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


@given(count=st.integers(1, 80), shares=st.integers(1, 9), most=st.integers(1, 32))
def test_what_is_timed_stays_together_whatever_its_protocol(count: int, shares: int, most: int) -> None:
    protocols = [
        replace(LANE.protocol, phase="time", standardise=standardise, inputs=inputs)
        for standardise in (False, True)
        for inputs in ("plain", "fourier")
    ]
    timed = [
        stacked(seed=seed, protocol=protocols[seed % 4], point=point(lr=0.1 * seed, omega=seed))
        for seed in range(count)
    ]
    elsewhere = [replace(lane, task="other") for lane in timed[:3]]
    found = packed(as_tickets([*timed, stacked(), *elsewhere]), shares, most)
    assert [[ticket.lane for ticket in population.tickets] for population in found] == [
        timed,
        [stacked()],
        elsewhere,
    ]
    assert [population.together for population in found] == [True, True, True]
    assert [population.limit_s for population in found] == [None, None, None]


def test_measuring_how_to_train_has_a_limit_of_its_own() -> None:
    lane = replace(LANE, protocol=replace(LANE.protocol, phase="choose"))
    population = Population(tuple(as_tickets([lane])))
    assert population.limit_s == CHOOSING_S
    assert not population.together
