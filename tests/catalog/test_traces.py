"""What a producer tells of a lot: one row with the outlets' lot, days that agree, a code for ever."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select, update

from catalog import codes, evidence, history, lots, receipts, traces
from catalog.db import transaction
from catalog.errors import Conflict, Invalid, NotFound
from catalog.lots import Lot
from catalog.products import Product, Variant
from catalog.receipts import Delivered, Terms
from catalog.traces import Stated, Trace, TraceState
from tests.catalog.cast import at_once, hire
from tests.catalog.tracing import ACTOR, MADE, STATED, published, told
from tests.world import MONDAY, MONDAY_NINE, World, make_lot, make_product, make_variant, put, variant_of

NOW = MONDAY_NINE


def refused(act: Callable[[], object]) -> tuple[str, str]:
    with pytest.raises(Invalid) as refusal, transaction():
        act()
    return refusal.value.field, refusal.value.reason


def shape(session: Any) -> tuple[Any, ...]:
    """Everything these verbs could change."""
    session.rollback()
    lots_now = session.execute(select(Lot.id, Lot.code, Lot.made_on, Lot.best_before).order_by(Lot.id)).all()
    mine = session.execute(
        select(Trace.id, Trace.code, Trace.state, Trace.quantity, Trace.packed_on).order_by(Trace.id)
    )
    return lots_now, mine.all(), session.scalar(select(func.count()).select_from(history.Event))


def sku(product: Product) -> str:
    return variant_of(product).sku


def test_a_registered_lot_is_a_draft_with_a_code_of_its_own(session: Any, world: World) -> None:
    with transaction():
        trace = told(
            world.cooperative, world.honey, " m  1 ", packed_on=MADE + timedelta(days=1), process_vi=" Lọc\nnguội "
        )
    lot = session.get(Lot, trace.lot_id)
    assert (lot.code, lot.made_on, lot.best_before, lot.variant_id) == ("m 1", MADE, None, variant_of(world.honey).id)
    assert (trace.state, trace.quantity, trace.process_vi, trace.published_at) == (
        TraceState.DRAFT, 120, "Lọc nguội", None,
    )  # fmt: skip
    assert re.fullmatch(rf"[{codes.ALPHABET}]{{9}}", trace.code)
    assert traces.read_code(trace.code) == trace.code
    (event,) = session.scalars(history.of(f"lot:{lot.id}"))
    assert (event.verb, event.actor, event.facts["after"]["quantity"]) == ("trace.registered", ACTOR, 120)
    assert traces.find_published(trace.code) is None


@pytest.mark.parametrize(
    ("life", "made_on", "ends"),
    [
        ("12m", date(2026, 2, 28), date(2027, 2, 28)),
        ("1m", date(2026, 10, 31), date(2026, 11, 30)),
        ("7d", date(2026, 11, 20), date(2026, 11, 27)),
        ("", date(2026, 11, 20), None),
    ],
)
def test_the_last_day_is_the_one_of_the_shelf_life_unless_another_is_said(
    session: Any, world: World, life: str, made_on: date, ends: date | None
) -> None:
    with transaction():
        session.execute(update(Product).where(Product.id == world.honey.id).values(shelf_life=life))
        session.expire_all()
        by_itself = told(world.cooperative, world.honey, made_on=made_on)
        said = told(world.cooperative, world.honey, "M2", made_on=made_on, best_before=date(2027, 1, 5))
    assert session.get(Lot, by_itself.lot_id).best_before == ends
    assert session.get(Lot, said.lot_id).best_before == date(2027, 1, 5)


@pytest.mark.parametrize(
    ("facts", "wrong"),
    [
        ({"code": ""}, ("code", "required")),
        ({"code": " \u200b "}, ("code", "required")),
        ({"code": "x" * 39}, ("code", "too_long")),
        ({"quantity": 0}, ("quantity", "units")),
        ({"quantity": -5}, ("quantity", "units")),
        ({"quantity": 100_000}, ("quantity", "units")),
        ({"made_on": MONDAY + timedelta(days=1)}, ("made_on", "future")),
        ({"made_on": date(1926, 11, 1)}, ("made_on", "long_ago")),
        ({"packed_on": MONDAY + timedelta(days=1)}, ("packed_on", "future")),
        ({"packed_on": MADE - timedelta(days=1)}, ("packed_on", "before_made_on")),
        ({"best_before": MADE}, ("best_before", "before_made_on")),
        ({"process_vi": "x" * 2001}, ("process_vi", "too_long")),
        ({"process_en": "x" * 2001}, ("process_en", "too_long")),
    ],
)
def test_what_cannot_be_is_refused_beside_its_field(
    session: Any, world: World, facts: dict[str, Any], wrong: tuple[str, str]
) -> None:
    before = shape(session)
    stated = replace(STATED, **facts)
    assert (
        refused(lambda: traces.register(world.cooperative.id, sku(world.honey), stated, actor=ACTOR, at=NOW)) == wrong
    )
    assert shape(session) == before


def test_a_producer_registers_goods_of_their_own_only(session: Any, world: World) -> None:
    before = shape(session)
    for foreign in (sku(world.lantern), sku(world.tour), "SKU-NONE", ""):
        act = lambda foreign=foreign: traces.register(world.cooperative.id, foreign, STATED, actor=ACTOR, at=NOW)  # noqa: E731
        assert refused(act) == ("sku", "unknown")
    assert shape(session) == before


def test_a_tour_has_no_lots(session: Any, world: World) -> None:
    assert refused(lambda: told(world.household, world.tour)) == ("sku", "unknown")


def test_a_lot_that_an_outlet_received_is_the_same_lot(session: Any, world: World) -> None:
    with transaction():
        lot = make_lot(variant_of(world.honey), code="M1", best_before=MONDAY + timedelta(days=90))
        put(lot, "D01", 4)
    with transaction():
        trace = told(world.cooperative, world.honey, "m1", best_before=MONDAY + timedelta(days=90))
    assert trace.lot_id == lot.id
    assert session.scalar(select(func.count()).select_from(Lot).where(Lot.variant_id == lot.variant_id)) == 2
    session.expire_all()
    assert (session.get(Lot, lot.id).code, session.get(Lot, lot.id).made_on) == ("M1", MADE)


def test_a_lot_that_an_outlet_received_keeps_the_days_of_its_label(session: Any, world: World) -> None:
    with transaction():
        make_lot(variant_of(world.honey), code="M1", best_before=MONDAY + timedelta(days=90), made_on=MADE)
    before = shape(session)
    assert refused(lambda: told(world.cooperative, world.honey)) == ("best_before", "differs")
    ends = MONDAY + timedelta(days=90)
    other = MADE - timedelta(days=1)
    assert refused(lambda: told(world.cooperative, world.honey, made_on=other, best_before=ends)) == (
        "made_on",
        "differs",
    )
    assert shape(session) == before


@pytest.mark.parametrize("code", ["M1", "m1"])
def test_a_code_is_registered_once_for_one_size(session: Any, world: World, code: str) -> None:
    with transaction():
        first = told(world.cooperative, world.honey)
    before = shape(session)
    with pytest.raises(Invalid) as refusal, transaction():
        told(world.cooperative, world.honey, code)
    assert (refusal.value.field, refusal.value.reason, refusal.value.facts["trace"]) == ("code", "taken", first.code)
    assert shape(session) == before
    with transaction():
        told(world.cooperative, world.tea)
        other_size = make_variant(world.honey)
        traces.register(world.cooperative.id, other_size.sku, STATED, actor=ACTOR, at=NOW)
    assert session.scalar(select(func.count()).select_from(Trace)) == 3


def test_a_draft_is_written_anew_with_both_sayings_in_the_history(session: Any, world: World) -> None:
    with transaction():
        trace = told(world.cooperative, world.honey)
    with transaction():
        traces.write(trace, Stated("M9", MADE + timedelta(days=1), 80, process_vi="Lọc"), actor=ACTOR, at=NOW)
        traces.write(trace, Stated("M9", MADE + timedelta(days=1), 80, process_vi="Lọc"), actor=ACTOR, at=NOW)
    lot = session.get(Lot, trace.lot_id)
    assert (lot.code, lot.made_on, trace.quantity, trace.process_vi) == ("M9", MADE + timedelta(days=1), 80, "Lọc")
    _, event = session.scalars(history.of(f"lot:{lot.id}"))
    assert (event.verb, event.facts["before"]["code"], event.facts["after"]["code"]) == ("trace.written", "M1", "M9")
    assert (event.facts["before"]["quantity"], event.facts["after"]["quantity"]) == (120, 80)


def test_a_draft_does_not_take_the_code_of_another_lot(session: Any, world: World) -> None:
    with transaction():
        told(world.cooperative, world.honey)
        trace = told(world.cooperative, world.honey, "M2")
    before = shape(session)
    assert refused(lambda: traces.write(trace, STATED, actor=ACTOR, at=NOW)) == ("code", "taken")
    assert shape(session) == before


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"code": "M2"}, "code"),
        ({"made_on": MADE + timedelta(days=1)}, "made_on"),
        ({"best_before": MONDAY}, "best_before"),
    ],
)
def test_what_a_label_says_is_fixed_once_an_outlet_has_some(
    session: Any, world: World, facts: dict[str, Any], field: str
) -> None:
    with transaction():
        trace = told(world.cooperative, world.honey)
        put(session.get(Lot, trace.lot_id), "D01", 3)
    before = shape(session)
    changed = replace(STATED, **facts)
    assert refused(lambda: traces.write(trace, changed, actor=ACTOR, at=NOW)) == (field, "delivered")
    assert shape(session) == before
    with transaction():
        traces.write(trace, replace(STATED, quantity=99, packed_on=MADE), actor=ACTOR, at=NOW)
    assert (trace.quantity, trace.packed_on) == (99, MADE)


def test_a_published_trace_is_not_written_anew(session: Any, world: World) -> None:
    with transaction():
        trace = published(world.cooperative, world.honey)
    before = shape(session)
    for act in (
        lambda: traces.write(trace, replace(STATED, quantity=5), actor=ACTOR, at=NOW),
        lambda: evidence.publish(trace, actor=ACTOR, at=NOW),
        lambda: evidence.discard(trace, actor=ACTOR, at=NOW),
    ):
        with pytest.raises(Conflict), transaction():
            act()
    assert shape(session) == before


def test_units_are_counted_again_with_both_numbers_and_the_reason(session: Any, world: World) -> None:
    with transaction():
        trace = published(world.cooperative, world.honey)
    assert refused(lambda: traces.recount(trace, 0, "đếm lại", actor=ACTOR, at=NOW)) == ("quantity", "units")
    assert refused(lambda: traces.recount(trace, 120, "đếm lại", actor=ACTOR, at=NOW)) == ("quantity", "same")
    assert refused(lambda: traces.recount(trace, 118, " ", actor=ACTOR, at=NOW)) == ("reason", "required")
    with transaction():
        traces.recount(trace, 118, "vỡ hai chai", actor=ACTOR, at=NOW)
    event = list(session.scalars(history.of(f"lot:{trace.lot_id}")))[-1]
    assert event.facts == {
        "trace": trace.code, "reason": "vỡ hai chai", "before": {"quantity": 120}, "after": {"quantity": 118},
    }  # fmt: skip


def test_a_trace_is_its_producer_s(session: Any, world: World) -> None:
    with transaction():
        trace = told(world.cooperative, world.honey)
    assert traces.get_trace(world.cooperative.id, trace.code.lower()).id == trace.id
    for producer, code in ((world.household, trace.code), (world.cooperative, "0" * 9), (world.cooperative, "x")):
        with pytest.raises(NotFound):
            traces.get_trace(producer.id, code)
    assert session.scalars(traces.of_producer(world.household.id)).all() == []


def test_a_code_is_read_however_it_is_typed() -> None:
    code = "7K3M9QX0" + codes.check_sign("7K3M9QX0")
    for typed in (code, code.lower(), f"{code[:3]}-{code[3:6]} {code[6:]}", code.replace("0", "o"), f" {code}. "):
        assert traces.read_code(typed) == code
    for wrong in ("", code[:-1], code + "0", "7K3M9QX1" + code[-1], "é" * 9, "7" * 500):
        assert traces.read_code(wrong) is None


@given(st.text(codes.ALPHABET, min_size=8, max_size=8), st.integers(0, 7), st.sampled_from(codes.ALPHABET))
def test_one_wrong_sign_is_always_noticed(signs: str, place: int, other: str) -> None:
    code = signs + codes.check_sign(signs)
    mistyped = code[:place] + other + code[place + 1 :]
    assert (traces.read_code(mistyped) == mistyped) is (mistyped == code)


def test_a_code_that_is_taken_is_not_given_again(session: Any, world: World) -> None:
    with transaction():
        first = told(world.cooperative, world.honey)
        offered = iter([first.code, first.code, "7K3M9QX0" + codes.check_sign("7K3M9QX0")])
        second = traces.register(
            world.cooperative.id, sku(world.tea), STATED, actor=ACTOR, at=NOW, new=lambda: next(offered)
        )
    assert second.code.startswith("7K3M9QX0")


def test_a_printed_link_finds_its_lot_also_after_the_number_has_changed(session: Any, world: World) -> None:
    with transaction():
        variant = variant_of(world.honey)
        session.execute(update(Variant).where(Variant.id == variant.id).values(gtin="8930000000019"))
        trace = published(world.cooperative, world.honey)
    assert trace.gtin == "08930000000019"
    assert traces.find_linked("08930000000019", "m1") is not None
    with transaction():
        session.execute(update(Variant).where(Variant.id == variant.id).values(gtin="8930000000026"))
    for number in ("08930000000019", "08930000000026"):
        found = traces.find_linked(number, "M1")
        assert found is not None
        assert found.id == trace.id
    assert traces.find_linked("08930000000019", "M2") is None
    assert traces.find_linked("08930000000033", "M1") is None


def test_two_who_register_one_lot_at_once_make_one(app: Flask, session: Any, world: World) -> None:
    def act(code: str) -> Callable[[], str]:
        return lambda: told(world.cooperative, world.honey, code).code

    answers = at_once(app, act("M1"), act("m1"), act("M1"))
    assert answers.count("Invalid") == 2
    assert not [answer for answer in answers if answer.startswith("failed")]
    assert session.scalar(select(func.count()).select_from(Trace)) == 1
    assert session.scalar(select(func.count()).select_from(Lot).where(func.upper(Lot.code) == "M1")) == 1


def _delivery(world: World) -> tuple[Any, Any]:
    clerk = hire(world.quay)
    receipt = receipts.open_receipt(world.quay, world.cooperative.id, "1/GH", terms=Terms.CONSIGNMENT, by=clerk, at=NOW)
    line = Delivered(sku=sku(world.honey), announced=5, accepted=5, lot_code="m1", made_on=MADE)
    receipts.write_line(receipt, line, by=clerk, at=NOW)
    return receipt, clerk


def test_an_outlet_that_receives_while_the_producer_registers_has_the_same_lot(
    app: Flask, session: Any, world: World
) -> None:
    with transaction():
        receipt, clerk = _delivery(world)

    def receive() -> str:
        receipts.book(receipts.get_receipt(world.quay.id, receipt.reference), by=clerk, at=NOW)
        return "received"

    def register() -> str:
        told(world.cooperative, world.honey)
        return "registered"

    assert at_once(app, receive, register) == ["received", "registered"]
    (lot,) = session.scalars(select(Lot).where(func.upper(Lot.code) == "M1"))
    assert traces.find_of_lot(lot.id) is not None
    assert traces.delivered(lot.id)


def test_a_delivery_and_a_change_of_the_label_never_both_win(app: Flask, session: Any, world: World) -> None:
    with transaction():
        trace = told(world.cooperative, world.honey)
        receipt, clerk = _delivery(world)

    def receive() -> str:
        receipts.book(receipts.get_receipt(world.quay.id, receipt.reference), by=clerk, at=NOW)
        return "received"

    def rewrite() -> str:
        changed = replace(STATED, made_on=MADE + timedelta(days=1))
        traces.write(traces.get_trace(world.cooperative.id, trace.code), changed, actor=ACTOR, at=NOW)
        return "written"

    answers = at_once(app, receive, rewrite)
    assert sorted(answers) in (["Invalid", "received"], ["Invalid", "written"])
    made_on = session.scalar(select(Lot.made_on).where(Lot.id == trace.lot_id))
    assert made_on == (MADE if answers[0] == "received" else MADE + timedelta(days=1))


def test_a_label_typed_in_small_letters_is_the_lot_that_is_registered(session: Any, world: World) -> None:
    with transaction():
        trace = told(world.cooperative, world.honey)
        receipt, clerk = _delivery(world)
        assert receipts.get_receipt(world.quay.id, receipt.reference).lines[0].lot_code == "M1"
        again = Delivered(sku=sku(world.honey), announced=1, accepted=1, lot_code="M1", made_on=MADE)
    assert refused(lambda: receipts.write_line(receipt, again, by=clerk, at=NOW)) == ("lot_code", "twice")
    with transaction():
        receipts.book(receipt, by=clerk, at=NOW)
    assert traces.delivered(trace.lot_id)
    assert lots.find_lot(variant_of(world.honey).id, "m1").id == trace.lot_id  # type: ignore[union-attr]


def test_accented_codes_are_found_as_they_are_written(session: Any, world: World) -> None:
    with transaction():
        trace = told(world.cooperative, world.honey, "Đợt 2")
    assert lots.find_lot(variant_of(world.honey).id, "Đợt 2").id == trace.lot_id  # type: ignore[union-attr]


def test_goods_of_a_producer_are_in_the_order_of_their_names(session: Any, world: World) -> None:
    with transaction():
        make_product("An xoa", producer=world.cooperative)
    found = session.scalars(traces.goods_of(world.cooperative.id))
    assert [variant.product.name_vi for variant in found] == ["An xoa", "Chè dây", "Mật ong rừng"]
