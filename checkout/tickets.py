"""The ticket a clerk fills at the counter: what lies before the buyer, at today's price, and whether it can be had here.

A clerk has one ticket per outlet. It promises nothing and holds nothing; ``sales`` turns it into a sale. Every change
takes the ticket's own row first, so a scan and a click on one ticket happen one after the other.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Date,
    ForeignKey,
    Integer,
    Row,
    Select,
    UniqueConstraint,
    bindparam,
    delete,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Mapped, mapped_column

from catalog import certificates, lapses, scanning, stock
from catalog.certificates import Certificate
from catalog.clock import vietnam_day
from catalog.db import Base, BigKey, UtcDateTime, db
from catalog.errors import Conflict, Invalid, NotFound
from catalog.groups import ALCOHOL_CODES
from catalog.lapses import LapsedPolicy
from catalog.lots import Lot, LotState
from catalog.memberships import Staff, Task
from catalog.money import Money
from catalog.products import Product, ProductKind, ProductState, Variant, VatClass
from catalog.stock import Shelf, StockLevel
from catalog.text import fold, nfc
from checkout.rules import Rules

MOST_UNITS = 99_999
MOST_LINES = 100
FOUND = 20
"""So many goods are offered for a word."""


class Why(StrEnum):
    """Why something cannot be sold at this counter now."""

    ALCOHOL = "alcohol"
    TOUR = "tour"
    WITHDRAWN = "withdrawn"
    UNCERTIFIED = "uncertified"
    STOPPED = "stopped"
    """All that is left is of a quarantined or recalled lot."""
    EXPIRED = "expired"
    PROMISED = "promised"
    """All that is left is promised to orders."""
    NOT_HERE = "not_here"
    SHORT = "short"


class Ticket(Base):
    """What one clerk is about to sell at one outlet."""

    __tablename__ = "tickets"
    __table_args__ = (UniqueConstraint("outlet_id", "clerk_id"),)

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    outlet_id: Mapped[int] = mapped_column(ForeignKey("outlets.id"))
    clerk_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)


class TicketLine(Base):
    """``quantity`` units of a variant; ``seen_price`` is the price, in đồng, that was last shown to the clerk."""

    __tablename__ = "ticket_lines"
    __table_args__ = (
        UniqueConstraint("ticket_id", "variant_id"),
        CheckConstraint("quantity > 0", name="quantity_positive"),
    )

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id"))
    variant_id: Mapped[int] = mapped_column(ForeignKey("variants.id"))
    quantity: Mapped[int] = mapped_column(Integer)
    seen_price: Mapped[int] = mapped_column(BigInteger)


# built once: every scan and every sale runs them
_tickets = Ticket.__table__.c
_LOCK = (
    Ticket.__table__.update()  # type: ignore[attr-defined]
    .where(_tickets.outlet_id == bindparam("outlet"), _tickets.clerk_id == bindparam("clerk"))
    .values(updated_at=bindparam("now"))
    .returning(_tickets.id)
)
_EMPTY = TicketLine.__table__.delete().where(  # type: ignore[attr-defined]
    TicketLine.__table__.c.ticket_id == bindparam("ticket")
)


@dataclass(frozen=True, slots=True)
class Trouble:
    """What is in the way of one line. wanted, free: units, free ones at this outlet."""

    variant_id: int
    name_vi: str
    why: Why
    wanted: int
    free: int


class Unsellable(Conflict):
    """Some of what is wanted cannot be sold here now. ``troubles``: every line that is in the way."""

    def __init__(self, troubles: Sequence[Trouble]) -> None:
        super().__init__(", ".join(f"variant {t.variant_id}: {t.why} {t.free}/{t.wanted}" for t in troubles))
        self.troubles = tuple(troubles)


@dataclass(frozen=True, slots=True)
class Item:
    """A line with all that a page and a sale need to know of it now.

    certificate_number, stars: of the certificate valid now, or None.    was_price: what the clerk was shown, where it is
    another today.    free: units at this outlet.
    """

    variant_id: int
    product_id: int
    sku: str
    name_vi: str
    name_en: str
    unit_vi: str
    unit_en: str
    vat_class: VatClass
    certificate_number: str | None
    stars: int | None
    price: Money
    was_price: Money | None
    quantity: int
    free: int
    trouble: Trouble | None

    @property
    def amount(self) -> Money:
        """The price of the whole line."""
        return self.price * self.quantity


@dataclass(frozen=True, slots=True)
class TicketView:
    """A ticket at one instant, last scanned first. shelves: where its variants are free here, first expired first."""

    items: tuple[Item, ...]
    shelves: tuple[Shelf, ...]

    @property
    def total(self) -> Money:
        """Sum of the lines, tax included."""
        return sum((item.amount for item in self.items), Money(0))

    @property
    def count(self) -> int:
        """Units of all lines."""
        return sum(item.quantity for item in self.items)

    @property
    def troubles(self) -> tuple[Trouble, ...]:
        """What is in the way of selling it."""
        return tuple(item.trouble for item in self.items if item.trouble)


@dataclass(frozen=True, slots=True)
class Found:
    """Something that could be put on the ticket. free: units at this outlet."""

    variant_id: int
    sku: str
    name_vi: str
    unit_vi: str
    price: Money
    free: int


def find_ticket(outlet_id: int, clerk_id: int) -> int | None:
    """The key of a clerk's ticket at an outlet, or None before the first line."""
    return db.session.scalar(select(Ticket.id).where(Ticket.outlet_id == outlet_id, Ticket.clerk_id == clerk_id))


def view(ticket_id: int | None, outlet_id: int, *, at: datetime, rules: Rules) -> TicketView:
    """The ticket as it could be sold now: today's prices, stars, free units and troubles. Four queries at most."""
    rows = lines(ticket_id)
    shelves = stock.shelves([row.variant_id for row in rows], outlet_id=outlet_id, at=at) if rows else []
    return items(rows, shelves, outlet_id, at=at, rules=rules)


def find(outlet_id: int, text: str, *, at: datetime) -> list[Found]:
    """What a scanner or a person means: a SKU, bar code, lot code or label of a lot, else goods on these shelves whose name has the words.

    At most FOUND; none for nothing.
    """
    words, code = fold(nfc(text)).split(), nfc(text).upper()
    if not words:
        return []
    lots = select(Lot.variant_id).join(StockLevel, StockLevel.lot_id == Lot.id)
    lots = lots.where(func.upper(Lot.code) == code, StockLevel.outlet_id == outlet_id)
    exact = _offered().where(or_(Variant.sku == code, Variant.gtin == code, Variant.id.in_(lots)))
    rows = db.session.execute(exact).all()
    if not rows and (labelled := scanning.lot_labelled(outlet_id, text)):
        rows = db.session.execute(_offered().where(Variant.id == labelled.variant_id)).all()
    if not rows:
        here = select(StockLevel.variant_id).where(StockLevel.outlet_id == outlet_id, StockLevel.on_hand > 0)
        stocked = db.session.execute(_offered().where(Variant.id.in_(here)))
        rows = [row for row in stocked if _has(f"{row.name_vi} {row.unit_vi} {row.sku}", words)][:FOUND]
    free = _free(stock.shelves([row.id for row in rows], outlet_id=outlet_id, at=at))
    return [Found(row.id, row.sku, row.name_vi, row.unit_vi, Money(row.price), free.get(row.id, 0)) for row in rows]


def add(outlet_id: int, variant_id: int, quantity: int, *, by: Staff, at: datetime, rules: Rules) -> int:
    """Put this many more units on the clerk's ticket. Returns how many it has of them now.

    Raises Forbidden, NotFound for an unknown variant, Invalid("quantity" or "ticket", …), Unsellable.
    """
    by.must(Task.SELL, outlet_id)
    ticket_id = lock(outlet_id, by.user_id, at=at) or _open(outlet_id, by.user_id, at=at)
    return _set(ticket_id, outlet_id, variant_id, _quantity(ticket_id, variant_id) + quantity, at=at, rules=rules)


def change(outlet_id: int, variant_id: int, quantity: int, *, by: Staff, at: datetime, rules: Rules) -> int:
    """Have this many units instead; 0 takes the line out. Raises as ``add``; NotFound also for a line that is not there."""
    by.must(Task.SELL, outlet_id)
    ticket_id = lock(outlet_id, by.user_id, at=at)
    if ticket_id is None or not _quantity(ticket_id, variant_id):
        raise NotFound(f"line of variant {variant_id}")
    if quantity == 0:
        _take_out(ticket_id, variant_id)
        return 0
    return _set(ticket_id, outlet_id, variant_id, quantity, at=at, rules=rules)


def clear(outlet_id: int, *, by: Staff, at: datetime) -> None:
    """Begin again with nothing."""
    by.must(Task.SELL, outlet_id)
    ticket_id = lock(outlet_id, by.user_id, at=at)
    if ticket_id is not None:
        empty(ticket_id)


def accept_prices(outlet_id: int, *, by: Staff, at: datetime) -> None:
    """The clerk has seen today's prices: they are no longer news."""
    ticket_id = lock(outlet_id, by.user_id, at=at)
    today = select(Variant.price).where(Variant.id == TicketLine.variant_id).scalar_subquery()
    accepted = update(TicketLine).where(TicketLine.ticket_id == ticket_id).values(seen_price=today)
    db.session.execute(accepted.execution_options(synchronize_session=False))


def restore(outlet_id: int, rows: Sequence[tuple[int, int, int]], *, by: Staff, at: datetime) -> bool:
    """Put (variant, units, price) back on the clerk's ticket, if nothing else has been begun on it. Returns whether."""
    ticket_id = lock(outlet_id, by.user_id, at=at) or _open(outlet_id, by.user_id, at=at)
    if lines(ticket_id):
        return False
    values = [
        {"ticket_id": ticket_id, "variant_id": variant, "quantity": units, "seen_price": price}
        for variant, units, price in rows
    ]
    db.session.execute(TicketLine.__table__.insert(), values)  # type: ignore[attr-defined]
    return True


def lock(outlet_id: int, clerk_id: int, *, at: datetime) -> int | None:
    """Take a clerk's ticket for the rest of the transaction. Returns its key; None when there is none."""
    found: int | None = db.session.scalar(_LOCK, {"outlet": outlet_id, "clerk": clerk_id, "now": at})
    return found


def empty(ticket_id: int) -> None:
    """Take all lines out of a ticket that is locked."""
    db.session.execute(_EMPTY, {"ticket": ticket_id})


def lines(ticket_id: int | None) -> Sequence[Row[Any]]:
    """The lines with what the catalogue says today, last scanned first. One query."""
    return db.session.execute(_lines(), {"ticket": ticket_id}).all() if ticket_id is not None else []


def items(
    rows: Sequence[Row[Any]], shelves: Sequence[Shelf], outlet_id: int, *, at: datetime, rules: Rules
) -> TicketView:
    """Lines and shelves put together; the view has the shelves that may be sold from.

    shelves: of this outlet. One query, a second when something is in the way, two more where certificates have run out.
    """
    product_of = {row.variant_id: row.product_id for row in rows}
    vouched = _certificates(list(product_of.values()), at=at) if rows else {}
    rule = lapses.of(product_of.values(), vouched, policy=rules.lapsed_policy, at=at)
    shelves = rule.narrow(shelves, product_of)
    free = _free(shelves)
    whys = {
        row.variant_id: why
        for row in rows
        if (why := _why_not(row, certified=rule.orderable(row.product_id), rules=rules))
    }
    whys |= {v: Why.UNCERTIFIED for v, p in product_of.items() if p in rule.ended and not free.get(v) and v not in whys}
    short = [
        row.variant_id for row in rows if free.get(row.variant_id, 0) < row.quantity and row.variant_id not in whys
    ]
    whys |= _why_short(short, free, outlet_id, at=at) if short else {}
    return TicketView(tuple(_item(row, vouched.get(row.product_id), free, whys) for row in rows), tuple(shelves))


def _item(
    row: Row[Any], certificate: tuple[str, int | None] | None, free: Mapping[int, int], whys: Mapping[int, Why]
) -> Item:
    here, why = free.get(row.variant_id, 0), whys.get(row.variant_id)
    return Item(
        variant_id=row.variant_id,
        product_id=row.product_id,
        sku=row.sku,
        name_vi=row.name_vi,
        name_en=row.name_en,
        unit_vi=row.unit_vi,
        unit_en=row.unit_en,
        vat_class=row.vat_class,
        certificate_number=certificate[0] if certificate else None,
        stars=certificate[1] if certificate else None,
        price=Money(row.price),
        was_price=Money(row.seen_price) if row.seen_price != row.price else None,
        quantity=row.quantity,
        free=here,
        trouble=Trouble(row.variant_id, row.name_vi, why, row.quantity, here) if why else None,
    )


def _set(ticket_id: int, outlet_id: int, variant_id: int, wanted: int, *, at: datetime, rules: Rules) -> int:
    if not 1 <= wanted <= MOST_UNITS:
        raise Invalid("quantity", "range", most=MOST_UNITS)
    row = db.session.execute(_sold_as().where(Variant.id == variant_id)).first()
    if row is None:
        raise NotFound(f"variant {variant_id}")
    vouched = _certificates([row.product_id], at=at)
    rule = lapses.of([row.product_id], vouched, policy=rules.lapsed_policy, at=at)
    shelves = stock.shelves([variant_id], outlet_id=outlet_id, at=at)
    free = _free(rule.narrow(shelves, {variant_id: row.product_id}))
    why = _why_not(row, certified=rule.orderable(row.product_id), rules=rules)
    if why is None and row.product_id in rule.ended and not free:
        why = Why.UNCERTIFIED
    if why is None and free.get(variant_id, 0) < wanted:
        why = _why_short([variant_id], free, outlet_id, at=at)[variant_id]
    if why:
        raise Unsellable([Trouble(variant_id, row.name_vi, why, wanted, free.get(variant_id, 0))])
    _write(ticket_id, variant_id, wanted, row.price)
    return wanted


def _write(ticket_id: int, variant_id: int, quantity: int, price: int) -> None:
    mine = update(TicketLine).where(TicketLine.ticket_id == ticket_id, TicketLine.variant_id == variant_id)
    values = {"quantity": quantity, "seen_price": price}
    changed = mine.values(values).returning(TicketLine.id).execution_options(synchronize_session=False)
    if db.session.scalar(changed) is not None:
        return
    count = select(func.count()).where(TicketLine.ticket_id == ticket_id)
    if (db.session.scalar(count) or 0) >= MOST_LINES:
        raise Invalid("ticket", "full", most=MOST_LINES)
    db.session.add(TicketLine(ticket_id=ticket_id, variant_id=variant_id, quantity=quantity, seen_price=price))
    db.session.flush()


def _why_not(row: Row[Any], *, certified: bool, rules: Rules) -> Why | None:
    """What stands in the way of selling this at any counter."""
    if row.state is not ProductState.PUBLISHED or not row.active:
        return Why.WITHDRAWN
    if row.group_code in ALCOHOL_CODES:
        return Why.ALCOHOL
    if row.kind is ProductKind.TOUR:
        return Why.TOUR
    if not certified and rules.lapsed_policy is not LapsedPolicy.HIDE_STARS:
        return Why.UNCERTIFIED
    return None


def _why_short(variant_ids: Sequence[int], free: Mapping[int, int], outlet_id: int, *, at: datetime) -> dict[int, Why]:
    """What has become of the units that are not free here. One query."""
    query = (
        select(StockLevel.variant_id, Lot.state, Lot.best_before)
        .join(Lot, Lot.id == StockLevel.lot_id)
        .where(StockLevel.outlet_id == outlet_id, StockLevel.variant_id.in_(variant_ids), StockLevel.on_hand > 0)
    )
    today = vietnam_day(at)
    seen: dict[int, set[Why]] = {variant_id: set() for variant_id in variant_ids}
    for variant_id, state, best_before in db.session.execute(query):
        if state is not LotState.SELLABLE:
            seen[variant_id].add(Why.STOPPED)
        elif best_before is not None and best_before < today:
            seen[variant_id].add(Why.EXPIRED)
        else:
            seen[variant_id].add(Why.PROMISED)
    order = (Why.PROMISED, Why.STOPPED, Why.EXPIRED)
    return {
        variant_id: Why.SHORT if free.get(variant_id, 0) else next((why for why in order if why in found), Why.NOT_HERE)
        for variant_id, found in seen.items()
    }


def _certificates(product_ids: Sequence[int], *, at: datetime) -> dict[int, tuple[str, int | None]]:
    """(number, stars) of the certificate that counts now, as ``certificates.current`` finds it, without its rows."""
    rows = db.session.execute(_vouching(), {"products": list(product_ids), "today": vietnam_day(at)})
    return {product_id: (number, stars) for product_id, number, stars in rows}


@lru_cache
def _lines() -> Select[*tuple[Any, ...]]:
    query = _sold_as().join(TicketLine, TicketLine.variant_id == Variant.id)
    query = query.where(TicketLine.ticket_id == bindparam("ticket")).order_by(TicketLine.id.desc())
    return query.add_columns(TicketLine.quantity, TicketLine.seen_price)


@lru_cache
def _vouching() -> Select[int, str, int | None]:
    valid = certificates.valid(bindparam("today", type_=Date()))
    query = select(Certificate.product_id, Certificate.number, Certificate.stars).where(valid)
    query = query.where(Certificate.product_id.in_(bindparam("products", expanding=True)))
    return query.order_by(Certificate.signed_on, Certificate.id)


def _sold_as() -> Select[*tuple[Any, ...]]:
    """What the catalogue says of a variant."""
    return select(
        Variant.id.label("variant_id"),
        Variant.product_id,
        Variant.sku,
        Variant.unit_vi,
        Variant.unit_en,
        Variant.price,
        Variant.active,
        Product.name_vi,
        Product.name_en,
        Product.state,
        Product.kind,
        Product.group_code,
        Product.vat_class,
    ).join(Product, Product.id == Variant.product_id)


def _offered() -> Select[*tuple[Any, ...]]:
    columns = (Variant.id, Variant.sku, Product.name_vi, Variant.unit_vi, Variant.price)
    return select(*columns).join(Product, Product.id == Variant.product_id).order_by(Product.name_vi, Variant.position)


def _has(name: str, words: Sequence[str]) -> bool:
    folded = fold(name)
    return all(word in folded for word in words)


def _free(shelves: Sequence[Shelf]) -> dict[int, int]:
    free: dict[int, int] = {}
    for shelf in shelves:
        free[shelf.variant_id] = free.get(shelf.variant_id, 0) + shelf.free
    return free


def _open(outlet_id: int, clerk_id: int, *, at: datetime) -> int:
    """The clerk's ticket, made now; two scans in one instant make one."""
    insert = sqlite_insert if db.session.get_bind().dialect.name == "sqlite" else postgresql_insert
    row = insert(Ticket).values(outlet_id=outlet_id, clerk_id=clerk_id, updated_at=at)
    db.session.execute(row.on_conflict_do_nothing(index_elements=["outlet_id", "clerk_id"]))
    ticket_id = lock(outlet_id, clerk_id, at=at)
    if ticket_id is None:
        raise Conflict("the ticket is gone")
    return ticket_id


def _quantity(ticket_id: int, variant_id: int) -> int:
    query = select(TicketLine.quantity).where(TicketLine.ticket_id == ticket_id, TicketLine.variant_id == variant_id)
    return db.session.scalar(query) or 0


def _take_out(ticket_id: int, variant_id: int) -> None:
    gone = delete(TicketLine).where(TicketLine.ticket_id == ticket_id, TicketLine.variant_id == variant_id)
    db.session.execute(gone.execution_options(synchronize_session=False))
