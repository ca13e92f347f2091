"""Shorthands of the counter's tests: somebody who works, an open till, a ticket that is paid."""

from datetime import datetime

from catalog.memberships import Role, Staff, find_staff
from catalog.money import Money
from catalog.outlets import Outlet
from catalog.products import Product
from checkout import sales, tickets, tills
from checkout.rules import Rules
from checkout.sales import Sale
from tests.checkout.factories import RULES
from tests.world import MONDAY_NINE, make_staff, variant_of


def hire(outlet: Outlet, role: Role = Role.CLERK) -> Staff:
    """Somebody who works there, as a request would see them."""
    staff = find_staff(make_staff(outlet, role))
    assert staff is not None
    return staff


def open_till(outlet: Outlet) -> Staff:
    """A clerk who has just opened the shift with 500.000 ₫ in the drawer."""
    clerk = hire(outlet)
    tills.open_shift(outlet.id, Money(500_000), by=clerk, at=MONDAY_NINE)
    return clerk


def put(outlet: Outlet, clerk: Staff, *wants: tuple[Product, int], at: datetime = MONDAY_NINE) -> None:
    """Scan these onto the clerk's ticket."""
    for product, units in wants:
        tickets.add(outlet.id, variant_of(product).id, units, by=clerk, at=at, rules=RULES)


def shown(outlet: Outlet, clerk: Staff, *, at: datetime = MONDAY_NINE) -> Money:
    """What stands on the button."""
    ticket = tickets.find_ticket(outlet.id, clerk.user_id)
    return tickets.view(ticket, outlet.id, at=at, rules=RULES).total


def sell(
    outlet: Outlet, clerk: Staff, *wants: tuple[Product, int], at: datetime = MONDAY_NINE, rules: Rules = RULES
) -> Sale:
    """Scan and pay in cash."""
    put(outlet, clerk, *wants, at=at)
    total = shown(outlet, clerk, at=at)
    return sales.get_sale(outlet.id, sales.pay_cash(outlet.id, shown_total=total, by=clerk, at=at, rules=rules))


def wait_for_money(outlet: Outlet, clerk: Staff, *wants: tuple[Product, int], at: datetime = MONDAY_NINE) -> Sale:
    """Scan and show the QR."""
    put(outlet, clerk, *wants, at=at)
    total = shown(outlet, clerk, at=at)
    return sales.get_sale(outlet.id, sales.await_transfer(outlet.id, shown_total=total, by=clerk, at=at, rules=RULES))
