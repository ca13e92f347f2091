"""Drawings of figures: where each bar, column, line and dot stands on its sheet. Pure; the templates only print it.

A sheet is 480 units wide, so that a phone shows its letters nearly at their size and a wide screen two side by side.
Every drawing stands beside a table of the same figures: a number below zero (more came back than was sold) is told
there and drawn as nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

WIDTH = 480
BAR_ROW, BAR_HEIGHT = 46, 14
COLUMN_HEIGHT, PLOT_TOP, PLOT_BOTTOM, PLOT_LEFT = 250, 12, 216, 46
LARGEST_DOT, SMALLEST_DOT = 30.0, 7.0


@dataclass(frozen=True, slots=True)
class Bar:
    """One row. words: its figure as it is read.    goal: what it is measured by; None for nothing."""

    label: str
    value: float
    words: str
    goal: float | None = None


@dataclass(frozen=True, slots=True)
class DrawnBar:
    """A row on the sheet. goal_x: where the goal's mark stands, None without one."""

    bar: Bar
    top: int
    length: float
    goal_x: float | None


@dataclass(frozen=True, slots=True)
class BarChart:
    """Rows from the top down; bars begin at 0."""

    width: int
    height: int
    bars: tuple[DrawnBar, ...]


@dataclass(frozen=True, slots=True)
class Column:
    """One column. parts: from the foot up, one of each series.    title: what a pointer over it is told."""

    label: str
    parts: tuple[int, ...]
    title: str


@dataclass(frozen=True, slots=True)
class Block:
    """One part of one column on the sheet. series: counts from 1."""

    x: float
    y: float
    width: float
    height: float
    series: int


@dataclass(frozen=True, slots=True)
class DrawnColumn:
    """A column on the sheet; ``middle`` is where its label stands."""

    column: Column
    middle: float
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Tick:
    """A line across the sheet with its number."""

    y: float
    value: int


@dataclass(frozen=True, slots=True)
class ColumnChart:
    """Stacked columns from left to right, and a line over them. line: SVG's points; empty without one."""

    width: int
    height: int
    left: int
    foot: int
    columns: tuple[DrawnColumn, ...]
    ticks: tuple[Tick, ...]
    line: str


def bar_chart(bars: Sequence[Bar]) -> BarChart:
    """All bars and goals on one scale."""
    most = max([1.0, *(bar.value for bar in bars), *(bar.goal or 0.0 for bar in bars)])
    drawn = [
        DrawnBar(
            bar=bar,
            top=number * BAR_ROW,
            length=_rounded(max(0.0, bar.value) / most * WIDTH),
            goal_x=None if bar.goal is None else _rounded(min(bar.goal / most * WIDTH, WIDTH - 1.5)),
        )
        for number, bar in enumerate(bars)
    ]
    return BarChart(WIDTH, max(1, len(bars)) * BAR_ROW, tuple(drawn))


def column_chart(columns: Sequence[Column], line: Sequence[int] = ()) -> ColumnChart:
    """All columns and the line on one scale. line: one figure a column."""
    sums = [sum(max(0, part) for part in column.parts) for column in columns]
    step = _step(max([*sums, *line, 1]))
    most = step * -(-max([*sums, *line, 1]) // step)
    unit = (PLOT_BOTTOM - PLOT_TOP) / most
    room = (WIDTH - PLOT_LEFT) / max(1, len(columns))
    drawn = []
    for number, column in enumerate(columns):
        x, y, blocks = PLOT_LEFT + number * room, float(PLOT_BOTTOM), []
        for series, part in enumerate(column.parts, start=1):
            height = max(0, part) * unit
            y -= height
            if height:
                blocks.append(
                    Block(_rounded(x + room * 0.14), _rounded(y), _rounded(room * 0.72), _rounded(height), series)
                )
        drawn.append(DrawnColumn(column, _rounded(x + room / 2), tuple(blocks)))
    points = " ".join(
        f"{drawn[number].middle},{_rounded(PLOT_BOTTOM - max(0, value) * unit)}" for number, value in enumerate(line)
    )
    ticks = tuple(Tick(_rounded(PLOT_BOTTOM - value * unit), value) for value in range(0, most + 1, step))
    return ColumnChart(WIDTH, COLUMN_HEIGHT, PLOT_LEFT, PLOT_BOTTOM, tuple(drawn), ticks, points)


def dot_radius(value: int, most: int) -> float:
    """Of a dot whose area says the value; the largest is ``most``, and nothing is a small dot, too."""
    if value <= 0 or most <= 0:
        return SMALLEST_DOT
    return _rounded(max(SMALLEST_DOT, sqrt(value / most) * LARGEST_DOT))


def share(value: float, goal: float) -> int:
    """How much of a goal is reached, in whole percent from 0 to 100; never 100 before it is."""
    if goal <= 0 or value >= goal:
        return 100
    return max(0, min(99, int(value / goal * 100)))


def _step(most: int) -> int:
    """A round number that goes into ``most`` about four times."""
    size = 1
    while most / (size * 10) > 4:
        size *= 10
    return next(size * factor for factor in (1, 2, 5, 10) if most / (size * factor) <= 5)


def _rounded(value: float) -> float:
    return round(value, 1)
