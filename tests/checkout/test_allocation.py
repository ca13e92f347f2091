from collections import Counter
from datetime import date
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.stock import Shelf
from checkout import allocation
from checkout.allocation import Pick, Short, Shortage

NEAR, MIDDLE, FAR = 1, 2, 3
DISTANCES = {NEAR: 1.0, MIDDLE: 10.0, FAR: 100.0}


def shelf(level: int, outlet: int, variant: int, free: int, best_before: date | None = None) -> Shelf:
    return Shelf(level, outlet, level, variant, best_before, free)


def test_one_outlet_that_has_everything_beats_two_nearer_ones() -> None:
    shelves = [shelf(1, NEAR, 7, 1), shelf(2, MIDDLE, 8, 1), shelf(3, FAR, 7, 1), shelf(4, FAR, 8, 1)]
    picks = allocation.allocate({7: 1, 8: 1}, shelves, distances=DISTANCES)
    assert picks == (Pick(FAR, 3, 3, 7, 1), Pick(FAR, 4, 4, 8, 1))


def test_of_outlets_that_have_everything_the_nearest_serves() -> None:
    shelves = [shelf(1, FAR, 7, 5), shelf(2, MIDDLE, 7, 5), shelf(3, NEAR, 7, 1)]
    assert allocation.allocate({7: 2}, shelves, distances=DISTANCES) == (Pick(MIDDLE, 2, 2, 7, 2),)


def test_one_variant_may_come_from_two_outlets_the_nearest_giving_most() -> None:
    shelves = [shelf(1, FAR, 7, 4), shelf(2, NEAR, 7, 3), shelf(3, MIDDLE, 7, 1)]
    picks = allocation.allocate({7: 5}, shelves, distances=DISTANCES)
    assert picks == (Pick(NEAR, 2, 2, 7, 3), Pick(FAR, 1, 1, 7, 2))


def test_what_expires_first_leaves_first() -> None:
    shelves = [
        shelf(1, NEAR, 7, 2, date(2026, 12, 1)),
        shelf(2, NEAR, 7, 2, date(2027, 1, 1)),
        shelf(3, NEAR, 7, 2, None),
    ]
    picks = allocation.allocate({7: 3}, shelves, distances=DISTANCES)
    assert picks == (Pick(NEAR, 1, 1, 7, 2), Pick(NEAR, 2, 2, 7, 1))


def test_outlets_that_may_not_serve_are_left_alone() -> None:
    shelves = [shelf(1, NEAR, 7, 5), shelf(2, FAR, 7, 5)]
    assert allocation.allocate({7: 1}, shelves, distances={FAR: 100.0}) == (Pick(FAR, 2, 2, 7, 1),)


def test_a_shortage_names_every_line_that_falls_short() -> None:
    with pytest.raises(Shortage) as refused:
        allocation.allocate({7: 2, 8: 3, 9: 1}, [shelf(1, NEAR, 7, 2), shelf(2, FAR, 8, 1)], distances=DISTANCES)
    assert refused.value.lines == (Short(8, 3, 1), Short(9, 1, 0))


def test_more_than_three_outlets_serve_without_one_that_is_not_needed() -> None:
    shelves = [shelf(outlet, outlet, outlet, 1) for outlet in range(1, 6)] + [shelf(9, 9, 1, 1)]
    picks = allocation.allocate(
        dict.fromkeys(range(1, 6), 1), shelves, distances={outlet: float(outlet) for outlet in (1, 2, 3, 4, 5, 9)}
    )
    assert [pick.outlet_id for pick in picks] == [1, 2, 3, 4, 5]


def test_nothing_wanted_is_nothing_picked() -> None:
    assert allocation.allocate({}, [shelf(1, NEAR, 7, 1)], distances=DISTANCES) == ()


@st.composite
def problems(draw: st.DrawFn) -> tuple[dict[int, int], list[Shelf]]:
    wants = draw(st.dictionaries(st.integers(1, 4), st.integers(1, 5), min_size=1))
    spots = draw(st.lists(st.tuples(st.integers(1, 6), st.integers(1, 4), st.integers(1, 4)), max_size=18))
    return wants, [shelf(level, outlet, variant, free) for level, (outlet, variant, free) in enumerate(spots, 1)]


@given(problems())
def test_every_allocation_covers_exactly_and_no_smaller_set_of_outlets_could(
    problem: tuple[dict[int, int], list[Shelf]],
) -> None:
    wants, shelves = problem
    distances = {outlet: float(outlet) for outlet in range(1, 7)}
    supply = Counter({variant: 0 for variant in wants})
    for one in shelves:
        supply[one.variant_id] += one.free
    short = {variant for variant, wanted in wants.items() if supply[variant] < wanted}
    if short:
        with pytest.raises(Shortage) as refused:
            allocation.allocate(wants, shelves, distances=distances)
        assert {line.variant_id for line in refused.value.lines} == short
        return

    picks = allocation.allocate(wants, shelves, distances=distances)
    picked: Counter[int] = Counter()
    for pick in picks:
        picked[pick.variant_id] += pick.quantity
    free = {one.level_id: one.free for one in shelves}
    assert picked == Counter(wants)
    assert all(1 <= pick.quantity <= free[pick.level_id] for pick in picks)
    assert len({pick.level_id for pick in picks}) == len(picks)
    used = {pick.outlet_id for pick in picks}
    if len(used) <= allocation.EXACT:
        assert not any(covers(set(group), wants, shelves) for group in combinations(range(1, 7), len(used) - 1))
    else:
        assert not any(covers(set(group), wants, shelves) for group in combinations(range(1, 7), allocation.EXACT))
        assert not any(covers(used - {outlet}, wants, shelves) for outlet in used)


def covers(outlets: set[int], wants: dict[int, int], shelves: list[Shelf]) -> bool:
    return all(
        sum(one.free for one in shelves if one.outlet_id in outlets and one.variant_id == variant) >= wanted
        for variant, wanted in wants.items()
    )
