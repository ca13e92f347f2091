"""Drawings of figures: exact places on the sheet, and what must never leave it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storefront import charts
from storefront.charts import Bar, Column


def test_bars_and_their_goals_share_one_scale() -> None:
    drawn = charts.bar_chart([Bar("Điểm bán", 20, "20", goal=40), Bar("Cấp tỉnh", 0, "0"), Bar("Lỗ", -3, "-3", goal=0)])
    assert (drawn.width, drawn.height) == (480, 138)
    assert [(bar.top, bar.length, bar.goal_x) for bar in drawn.bars] == [
        (0, 240.0, 478.5), (46, 0.0, None), (92, 0.0, 0.0),
    ]  # fmt: skip


def test_a_chart_of_nothing_can_be_drawn() -> None:
    assert charts.bar_chart([]).bars == ()
    empty = charts.column_chart([])
    assert (empty.columns, empty.line, [tick.value for tick in empty.ticks]) == ((), "", [0, 1])


def test_parts_stand_on_one_another() -> None:
    drawn = charts.column_chart([Column("1", (1, 2), ""), Column("2", (0, 4), "")], line=[4, 2])
    first, second = drawn.columns
    assert [(block.y, block.height, block.series) for block in first.blocks] == [(165.0, 51.0, 1), (63.0, 102.0, 2)]
    assert [(block.y, block.height, block.series) for block in second.blocks] == [(12.0, 204.0, 2)]
    assert drawn.line == "154.5,12.0 371.5,114.0"
    assert [(tick.value, tick.y) for tick in drawn.ticks] == [(0, 216.0), (1, 165.0), (2, 114.0), (3, 63.0), (4, 12.0)]


@pytest.mark.parametrize(
    ("most", "ticks"), [(1, [0, 1]), (7, [0, 2, 4, 6, 8]), (41, [0, 10, 20, 30, 40, 50]), (190, [0, 50, 100, 150, 200])]
)
def test_ticks_are_round_numbers(most: int, ticks: list[int]) -> None:
    assert [tick.value for tick in charts.column_chart([Column("", (most,), "")]).ticks] == ticks


@given(
    st.lists(st.lists(st.integers(-(10**12), 10**12), min_size=2, max_size=2), min_size=1, max_size=12),
    st.integers(0, 10**12),
)
def test_nothing_is_drawn_beside_the_sheet(parts: list[list[int]], last_year: int) -> None:
    drawn = charts.column_chart([Column("", tuple(two), "") for two in parts], line=[last_year] * len(parts))
    for column in drawn.columns:
        for block in column.blocks:
            assert block.x >= drawn.left - 0.1
            assert block.x + block.width <= drawn.width + 0.2
            assert block.y >= 11.8
            assert block.y + block.height <= 216.2
    assert len(drawn.ticks) <= 7


def test_a_goal_is_full_only_when_it_is_reached() -> None:
    assert [charts.share(value, 200) for value in (0, 1, 199, 199.9, 200, 300, -1)] == [0, 0, 99, 99, 100, 100, 0]
    assert charts.share(0, 0) == 100


def test_the_area_of_a_dot_says_its_number() -> None:
    assert [charts.dot_radius(value, 16) for value in (16, 4, 1, 0)] == [30.0, 15.0, 7.5, 7.0]
    assert charts.dot_radius(0, 0) == 7.0
