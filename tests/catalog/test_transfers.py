"""Goods on the way. Every test ends with ``transfers.drift() == []``, and with ``stock.drift() == []`` (``app``)."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from catalog import stock, transfers
from catalog.db import db, transaction
from catalog.errors import Conflict, Forbidden, Invalid, NotFound, OutOfStock
from catalog.history import Event
from catalog.lots import Lot, LotState
from catalog.memberships import Role, Staff
from catalog.outlets import Outlet
from catalog.products import Variant
from catalog.stock import StockMovement
from catalog.transfers import Arrival, DifferenceCause, LineShort, ReceivedMeanwhile, Transfer, TransferState
from tests.catalog.cast import at_once, hire, level_id, on_hand
from tests.world import MONDAY, MONDAY_NINE, make_lot, make_outlet, make_product, put, variant_of

NINE = MONDAY_NINE
NOON = NINE + timedelta(hours=3)


@dataclass(frozen=True)
class Scene:
    """A centre that supplies two points, a stranger, and twenty jars at the centre: five old ones, fifteen new."""

    centre: Outlet
    quay: Outlet
    hill: Outlet
    stranger: Outlet
    jar: Variant
    old: Lot
    new: Lot
    sender: Staff
    receiver: Staff


@pytest.fixture
def scene(session: Any) -> Iterator[Scene]:
    with transaction():
        centre = make_outlet("T01")
        quay, hill = make_outlet("D01", supplied_by_id=centre.id), make_outlet("D02", supplied_by_id=centre.id)
        stranger = make_outlet("X01")
        jar = variant_of(make_product())
        old = make_lot(jar, code="OLD", best_before=MONDAY + timedelta(days=20))
        new = make_lot(jar, code="NEW", best_before=MONDAY + timedelta(days=90))
        put(old, "T01", 5)
        put(new, "T01", 15)
        cast = Scene(centre, quay, hill, stranger, jar, old, new, hire(centre), hire(quay))
    yield cast
    assert transfers.drift() == []


def drafted(scene: Scene, units: int = 20) -> Transfer:
    with transaction():
        transfer = transfers.draft(scene.centre, scene.quay, by=scene.sender, at=NINE)
        transfers.add(transfer, scene.jar, units, by=scene.sender, at=NINE)
    return read(scene, transfer)


def sent(scene: Scene, units: int = 20) -> Transfer:
    transfer = drafted(scene, units)
    with transaction():
        transfers.send(transfer, by=scene.sender, at=NINE)
    return read(scene, transfer)


def read(scene: Scene, transfer: Transfer) -> Transfer:
    return transfers.get_transfer(scene.centre.id, transfer.reference)


def receive(scene: Scene, transfer: Transfer, *arrivals: Arrival, seen: int = 0) -> Transfer:
    """Arrivals in the order of the lines."""
    keys = [line.id for line in read(scene, transfer).lines]
    with transaction():
        transfers.receive(
            transfer, dict(zip(keys, arrivals, strict=False)), seen=seen, by=scene.receiver, at=NOON
        )  # fmt: skip
    return read(scene, transfer)


def lines(transfer: Transfer) -> list[tuple[str, int, int, int]]:
    """(lot, sent, arrived, differing) of each line."""
    return [(line.lot.code, line.quantity, line.arrived, line.differing) for line in transfer.lines]


def test_a_draft_takes_what_expires_first_and_moves_nothing(scene: Scene) -> None:
    transfer = drafted(scene, 8)
    assert transfer.reference.startswith("CK-")
    assert lines(transfer) == [("OLD", 5, 0, 0), ("NEW", 3, 0, 0)]
    assert on_hand(scene.old, scene.centre) == 5
    assert stock.free_by_variant([scene.jar.id], at=NINE) == {scene.jar.id: 20}


def test_adding_again_goes_on_where_the_paper_ended(scene: Scene) -> None:
    transfer = drafted(scene, 8)
    with transaction():
        transfers.add(transfer, scene.jar, 4, by=scene.sender, at=NINE)
        transfers.add(transfer, scene.jar, 1, lot_id=scene.new.id, by=scene.sender, at=NINE)
    assert lines(read(scene, transfer)) == [("OLD", 5, 0, 0), ("NEW", 8, 0, 0)]


def test_a_paper_names_no_more_than_the_shelves_have(scene: Scene) -> None:
    transfer = drafted(scene, 18)
    with pytest.raises(OutOfStock) as refusal, transaction():
        transfers.add(transfer, scene.jar, 3, by=scene.sender, at=NINE)
    assert (refusal.value.wanted, refusal.value.free) == (3, 2)
    assert lines(read(scene, transfer)) == [("OLD", 5, 0, 0), ("NEW", 13, 0, 0)]


def test_a_line_of_a_draft_can_be_changed_and_taken_off(scene: Scene) -> None:
    transfer = drafted(scene, 8)
    old, new = transfer.lines
    with transaction():
        transfers.change(transfer, new.id, 15, by=scene.sender, at=NINE)
        transfers.change(transfer, old.id, 0, by=scene.sender, at=NINE)
    assert lines(read(scene, transfer)) == [("NEW", 15, 0, 0)]
    with pytest.raises(LineShort) as refusal, transaction():
        transfers.change(transfer, new.id, 16, by=scene.sender, at=NINE)
    assert (refusal.value.line_id, refusal.value.free) == (new.id, 15)
    with pytest.raises(NotFound), transaction():
        transfers.change(transfer, old.id, 1, by=scene.sender, at=NINE)
    assert lines(read(scene, transfer)) == [("NEW", 15, 0, 0)]


def test_an_outlet_sends_to_its_supplier_its_sisters_and_those_it_supplies(session: Any, scene: Scene) -> None:
    def codes(outlet: Outlet) -> list[str]:
        return [partner.code for partner in session.scalars(transfers.partners(outlet))]

    assert codes(scene.centre) == ["D01", "D02"]
    assert codes(scene.quay) == ["D02", "T01"]
    assert codes(scene.stranger) == []
    with pytest.raises(Invalid, match="target"), transaction():
        transfers.draft(scene.centre, scene.stranger, by=scene.sender, at=NINE)
    with transaction():
        session.execute(update(Outlet).where(Outlet.code == "D02").values(active=False))
    assert codes(scene.centre) == ["D01"]
    assert session.scalars(select(Transfer)).all() == []


def test_what_was_sent_is_on_no_shelf(scene: Scene) -> None:
    transfer = sent(scene, 8)
    assert transfer.state is TransferState.SENT
    assert (on_hand(scene.old, scene.centre), on_hand(scene.new, scene.centre)) == (0, 12)
    assert (on_hand(scene.old, scene.quay), on_hand(scene.new, scene.quay)) == (0, 0)
    assert stock.free_by_variant([scene.jar.id], at=NINE) == {scene.jar.id: 12}
    assert transfers.units_coming([scene.quay.id]) == {(scene.quay.id, scene.jar.id): 8}
    assert transfers.waiting(scene.quay.id) == 1
    assert transfers.waiting(scene.centre.id) == 0


def test_a_paper_is_sent_once(scene: Scene) -> None:
    transfer = sent(scene, 8)
    with pytest.raises(Conflict), transaction():
        transfers.send(transfer, by=scene.sender, at=NINE)
    assert on_hand(scene.new, scene.centre) == 12


def test_an_empty_paper_is_not_sent(scene: Scene) -> None:
    with transaction():
        transfer = transfers.draft(scene.centre, scene.quay, by=scene.sender, at=NINE)
    with pytest.raises(Invalid, match="empty"), transaction():
        transfers.send(transfer, by=scene.sender, at=NINE)
    assert read(scene, transfer).state is TransferState.DRAFT


def test_what_was_sold_since_the_draft_is_named_and_nothing_leaves(scene: Scene) -> None:
    transfer = drafted(scene, 8)
    with transaction():
        stock.sell(level_id(scene.new, scene.centre), 13, cause="sale:1", actor="user:1", at=NINE)
    with pytest.raises(LineShort) as refusal, transaction():
        transfers.send(transfer, by=scene.sender, at=NINE)
    assert (refusal.value.line_id, refusal.value.wanted, refusal.value.free) == (transfer.lines[1].id, 3, 2)
    assert read(scene, transfer).state is TransferState.DRAFT
    assert (on_hand(scene.old, scene.centre), on_hand(scene.new, scene.centre)) == (5, 2)


@pytest.mark.parametrize("stop", [{"state": LotState.RECALLED}, {"best_before": MONDAY - timedelta(days=1)}])
def test_a_stopped_or_expired_lot_does_not_travel(session: Any, scene: Scene, stop: dict[str, Any]) -> None:
    transfer = drafted(scene, 8)
    with transaction():
        session.execute(update(Lot).where(Lot.code == "OLD").values(stop))
    with pytest.raises(LineShort) as refusal, transaction():
        transfers.send(transfer, by=scene.sender, at=NINE)
    assert (refusal.value.line_id, refusal.value.free) == (transfer.lines[0].id, 0)
    assert on_hand(scene.old, scene.centre) == 5


def test_twenty_sent_arrive_as_eighteen_and_two_broken(session: Any, scene: Scene) -> None:
    transfer = sent(scene)
    transfer = receive(
        scene, transfer, Arrival(5), Arrival(13, differing=2, cause=DifferenceCause.BROKEN, note="nắp bật")
    )
    assert transfer.state is TransferState.CLOSED
    assert lines(transfer) == [("OLD", 5, 5, 0), ("NEW", 15, 13, 2)]
    assert (on_hand(scene.old, scene.quay), on_hand(scene.new, scene.quay)) == (5, 13)
    (difference,) = transfer.lines[1].differences
    assert (difference.cause, difference.quantity, difference.note) == (DifferenceCause.BROKEN, 2, "nắp bật")
    facts = session.scalars(select(Event.facts).where(Event.verb == "transfer.received")).one()
    assert facts == {"receipt": 1, "closed": True, "arrived": 18, "differing": 2}


def test_it_can_be_received_in_several_goes(session: Any, scene: Scene) -> None:
    transfer = sent(scene)
    transfer = receive(scene, transfer, Arrival(5), Arrival(10))
    assert (transfer.state, transfer.receipts) == (TransferState.RECEIVED, 1)
    assert transfers.units_coming([scene.quay.id]) == {(scene.quay.id, scene.jar.id): 5}
    transfer = receive(scene, transfer, Arrival(0), Arrival(4), seen=1)
    assert transfer.state is TransferState.RECEIVED
    transfer = receive(scene, transfer, Arrival(0), Arrival(0, 1, DifferenceCause.MISSING), seen=2)
    assert (transfer.state, transfer.closed_at) == (TransferState.CLOSED, NOON)
    assert on_hand(scene.new, scene.quay) == 14
    causes = session.scalars(select(StockMovement.cause).where(StockMovement.kind == "transferred_in")).all()
    assert sorted(causes) == [f"transfer:{transfer.reference}:{n}" for n in (1, 1, 2)]


def test_whose_the_units_are_travels_with_them(scene: Scene) -> None:
    with transaction():
        lot = make_lot(scene.jar)
        stock.receive(lot, scene.centre, 4, consigned=True, cause="receipt:1", actor="user:1", at=NINE)
        stock.receive(lot, scene.centre, 3, cause="receipt:2", actor="user:1", at=NINE)
        transfer = transfers.draft(scene.centre, scene.quay, by=scene.sender, at=NINE)
        transfers.add(transfer, scene.jar, 7, lot_id=lot.id, by=scene.sender, at=NINE)
        transfers.send(transfer, by=scene.sender, at=NINE)
    receive(scene, transfer, Arrival(3), Arrival(4))
    assert on_hand(lot, scene.quay, consigned=True) == 4
    assert on_hand(lot, scene.quay) == 3


@pytest.mark.parametrize(
    "arrival", [Arrival(6), Arrival(5, 1, DifferenceCause.MISSING), Arrival(3, 2, None), Arrival(0)]
)
def test_what_cannot_be_is_refused_and_nothing_arrives(scene: Scene, arrival: Arrival) -> None:
    transfer = sent(scene)
    with pytest.raises(Invalid):
        receive(scene, transfer, arrival)
    assert read(scene, transfer).state is TransferState.SENT
    assert on_hand(scene.old, scene.quay) == 0


def test_negative_units_are_no_arrival(scene: Scene) -> None:
    transfer = sent(scene)
    with pytest.raises(ValueError, match="negative"):
        receive(scene, transfer, Arrival(-1))
    assert on_hand(scene.old, scene.quay) == 0


def test_a_line_of_another_paper_is_not_found(scene: Scene) -> None:
    first, second = sent(scene, 3), sent(scene, 2)
    with pytest.raises(NotFound), transaction():
        transfers.receive(first, {second.lines[0].id: Arrival(1)}, seen=0, by=scene.receiver, at=NOON)
    assert on_hand(scene.old, scene.quay) == 0


def test_a_page_from_before_the_last_go_is_refused(scene: Scene) -> None:
    transfer = sent(scene)
    receive(scene, transfer, Arrival(5), Arrival(10))
    with pytest.raises(ReceivedMeanwhile):
        receive(scene, transfer, Arrival(0), Arrival(5), seen=0)
    assert on_hand(scene.new, scene.quay) == 10


def test_a_closed_paper_receives_nothing(scene: Scene) -> None:
    transfer = sent(scene)
    receive(scene, transfer, Arrival(5), Arrival(15))
    with pytest.raises(Conflict):
        receive(scene, transfer, Arrival(1), seen=1)
    assert on_hand(scene.old, scene.quay) == 5


def test_goods_whose_lot_was_recalled_on_the_way_arrive_and_are_not_for_sale(session: Any, scene: Scene) -> None:
    transfer = sent(scene, 5)
    with transaction():
        session.execute(update(Lot).where(Lot.code == "OLD").values(state=LotState.RECALLED))
    assert [(t.reference, line.on_the_way) for t, line in transfers.lots_on_the_way([scene.old.id])] == [
        (transfer.reference, 5)
    ]
    receive(scene, transfer, Arrival(5))
    assert on_hand(scene.old, scene.quay) == 5
    assert stock.free_by_variant([scene.jar.id], at=NOON) == {scene.jar.id: 15}
    assert transfers.lots_on_the_way([scene.old.id]) == []


def test_what_was_sent_can_be_taken_back_whole(scene: Scene) -> None:
    transfer = sent(scene, 8)
    with transaction():
        transfers.take_back(transfer, by=scene.sender, at=NOON)
    assert read(scene, transfer).state is TransferState.CANCELLED
    assert (on_hand(scene.old, scene.centre), on_hand(scene.new, scene.centre)) == (5, 15)
    with pytest.raises(Conflict), transaction():
        transfers.take_back(transfer, by=scene.sender, at=NOON)
    with pytest.raises(Conflict):
        receive(scene, transfer, Arrival(5))
    assert (on_hand(scene.old, scene.centre), on_hand(scene.old, scene.quay)) == (5, 0)


def test_what_was_received_in_part_is_not_taken_back(scene: Scene) -> None:
    transfer = sent(scene)
    receive(scene, transfer, Arrival(1))
    with pytest.raises(Conflict), transaction():
        transfers.take_back(transfer, by=scene.sender, at=NOON)
    assert on_hand(scene.old, scene.centre) == 0


def test_a_draft_can_be_thrown_away_and_a_sent_paper_cannot(scene: Scene) -> None:
    away, gone = drafted(scene, 1), sent(scene, 2)
    with transaction():
        transfers.cancel(away, by=scene.sender, at=NOON)
    with pytest.raises(Conflict), transaction():
        transfers.cancel(gone, by=scene.sender, at=NOON)
    assert read(scene, away).state is TransferState.CANCELLED
    with pytest.raises(Conflict), transaction():
        transfers.add(away, scene.jar, 1, by=scene.sender, at=NOON)


def test_each_outlet_sees_what_concerns_it(session: Any, scene: Scene) -> None:
    draft, on_way = drafted(scene, 1), sent(scene, 2)

    def seen(outlet: Outlet) -> set[str]:
        return {transfer.reference for transfer in session.scalars(transfers.seen_by(outlet.id))}

    assert seen(scene.centre) == {draft.reference, on_way.reference}
    assert seen(scene.quay) == {on_way.reference}
    assert seen(scene.hill) == set()
    for outlet, reference in ((scene.quay, draft.reference), (scene.hill, on_way.reference), (scene.quay, "CK-NIX")):
        with pytest.raises(NotFound):
            transfers.get_transfer(outlet.id, reference)
    typed = on_way.reference.lower().replace("-", " ")
    assert transfers.get_transfer(scene.quay.id, typed).id == on_way.id


def test_lists_name_papers_by_where_they_are(session: Any, scene: Scene) -> None:
    draft, on_way, over = drafted(scene, 1), sent(scene, 2), sent(scene, 3)
    receive(scene, over, Arrival(3))

    def references(query: Any) -> list[str]:
        return [transfer.reference for transfer in session.scalars(query)]

    assert references(transfers.drafts_of(scene.centre.id)) == [draft.reference]
    assert references(transfers.sent_from(scene.centre.id)) == [on_way.reference]
    assert references(transfers.coming_to(scene.quay.id)) == [on_way.reference]
    assert references(transfers.over_at(scene.quay.id)) == [over.reference]
    assert references(transfers.coming_to(scene.centre.id)) == []
    assert transfers.units_of([draft.id, on_way.id]) == {draft.id: (1, 1), on_way.id: (1, 2)}


def test_only_who_works_there_sends_and_receives(session: Any, scene: Scene) -> None:
    transfer = drafted(scene, 5)
    with transaction():
        officer = hire(None, Role.OFFICER)
    for somebody, error in ((scene.receiver, NotFound), (officer, Forbidden)):
        for verb in (transfers.send, transfers.cancel):
            with pytest.raises(error), transaction():
                verb(transfer, by=somebody, at=NINE)
    with transaction():
        transfers.send(transfer, by=scene.sender, at=NINE)
    with pytest.raises(NotFound), transaction():
        transfers.receive(transfer, {}, seen=0, by=scene.sender, at=NINE)
    assert read(scene, transfer).state is TransferState.SENT


def test_a_difference_is_given_a_picture_once(scene: Scene) -> None:
    transfer = sent(scene, 5)
    transfer = receive(scene, transfer, Arrival(4, 1, DifferenceCause.BROKEN))
    (difference,) = transfer.lines[0].differences
    with transaction():
        transfers.show_difference(transfer, difference, "a.webp", by=scene.receiver, at=NOON)
    with pytest.raises(Conflict), transaction():
        transfers.show_difference(transfer, difference, "b.webp", by=scene.receiver, at=NOON)
    found = transfers.get_difference(read(scene, transfer), difference.id)
    assert found.photo == "a.webp"
    with pytest.raises(NotFound):
        transfers.get_difference(transfer, difference.id + 1)


def test_a_line_whose_numbers_do_not_add_up_is_found(session: Any, scene: Scene) -> None:
    transfer = receive(scene, sent(scene, 5), Arrival(4, 1, DifferenceCause.BROKEN))
    line = transfer.lines[0].id
    try:
        with transaction():
            session.execute(update(transfers.TransferLine).values(arrived=5, differing=0))
        assert transfers.drift() == [
            transfers.Drift(line, quantity=5, moved_out=5, moved_in=4, arrived=5, differing=0, differences=1)
        ]
    finally:
        with transaction():
            session.execute(update(transfers.TransferLine).values(arrived=4, differing=1))


def test_two_who_unpack_the_same_box_count_it_once(app: Flask, scene: Scene) -> None:
    transfer = sent(scene)
    keys = [line.id for line in transfer.lines]

    def act() -> str:
        mine = transfers.get_transfer(scene.quay.id, transfer.reference)
        arrivals = {keys[0]: Arrival(5), keys[1]: Arrival(15)}
        transfers.receive(mine, arrivals, seen=0, by=scene.receiver, at=NOON)
        return "received"

    answers = at_once(app, *[act] * 8)
    assert Counter(answers) == {"received": 1, "Conflict": 7}
    assert (on_hand(scene.old, scene.quay), on_hand(scene.new, scene.quay)) == (5, 15)


def test_two_who_open_the_page_at_once_receive_one_part(app: Flask, scene: Scene) -> None:
    transfer = sent(scene)
    key = transfer.lines[1].id

    def act() -> str:
        mine = transfers.get_transfer(scene.quay.id, transfer.reference)
        transfers.receive(mine, {key: Arrival(5)}, seen=0, by=scene.receiver, at=NOON)
        return "received"

    assert Counter(at_once(app, *[act] * 4)) == {"received": 1, "ReceivedMeanwhile": 3}
    assert on_hand(scene.new, scene.quay) == 5


def test_sending_races_orders_and_no_unit_goes_twice(app: Flask, scene: Scene) -> None:
    transfer = drafted(scene, 20)
    shelf = level_id(scene.new, scene.centre)

    def send() -> str:
        transfers.send(transfers.get_transfer(scene.centre.id, transfer.reference), by=scene.sender, at=NOON)
        return "sent"

    def order(number: int) -> str:
        stock.hold(shelf, 1, order_ref=f"QN-{number}", until=None, actor="buyer", at=NOON)
        return "held"

    answers = at_once(app, send, *[lambda n=n: order(n) for n in range(6)])  # type: ignore[misc]
    held = answers.count("held")
    if answers[0] == "sent":
        assert Counter(answers) == {"sent": 1, "OutOfStock": 6}
        assert on_hand(scene.new, scene.centre) == 0
    else:
        assert Counter(answers) == {"LineShort": 1, "held": 6}
        assert on_hand(scene.new, scene.centre) == 15
    assert held in (0, 6)


def test_twenty_arrive_as_eighteen_and_two_broken_while_customers_buy(app: Flask, scene: Scene) -> None:
    """Buyers get the unit that was there and, once they are on the shelf, those that came whole; never the broken."""
    with transaction():
        put(scene.new, "D01", 1)
    transfer = sent(scene)
    keys = [line.id for line in transfer.lines]
    shelf = level_id(scene.new, scene.quay)

    def unpack() -> str:
        mine = transfers.get_transfer(scene.quay.id, transfer.reference)
        arrivals = {keys[0]: Arrival(5), keys[1]: Arrival(13, 2, DifferenceCause.BROKEN)}
        transfers.receive(mine, arrivals, seen=0, by=scene.receiver, at=NOON)
        return "received"

    def buy(number: int) -> str:
        stock.hold(shelf, 1, order_ref=f"QN-{number}", until=None, actor="buyer", at=NOON)
        return "held"

    answers = at_once(app, unpack, *[lambda n=n: buy(n) for n in range(20)])  # type: ignore[misc]
    assert answers[0] == "received"
    assert set(answers[1:]) <= {"held", "OutOfStock"}
    free = stock.free_by_outlet(NOON, outlet_ids=[scene.quay.id])
    assert 1 <= answers.count("held") <= 14
    assert [row[2] for row in free] == [1 + 18 - answers.count("held")]
    assert (on_hand(scene.old, scene.quay), on_hand(scene.new, scene.quay)) == (5, 14)


def test_sending_races_taking_back_in_crossing_papers(app: Flask, scene: Scene) -> None:
    """Two papers of the same shelves, one leaving, one coming back: nobody waits in a circle, nothing is lost."""
    back, out = sent(scene, 8), drafted(scene, 12)

    def take_back() -> str:
        transfers.take_back(transfers.get_transfer(scene.centre.id, back.reference), by=scene.sender, at=NOON)
        return "back"

    def send() -> str:
        transfers.send(transfers.get_transfer(scene.centre.id, out.reference), by=scene.sender, at=NOON)
        return "sent"

    assert at_once(app, take_back, send) == ["back", "sent"]
    assert on_hand(scene.old, scene.centre) + on_hand(scene.new, scene.centre) == 8
    assert db.session.scalar(select(Transfer.state).where(Transfer.id == back.id)) is TransferState.CANCELLED
