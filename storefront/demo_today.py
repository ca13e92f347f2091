"""What waits today at the demo's counter, made by the verbs themselves: orders, a box on its way, a count, a delivery."""

from datetime import datetime, timedelta

from sqlalchemy import select

from catalog import memberships, receipts, replenishment, stock, stocktakes, transfers
from catalog.clock import add_months, vietnam_day
from catalog.db import db
from catalog.memberships import Staff
from catalog.money import Money
from catalog.outlets import Outlet
from catalog.people import User
from catalog.products import Product, Variant
from catalog.receipts import Delivered, Refusal, Terms
from checkout import carts, fulfilment, payments, placing, quotes, settlement
from checkout.contact import Contact
from checkout.delivery import Address, Collect, Deliver, Destination
from checkout.orders import Order
from checkout.placing import PlaceRequest
from checkout.rules import PaymentMethod, Rules

BUYERS = ("Nguyễn Thị Thử", "Trần Văn Thử", "Lê Thị Minh Họa", "Phạm Văn Minh Họa", "Võ Thị Ví Dụ", "Đặng Văn Ví Dụ")
"""Made up, and they sound so."""
MINIMUM = 6
ENOUGH = 10
"""Different goods at the counter; with fewer there is no day to speak of."""


def write(
    here: Outlet, centre: Outlet, *, clerk: User, manager: User, supplier: User, at: datetime, rules: Rules
) -> None:
    """Something to do at ``here`` for each big button.

    manager: of ``here``.    supplier: the manager of ``centre``, which supplies it.
    """
    at_till, in_charge, at_centre = (memberships.find_staff(user) for user in (clerk, manager, supplier))
    if not (at_till and in_charge and at_centre):
        raise LookupError("the demo's staff have no roles")
    goods = _lasting(here, at)
    if len(goods) < ENOUGH:
        return
    _orders(here, centre, goods, at_till, at, rules)
    _transfers(here, centre, at_centre, at)
    _delivery(here, goods, at_till, at)
    stocktakes.start(here, title="Kệ gần cửa", product_ids=[p for _, p in goods[6:10]], by=at_till, at=at)
    for variant, _ in goods[-8:]:
        replenishment.set_minimum(here, variant.id, MINIMUM, by=in_charge, at=at)


def _lasting(here: Outlet, at: datetime) -> list[tuple[Variant, int]]:
    """Variants with a few free units here, with their product's key; the best stocked first."""
    query = (
        select(Variant, Product.id).join(Product, Product.id == Variant.product_id).where(Product.export_class == "A")
    )
    known = {variant.id: (variant, product) for variant, product in db.session.execute(query)}
    free: dict[int, int] = {}
    for shelf in stock.shelves(list(known), at=at):
        if shelf.outlet_id == here.id:
            free[shelf.variant_id] = free.get(shelf.variant_id, 0) + shelf.free
    chosen = sorted((key for key, units in free.items() if units >= 3), key=lambda key: (-free[key], key))
    return [known[key] for key in chosen]


def _orders(
    here: Outlet, centre: Outlet, goods: list[tuple[Variant, int]], clerk: Staff, at: datetime, rules: Rules
) -> None:
    """Four to collect (two to pick, one paid, one ready), and one that the centre is to send."""
    cash, transfer = PaymentMethod.CASH_ON_COLLECTION, PaymentMethod.BANK_TRANSFER
    ways = [(Collect(here.id), cash), (Collect(here.id), cash), (Collect(here.id), transfer), (Collect(here.id), cash)]
    placed = [
        _place(BUYERS[n], n, [goods[n][0], goods[n + 1][0]], to, payment, at, rules)
        for n, (to, payment) in enumerate(ways)
    ]
    paid = payments.of_order(placed[2].id)
    settlement.receive_transfer(
        paid.code, Money(paid.amount), provider="demo", provider_id=f"demo:{paid.code}", actor="system", at=at
    )
    share = fulfilment.get_fulfilment(here.id, placed[3].reference)
    fulfilment.make_ready(share, by=clerk, at=at, rules=rules)
    home = Deliver(Address(here.commune_code, "Khối phố Thử, số 1"))
    sent = [variant for variant, _ in _lasting(centre, at)[:2]]
    _place(BUYERS[5], 5, sent, home, PaymentMethod.CASH_ON_DELIVERY, at, rules)


def _place(
    name: str, number: int, variants: list[Variant], to: Destination, payment: PaymentMethod, at: datetime, rules: Rules
) -> Order:
    cart = carts.open_cart(at=at)
    for variant in variants:
        carts.put(cart, variant.id, 1, at=at, rules=rules)
    view = carts.view(cart, at=at, rules=rules)
    offer = quotes.quote(view, to, from_outlets=quotes.active_outlets(), at=at, rules=rules)
    request = PlaceRequest(Contact(name, f"090500000{number}"), to, payment, "vi")
    return placing.place(
        cart, request, shown_total=offer.price.total, submit_token=f"demo-{number}", at=at, rules=rules
    )


def _transfers(here: Outlet, centre: Outlet, by: Staff, at: datetime) -> None:
    """One box on its way to this counter."""
    box = transfers.draft(centre, here, note="Hàng tuần này", by=by, at=at)
    for variant, _ in _lasting(centre, at)[:3]:
        transfers.add(box, variant, 2, by=by, at=at)
    transfers.send(box, by=by, at=at)


def _delivery(here: Outlet, goods: list[tuple[Variant, int]], by: Staff, at: datetime) -> None:
    """A producer's note that is being checked, with one broken unit."""
    variant, product_id = goods[0]
    producer = db.session.scalars(select(Product.producer_id).where(Product.id == product_id)).one()
    receipt = receipts.open_receipt(here, producer, "GH-01", terms=Terms.CONSIGNMENT, by=by, at=at)
    made_on = vietnam_day(at) - timedelta(days=4)
    line = Delivered(
        sku=variant.sku, announced=12, accepted=11, lot_code=f"L-{variant.sku}-M", made_on=made_on,
        best_before=add_months(made_on, 12), refusal=Refusal.BROKEN, refusal_words="Vỡ nắp một món",
    )  # fmt: skip
    receipts.write_line(receipt, line, by=by, at=at)
