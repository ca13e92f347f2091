"""The till: shifts, entries, and the count at the end of the day."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from catalog import history
from catalog.db import db, transaction
from catalog.errors import Conflict, Forbidden, Invalid, NotFound
from catalog.memberships import Role, Staff
from catalog.money import Money
from checkout import tills
from checkout.tills import EntryKind, NoShift, SheetRow, Shift, ShiftOpen, Tender, TillEntry
from tests.catalog.cast import at_once
from tests.checkout.factories import rows
from tests.checkout.selling import hire
from tests.world import MONDAY_NINE, World

NOW = MONDAY_NINE
EVENING = NOW + timedelta(hours=10)
FLOAT = Money(500_000)


@pytest.fixture
def clerk(world: World) -> Staff:
    with transaction():
        return hire(world.quay)


@pytest.fixture
def shift(world: World, clerk: Staff) -> Shift:
    with transaction():
        return tills.open_shift(world.quay.id, FLOAT, by=clerk, at=NOW)


def take(
    world: World,
    minor: int,
    cause: str,
    *,
    kind: EntryKind = EntryKind.SALE,
    method: Tender = Tender.CASH,
) -> int:
    return tills.take(world.quay.id, Money(minor), kind=kind, method=method, cause=cause, actor="user:1", at=NOW)


def test_a_shift_is_opened_with_what_lies_in_the_drawer(world: World, clerk: Staff) -> None:
    assert tills.current_shift(world.quay.id) is None
    with transaction():
        shift = tills.open_shift(world.quay.id, FLOAT, by=clerk, at=NOW)
    assert tills.current_shift(world.quay.id) is shift
    assert tills.current_shift(world.centre.id) is None
    assert (shift.opened_at, shift.opened_by, shift.float_amount, shift.closed_at) == (NOW, clerk.actor, 500_000, None)
    (event,) = db.session.scalars(history.of(f"shift:{shift.id}"))
    assert (event.verb, event.actor, event.facts) == ("shift.opened", clerk.actor, {"float": 500_000})


def test_an_outlet_has_one_open_shift(world: World, clerk: Staff, shift: Shift) -> None:
    with pytest.raises(ShiftOpen), transaction():
        tills.open_shift(world.quay.id, Money(0), by=clerk, at=NOW)
    assert rows(Shift, history.Event) == [1, 2]  # hired, opened


def test_only_who_may_sell_there_opens_one(world: World, clerk: Staff) -> None:
    with transaction():
        supplier = hire(world.centre, Role.MANAGER)
    with pytest.raises(NotFound), transaction():
        tills.open_shift(world.centre.id, FLOAT, by=clerk, at=NOW)
    with pytest.raises(Forbidden), transaction():
        tills.open_shift(world.quay.id, FLOAT, by=supplier, at=NOW)
    assert rows(Shift) == [0]


@pytest.mark.parametrize(("minor", "reason"), [(-1, "negative"), (10_000_000_001, "too_much")])
def test_an_impossible_float_is_refused(world: World, clerk: Staff, minor: int, reason: str) -> None:
    with pytest.raises(Invalid) as refusal, transaction():
        tills.open_shift(world.quay.id, Money(minor), by=clerk, at=NOW)
    assert (refusal.value.field, refusal.value.reason) == ("float_amount", reason)
    assert rows(Shift) == [0]


def test_money_needs_an_open_shift(world: World) -> None:
    with pytest.raises(NoShift), transaction():
        take(world, 1000, "sale:BL-1")
    assert rows(TillEntry) == [0]


def test_an_entry_is_made_once_for_its_cause(world: World, shift: Shift) -> None:
    for minor in (1000, 2000):
        with transaction():
            assert take(world, minor, "order:QN-1", kind=EntryKind.ORDER) == shift.id
    entry = db.session.scalars(select(TillEntry)).one()
    assert (entry.amount, entry.kind, entry.method) == (1000, EntryKind.ORDER, Tender.CASH)


def test_the_sheet_adds_up_by_kind_and_way_of_paying(world: World, shift: Shift) -> None:
    with transaction():
        take(world, 100_000, "sale:BL-1")
        take(world, 50_000, "sale:BL-2")
        take(world, 70_000, "sale:BL-3", method=Tender.TRANSFER)
        take(world, -50_000, "sale:BL-2", kind=EntryKind.UNDONE)
        take(world, 30_000, "order:QN-1", kind=EntryKind.ORDER)
    sheet = tills.sheet(shift)
    assert sheet.rows == (
        SheetRow(EntryKind.ORDER, Tender.CASH, 1, Money(30_000)),
        SheetRow(EntryKind.SALE, Tender.CASH, 2, Money(150_000)),
        SheetRow(EntryKind.SALE, Tender.TRANSFER, 1, Money(70_000)),
        SheetRow(EntryKind.UNDONE, Tender.CASH, 1, Money(-50_000)),
    )
    assert sheet.expected == Money(500_000 + 150_000 - 50_000 + 30_000)
    assert (sheet.counted, sheet.difference) == (None, None)
    assert sheet.amount(EntryKind.SALE, Tender.TRANSFER) == Money(70_000)
    assert sheet.amount(EntryKind.UNDONE, Tender.TRANSFER) == Money(0)
    assert sheet.count(EntryKind.SALE) == 3


def test_closing_keeps_the_difference_and_adjusts_nothing(world: World, clerk: Staff, shift: Shift) -> None:
    with transaction():
        take(world, 100_000, "sale:BL-1")
    with transaction():
        closed = tills.close_shift(shift, Money(590_000), "  thiếu   mười nghìn ", by=clerk, at=EVENING)
    assert (closed.expected, closed.counted, closed.note) == (600_000, 590_000, "thiếu mười nghìn")
    assert (closed.closed_at, closed.closed_by) == (EVENING, clerk.actor)
    sheet = tills.sheet(closed)
    assert (sheet.expected, sheet.counted, sheet.difference) == (Money(600_000), Money(590_000), Money(-10_000))
    assert rows(TillEntry) == [1]
    assert tills.current_shift(world.quay.id) is None
    event = list(db.session.scalars(history.of(f"shift:{shift.id}")))[-1]
    assert event.verb == "shift.closed"
    assert event.facts == {"expected": 600_000, "counted": 590_000, "note": "thiếu mười nghìn"}


def test_a_closed_shift_stays_closed(world: World, clerk: Staff, shift: Shift) -> None:
    with transaction():
        tills.close_shift(shift, Money(500_000), "", by=clerk, at=EVENING)
    with pytest.raises(Conflict), transaction():
        tills.close_shift(shift, Money(1), "", by=clerk, at=EVENING)
    with pytest.raises(NoShift), transaction():
        take(world, 1000, "sale:BL-1")
    assert tills.get_shift(world.quay.id, shift.id).counted == 500_000
    with transaction():
        again = tills.open_shift(world.quay.id, Money(0), by=clerk, at=EVENING)
    assert [one.id for one in db.session.scalars(tills.shifts(world.quay.id))] == [again.id, shift.id]


def test_another_s_shift_is_closed_by_a_manager(world: World, shift: Shift) -> None:
    with transaction():
        colleague, manager = hire(world.quay), hire(world.quay, Role.MANAGER)
    with pytest.raises(Forbidden), transaction():
        tills.close_shift(shift, Money(0), "", by=colleague, at=EVENING)
    assert tills.get_shift(world.quay.id, shift.id).closed_at is None
    with transaction():
        assert tills.close_shift(shift, Money(0), "", by=manager, at=EVENING).closed_by == manager.actor


@pytest.mark.parametrize(
    ("counted", "note", "field", "reason"),
    [(-1, "", "counted", "negative"), (10**11, "", "counted", "too_much"), (0, "x" * 301, "note", "too_long")],
)
def test_an_impossible_count_is_refused(
    world: World, clerk: Staff, shift: Shift, counted: int, note: str, field: str, reason: str
) -> None:
    with pytest.raises(Invalid) as refusal, transaction():
        tills.close_shift(shift, Money(counted), note, by=clerk, at=EVENING)
    assert (refusal.value.field, refusal.value.reason) == (field, reason)
    assert tills.get_shift(world.quay.id, shift.id).closed_at is None


def test_another_outlet_s_shift_does_not_exist(world: World, shift: Shift) -> None:
    assert tills.get_shift(world.quay.id, shift.id).id == shift.id
    with pytest.raises(NotFound):
        tills.get_shift(world.centre.id, shift.id)


def test_many_who_open_at_once_open_one(app: Flask, world: World, clerk: Staff) -> None:
    def begin() -> str:
        tills.open_shift(world.quay.id, FLOAT, by=replace(clerk), at=NOW)
        return "opened"

    answers = at_once(app, *[begin] * 12)
    assert Counter(answers) == {"opened": 1, ShiftOpen.__name__: 11}
    assert rows(Shift) == [1]


def test_no_entry_slips_past_a_closing(app: Flask, world: World, clerk: Staff, shift: Shift) -> None:
    def sell(n: int) -> Callable[[], str]:
        return lambda: str(take(world, 1000, f"sale:BL-{n}"))

    def close() -> str:
        tills.close_shift(tills.get_shift(world.quay.id, shift.id), FLOAT, "", by=clerk, at=EVENING)
        return "closed"

    answers = at_once(app, *(sell(n) for n in range(8)), close, *(sell(n) for n in range(8, 16)))
    assert answers[8] == "closed"
    sold = Counter(answers)[str(shift.id)]
    assert sold + Counter(answers)[NoShift.__name__] == 16
    assert tills.get_shift(world.quay.id, shift.id).expected == 500_000 + 1000 * sold
    assert rows(TillEntry) == [sold]
