"""What a producer brought, checked against the delivery note."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from catalog import history, receipts, stock
from catalog.db import db, transaction
from catalog.errors import Conflict, Forbidden, Invalid, NotFound
from catalog.lots import Lot, LotState
from catalog.memberships import Role, Staff
from catalog.products import Product
from catalog.receipts import Delivered, Receipt, ReceiptLine, ReceiptState, Refusal, Terms
from catalog.stock import StockLevel, StockMovement
from tests.catalog.cast import at_once
from tests.world import (
    MONDAY,
    MONDAY_NINE,
    World,
    levels_at,
    make_lot,
    make_product,
    make_staff,
    make_variant,
    staff_of,
    variant_of,
)

NOW = MONDAY_NINE
SOON = MONDAY + timedelta(days=200)


@pytest.fixture
def clerk(app: Flask, session: Any, world: World) -> Staff:
    with transaction():
        return staff_of(make_staff(world.quay))


@pytest.fixture
def note(session: Any, world: World, clerk: Staff) -> Receipt:
    """A draft of the cooperative's note 12/GH at the quay, on consignment, with no line yet."""
    with transaction():
        return receipts.open_receipt(
            world.quay, world.cooperative.id, "12/GH", terms=Terms.CONSIGNMENT, by=clerk, at=NOW
        )


def honey(world: World, **facts: Any) -> Delivered:
    """Ten announced, ten accepted, of a lot M1 that lasts."""
    defaults: dict[str, Any] = {"announced": 10, "accepted": 10, "lot_code": "M1", "best_before": SOON}
    return Delivered(sku=variant_of(world.honey).sku, **defaults | facts)


def write(note: Receipt, delivered: Delivered, by: Staff, position: int | None = None) -> None:
    with transaction():
        receipts.write_line(note, delivered, position=position, by=by, at=NOW)


def book(note: Receipt, by: Staff) -> None:
    with transaction():
        receipts.book(note, by=by, at=NOW)


def refused(act: Callable[[], object]) -> tuple[str, str]:
    """(field, reason) of the refusal."""
    with pytest.raises(Invalid) as refusal, transaction():
        act()
    return refusal.value.field, refusal.value.reason


def shape(session: Any) -> tuple[int, ...]:
    """How much of everything there is: nothing may change on a refusal."""
    session.rollback()
    tables = (Receipt, ReceiptLine, Lot, StockLevel, StockMovement, history.Event)
    return tuple(session.scalar(select(func.count()).select_from(table)) for table in tables)


def test_what_was_accepted_lies_on_the_shelf_as_the_producer_s(
    session: Any, world: World, clerk: Staff, note: Receipt
) -> None:
    write(note, honey(world), clerk)
    write(note, Delivered(sku=variant_of(world.tea).sku, announced=6, accepted=4, refusal=Refusal.BROKEN), clerk)
    before = stock.free_by_variant([variant_of(world.honey).id], at=NOW)
    book(note, clerk)

    honey_shelf, tea_shelf = levels_at(world.quay)[-2:]
    assert (honey_shelf.on_hand, honey_shelf.held, honey_shelf.consigned) == (10, 0, True)
    assert (tea_shelf.on_hand, tea_shelf.consigned) == (4, True)
    assert before == {variant_of(world.honey).id: 8}
    assert stock.free_by_variant([variant_of(world.honey).id], at=NOW) == {variant_of(world.honey).id: 18}
    lot = session.scalars(select(Lot).where(Lot.id == honey_shelf.lot_id)).one()
    assert (lot.code, lot.best_before, lot.made_on) == ("M1", SOON, None)
    booked = receipts.get_receipt(world.quay.id, note.reference)
    assert (booked.state, booked.booked_at, booked.booked_by) == (ReceiptState.BOOKED, NOW, clerk.actor)
    assert [(line.accepted, line.refused, line.refusal) for line in booked.lines] == [
        (10, 0, None), (4, 2, Refusal.BROKEN),
    ]  # fmt: skip
    moved = session.execute(
        select(StockMovement.on_hand, StockMovement.actor).where(StockMovement.cause == f"receipt:{note.reference}")
    ).all()
    assert sorted(map(tuple, moved)) == [(4, clerk.actor), (10, clerk.actor)]
    events = [(e.verb, e.facts) for e in session.scalars(history.of(f"receipt:{note.reference}"))]
    assert events == [("receipt.opened", {"note": "12/GH"}), ("receipt.booked", {"accepted": 14, "refused": 2})]


def test_bought_goods_lie_apart_from_consigned_ones_of_the_same_lot(
    session: Any, world: World, clerk: Staff, note: Receipt
) -> None:
    write(note, honey(world), clerk)
    book(note, clerk)
    with transaction():
        bought = receipts.open_receipt(
            world.quay, world.cooperative.id, "13/GH", terms=Terms.PURCHASE, by=clerk, at=NOW
        )
        receipts.write_line(bought, honey(world, announced=3, accepted=3), by=clerk, at=NOW)
        receipts.book(bought, by=clerk, at=NOW)
    mine = [(level.on_hand, level.consigned) for level in levels_at(world.quay)[-2:]]
    assert mine == [(10, True), (3, False)]


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"lot_code": "", "best_before": SOON}, f"HSD-{SOON:%Y%m%d}"),
        ({"lot_code": "", "best_before": None, "made_on": MONDAY}, f"NSX-{MONDAY:%Y%m%d}"),
        ({"lot_code": "", "best_before": None}, "KHONG-HAN"),
        ({"lot_code": " m 7 "}, "m 7"),
    ],
)
def test_a_lot_is_named_by_its_label_else_by_its_day_else_as_undated(
    session: Any, world: World, clerk: Staff, note: Receipt, facts: dict[str, Any], code: str
) -> None:
    write(note, honey(world, **facts), clerk)
    book(note, clerk)
    lot_id = levels_at(world.quay)[-1].lot_id
    assert session.scalars(select(Lot.code).where(Lot.id == lot_id)).one() == code


def test_undated_goods_share_one_undated_lot(session: Any, world: World, clerk: Staff, note: Receipt) -> None:
    write(note, honey(world, lot_code="", best_before=None), clerk)
    book(note, clerk)
    with transaction():
        second = receipts.open_receipt(
            world.quay, world.cooperative.id, "13/GH", terms=Terms.CONSIGNMENT, by=clerk, at=NOW
        )
        receipts.write_line(second, honey(world, lot_code="", best_before=None), by=clerk, at=NOW)
        receipts.book(second, by=clerk, at=NOW)
    assert levels_at(world.quay)[-1].on_hand == 20


@pytest.mark.parametrize(
    ("facts", "wrong"),
    [
        ({"announced": 0, "accepted": 0}, ("announced", "units")),
        ({"announced": -1, "accepted": -1}, ("announced", "units")),
        ({"announced": 100_000}, ("announced", "units")),
        ({"accepted": 11}, ("accepted", "more_than_announced")),
        ({"accepted": -1}, ("accepted", "more_than_announced")),
        ({"best_before": MONDAY - timedelta(days=1)}, ("best_before", "past")),
        ({"made_on": MONDAY + timedelta(days=1)}, ("made_on", "future")),
        ({"made_on": MONDAY, "best_before": MONDAY}, ("best_before", "before_made_on")),
        ({"lot_code": "x" * 39}, ("lot_code", "too_long")),
        ({"accepted": 9, "refusal": Refusal.OTHER}, ("refusal_words", "required")),
        ({"accepted": 9, "refusal": Refusal.OTHER, "refusal_words": "x" * 201}, ("refusal_words", "too_long")),
    ],
)
def test_a_line_that_cannot_be_is_refused_beside_its_field(
    session: Any, world: World, clerk: Staff, note: Receipt, facts: dict[str, Any], wrong: tuple[str, str]
) -> None:
    before = shape(session)
    assert refused(lambda: receipts.write_line(note, honey(world, **facts), by=clerk, at=NOW)) == wrong
    assert shape(session) == before


def test_only_goods_of_this_producer_are_on_its_note(session: Any, world: World, clerk: Staff, note: Receipt) -> None:
    with transaction():
        tour = make_product(producer=world.cooperative, kind="tour")
    wrong = {
        variant_of(world.lantern).sku: ("sku", "unknown"),
        "SKU-NONE": ("sku", "unknown"),
        variant_of(tour).sku: ("sku", "tour"),
    }
    for sku, expected in wrong.items():
        line = replace(honey(world), sku=sku)
        assert refused(lambda line=line: receipts.write_line(note, line, by=clerk, at=NOW)) == expected  # type: ignore[misc]


def test_goods_that_age_need_their_last_day(session: Any, world: World, clerk: Staff, note: Receipt) -> None:
    with transaction():
        session.execute(update(Product).where(Product.id == world.honey.id).values(shelf_life="12m"))
    undated = honey(world, best_before=None)
    assert refused(lambda: receipts.write_line(note, undated, by=clerk, at=NOW)) == ("best_before", "required")


def test_a_lot_that_is_known_has_the_days_it_is_known_by(
    session: Any, world: World, clerk: Staff, note: Receipt
) -> None:
    with transaction():
        make_lot(variant_of(world.honey), code="M1", best_before=SOON + timedelta(days=1))
    assert refused(lambda: receipts.write_line(note, honey(world), by=clerk, at=NOW)) == ("best_before", "differs")
    with transaction():
        session.execute(update(Lot).where(Lot.code == "M1").values(best_before=SOON, made_on=MONDAY))
    assert refused(lambda: receipts.write_line(note, honey(world), by=clerk, at=NOW)) == ("made_on", "differs")
    write(note, honey(world, made_on=MONDAY), clerk)


def test_nothing_more_is_taken_of_a_stopped_lot(session: Any, world: World, clerk: Staff, note: Receipt) -> None:
    with transaction():
        make_lot(variant_of(world.honey), code="M1", best_before=SOON, state=LotState.RECALLED)
    assert refused(lambda: receipts.write_line(note, honey(world), by=clerk, at=NOW)) == ("lot_code", "recalled")
    write(note, honey(world, accepted=0, refusal=Refusal.OTHER, refusal_words="lô thu hồi"), clerk)
    book(note, clerk)
    assert levels_at(world.quay)[-1].on_hand == 2


def test_goods_past_their_day_can_be_refused_whole(session: Any, world: World, clerk: Staff, note: Receipt) -> None:
    past = honey(world, accepted=0, best_before=MONDAY - timedelta(days=1), refusal=Refusal.ENDS_TOO_SOON)
    write(note, past, clerk)
    book(note, clerk)
    assert receipts.get_receipt(world.quay.id, note.reference).lines[0].refused == 10
    assert (
        session.scalar(select(func.count()).select_from(StockMovement).where(StockMovement.cause.like("receipt:%")))
        == 0
    )


def test_a_line_is_written_anew_counted_by_scan_and_taken_out(
    session: Any, world: World, clerk: Staff, note: Receipt
) -> None:
    write(note, honey(world, announced=2, accepted=0), clerk)
    assert refused(lambda: receipts.write_line(note, honey(world), by=clerk, at=NOW)) == ("lot_code", "twice")
    with transaction():
        assert receipts.count_one(note, " m1 ", by=clerk).accepted == 1  # type: ignore[union-attr]
        assert receipts.count_one(note, variant_of(world.honey).sku.lower(), by=clerk).accepted == 2  # type: ignore[union-attr]
        assert receipts.count_one(note, "NONE", by=clerk) is None
    assert refused(lambda: receipts.count_one(note, "M1", by=clerk)) == ("code", "complete")
    write(note, honey(world, lot_code="M2", announced=7, accepted=7), clerk, position=1)
    with pytest.raises(NotFound):
        write(note, honey(world, lot_code="M3"), clerk, position=9)
    (line,) = receipts.get_receipt(world.quay.id, note.reference).lines
    assert (line.position, line.lot_code, line.announced) == (1, "M2", 7)
    for _ in range(2):
        with transaction():
            receipts.remove_line(note, 1, by=clerk)
    assert receipts.get_receipt(world.quay.id, note.reference).lines == []


def test_what_is_missing_needs_its_reason_before_it_is_booked(
    session: Any, world: World, clerk: Staff, note: Receipt
) -> None:
    assert refused(lambda: receipts.book(note, by=clerk, at=NOW)) == ("lines", "required")
    write(note, honey(world, accepted=8), clerk)
    before = shape(session)
    with pytest.raises(Invalid) as refusal:
        book(note, clerk)
    assert (refusal.value.reason, refusal.value.facts) == ("required", {"position": 1, "refused": 2})
    assert shape(session) == before


def test_a_draft_is_checked_again_when_it_is_booked(session: Any, world: World, clerk: Staff, note: Receipt) -> None:
    write(note, honey(world, best_before=MONDAY + timedelta(days=1)), clerk)
    before = shape(session)
    with pytest.raises(Invalid) as refusal, transaction():
        receipts.book(note, by=clerk, at=NOW + timedelta(days=2))
    assert (refusal.value.field, refusal.value.reason, refusal.value.facts["position"]) == ("best_before", "past", 1)
    assert shape(session) == before
    assert receipts.get_receipt(world.quay.id, note.reference).state is ReceiptState.DRAFT


@pytest.mark.parametrize("number", ["12/GH", " 12-gh ", "12 GH"])
def test_a_note_is_taken_in_once(session: Any, world: World, clerk: Staff, note: Receipt, number: str) -> None:
    def again() -> None:
        receipts.open_receipt(world.quay, world.cooperative.id, number, terms=Terms.PURCHASE, by=clerk, at=NOW)

    assert refused(again) == ("note_number", "taken")
    write(note, honey(world), clerk)
    book(note, clerk)
    assert refused(again) == ("note_number", "taken")
    for place, maker in ((world.quay, world.household), (world.hill, world.cooperative)):
        with transaction():
            by = staff_of(make_staff(place))
            receipts.open_receipt(place, maker.id, number, terms=Terms.PURCHASE, by=by, at=NOW)


@pytest.mark.parametrize(("number", "reason"), [(" ", "required"), ("///", "required"), ("9" * 41, "too_long")])
def test_a_note_has_a_number(session: Any, world: World, clerk: Staff, number: str, reason: str) -> None:
    before = shape(session)
    wrong = refused(
        lambda: receipts.open_receipt(world.quay, world.cooperative.id, number, terms=Terms.PURCHASE, by=clerk, at=NOW)
    )
    assert wrong == ("note_number", reason)
    assert shape(session) == before


def test_a_cancelled_note_can_be_begun_again_and_a_booked_one_is_final(
    session: Any, world: World, clerk: Staff, note: Receipt
) -> None:
    with transaction():
        receipts.cancel(note, by=clerk, at=NOW)
    with transaction():
        second = receipts.open_receipt(
            world.quay, world.cooperative.id, "12/GH", terms=Terms.CONSIGNMENT, by=clerk, at=NOW
        )
    write(second, honey(world), clerk)
    book(second, clerk)
    before = shape(session)
    for act in (
        lambda: receipts.write_line(second, honey(world, lot_code="M2"), by=clerk, at=NOW),
        lambda: receipts.count_one(second, "M1", by=clerk),
        lambda: receipts.remove_line(second, 1, by=clerk),
        lambda: receipts.cancel(second, by=clerk, at=NOW),
        lambda: receipts.book(second, by=clerk, at=NOW),
        lambda: receipts.book(note, by=clerk, at=NOW),
    ):
        with pytest.raises(Conflict), transaction():
            act()
    assert shape(session) == before


def test_a_receipt_is_one_outlet_s(session: Any, world: World, clerk: Staff, note: Receipt) -> None:
    assert receipts.get_receipt(world.quay.id, note.reference.lower()).id == note.id
    for outlet, reference in ((world.hill, note.reference), (world.quay, "PN-000000")):
        with pytest.raises(NotFound):
            receipts.get_receipt(outlet.id, reference)
    with transaction():
        stranger, above = staff_of(make_staff(world.hill)), staff_of(make_staff(world.centre, Role.MANAGER))
    for by, error in ((stranger, NotFound), (above, Forbidden)):
        for act in (
            lambda by=by: receipts.write_line(note, honey(world), by=by, at=NOW),
            lambda by=by: receipts.book(note, by=by, at=NOW),
            lambda by=by: receipts.open_receipt(
                world.quay, world.cooperative.id, "99", terms=Terms.PURCHASE, by=by, at=NOW
            ),
        ):
            with pytest.raises(error), transaction():
                act()
    with pytest.raises(NotFound), transaction():
        receipts.open_receipt(world.quay, 10**9, "99", terms=Terms.PURCHASE, by=clerk, at=NOW)


def test_goods_are_found_by_sku_name_and_lot(session: Any, world: World) -> None:
    with transaction():
        make_variant(world.honey, unit_vi="can lớn")
        make_lot(variant_of(world.tea), code="CHE-9")
        make_variant(world.tea, unit_vi="hộp", gtin="8930000000019")
    maker = world.cooperative.id
    everything = [(goods.name, goods.unit) for goods in receipts.goods_of(maker)]
    assert everything == [
        ("Chè dây", "chai"), ("Chè dây", "hộp"), ("Mật ong rừng", "chai"), ("Mật ong rừng", "can lớn"),
    ]  # fmt: skip
    assert [goods.unit for goods in receipts.goods_of(maker, " 8930000000019 ")] == ["hộp"]
    assert [goods.unit for goods in receipts.goods_of(maker, "mat ong can")] == ["can lớn"]
    assert [goods.name for goods in receipts.goods_of(maker, "che-9")] == ["Chè dây"]
    assert [goods.sku for goods in receipts.goods_of(maker, variant_of(world.honey).sku.lower())] == [
        variant_of(world.honey).sku
    ]
    assert receipts.goods_of(maker, "đèn lồng") == []


def test_producers_are_those_who_bring_goods_here_until_somebody_searches(session: Any, world: World) -> None:
    assert [p.id for p in receipts.producers_for(world.quay.id)] == [world.household.id, world.cooperative.id]
    assert receipts.producers_for(world.hill.id) == []
    assert [p.id for p in receipts.producers_for(world.hill.id, "hop tac na thu")] == [world.cooperative.id]


def test_booking_many_times_at_once_books_once(
    app: Flask, session: Any, world: World, clerk: Staff, note: Receipt
) -> None:
    write(note, honey(world), clerk)
    reference = note.reference

    def act() -> str:
        receipts.book(receipts.get_receipt(world.quay.id, reference), by=clerk, at=NOW)
        return "booked"

    assert Counter(at_once(app, *[act] * 8)) == {"booked": 1, Conflict.__name__: 7}
    assert levels_at(world.quay)[-1].on_hand == 10


def test_two_drafts_of_one_note_racing_put_the_goods_on_the_shelf_once(
    app: Flask, session: Any, world: World, clerk: Staff, note: Receipt
) -> None:
    """Two clerks began it in one instant; the index decides who books it."""
    write(note, honey(world), clerk)
    with transaction():
        twin = Receipt(
            reference="PN-TW1N00", outlet_id=world.quay.id, producer_id=world.cooperative.id, note_number="12/GH",
            note_key=note.note_key, terms=Terms.CONSIGNMENT, opened_at=NOW, opened_by=clerk.actor,
        )  # fmt: skip
        db.session.add(twin)
        db.session.flush()
        receipts.write_line(twin, honey(world), by=clerk, at=NOW)

    def booking(reference: str) -> Callable[[], str]:
        def act() -> str:
            receipts.book(receipts.get_receipt(world.quay.id, reference), by=clerk, at=NOW)
            return "booked"

        return act

    answers = at_once(app, booking(note.reference), booking("PN-TW1N00"))
    assert Counter(answers) == {"booked": 1, Invalid.__name__: 1}
    assert levels_at(world.quay)[-1].on_hand == 10


def test_two_outlets_receiving_one_new_lot_at_once_share_it(app: Flask, session: Any, world: World) -> None:
    drafts = []
    with transaction():
        for outlet in (world.quay, world.hill, world.centre):
            by = staff_of(make_staff(outlet))
            draft = receipts.open_receipt(outlet, world.cooperative.id, "5", terms=Terms.PURCHASE, by=by, at=NOW)
            receipts.write_line(draft, honey(world), by=by, at=NOW)
            drafts.append((outlet, draft.reference, by))

    def booking(outlet: Any, reference: str, by: Staff) -> Callable[[], str]:
        def act() -> str:
            receipts.book(receipts.get_receipt(outlet.id, reference), by=by, at=NOW)
            return "booked"

        return act

    assert at_once(app, *(booking(*draft) for draft in drafts)) == ["booked"] * 3
    assert session.scalar(select(func.count()).select_from(Lot).where(Lot.code == "M1")) == 1
    assert [levels_at(outlet)[-1].on_hand for outlet, _, _ in drafts] == [10, 10, 10]
