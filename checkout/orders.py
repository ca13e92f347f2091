"""Orders: what was promised to whom, and how far it has come.

An order copies what it was made of (names, prices, tax, stars, addresses), so that no later edit changes it. Its
state moves only along ``NEXT``; what follows from a step (units go back, money is no longer owed, the buyer gets a
letter) happens with it. ``placing`` makes orders, ``settlement`` pays them, ``fulfilment`` packs them and hands them
out: from there on the order's state is what its fulfilments say (``FOLLOWS``).

Locks are taken in one sequence: the order's row (several by reference), its shelves (by level), its payment.
"""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    Integer,
    Numeric,
    Select,
    Text,
    UniqueConstraint,
    func,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship, selectinload
from sqlalchemy.sql.elements import ColumnElement

from catalog import codes, history, jobs, stock
from catalog.db import Base, BigKey, UtcDateTime, db, enum_column, text_column
from catalog.errors import Conflict, Invalid, NotFound
from catalog.lots import Lot
from catalog.money import Money
from catalog.outlets import Outlet
from catalog.people import User
from catalog.products import Product
from catalog.stock import StockLevel
from checkout import contact, payments, pricing
from checkout.delivery import Method
from checkout.lines import SoldVariant
from checkout.payments import Payment
from checkout.rules import PaymentMethod

SYSTEM = "system"
PREFIX = "QN"
_NOT_COUNTED = text("NOT counted")


class OrderState(StrEnum):
    """How far an order has come. Collected orders are handed over; delivered ones are shipped, then delivered."""

    AWAITING_PAYMENT = "awaiting_payment"
    CONFIRMED = "confirmed"
    READY = "ready"
    HANDED_OVER = "handed_over"
    SHIPPED = "shipped"
    DELIVERED = "delivered"
    RETURNED = "returned"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    CLOSED = "closed"


NEXT: dict[OrderState, frozenset[OrderState]] = {
    OrderState.AWAITING_PAYMENT: frozenset({OrderState.CONFIRMED, OrderState.CANCELLED, OrderState.EXPIRED}),
    OrderState.CONFIRMED: frozenset({OrderState.READY, OrderState.CANCELLED, OrderState.EXPIRED}),
    OrderState.READY: frozenset({OrderState.HANDED_OVER, OrderState.SHIPPED, OrderState.EXPIRED}),
    OrderState.SHIPPED: frozenset({OrderState.DELIVERED, OrderState.RETURNED}),
    OrderState.HANDED_OVER: frozenset({OrderState.CLOSED}),
    OrderState.DELIVERED: frozenset({OrderState.CLOSED}),
    OrderState.RETURNED: frozenset({OrderState.CLOSED}),
    OrderState.CANCELLED: frozenset(),
    OrderState.EXPIRED: frozenset(),
    OrderState.CLOSED: frozenset(),
}


class FulfilmentState(StrEnum):
    """How far one outlet's share has come. RETURNED: back at the outlet, refused on the way or never fetched."""

    TO_PICK = "to_pick"
    READY = "ready"
    HANDED_OVER = "handed_over"
    SHIPPED = "shipped"
    DELIVERED = "delivered"
    RETURNED = "returned"


_GONE = frozenset({FulfilmentState.SHIPPED, FulfilmentState.DELIVERED, FulfilmentState.RETURNED})
FOLLOWS: tuple[tuple[OrderState, frozenset[FulfilmentState]], ...] = (
    (OrderState.READY, _GONE | {FulfilmentState.READY, FulfilmentState.HANDED_OVER}),
    (OrderState.HANDED_OVER, frozenset({FulfilmentState.HANDED_OVER})),
    (OrderState.SHIPPED, _GONE),
    (OrderState.RETURNED, frozenset({FulfilmentState.RETURNED})),
    (OrderState.DELIVERED, frozenset({FulfilmentState.DELIVERED, FulfilmentState.RETURNED})),
)
"""An order takes the step to a state once each of its fulfilments is in one of these; the first that fits is taken."""

CANCELLABLE = tuple(state for state, following in NEXT.items() if OrderState.CANCELLED in following)
GIVEN_UP = (OrderState.CANCELLED, OrderState.EXPIRED)
SILENT = (OrderState.HANDED_OVER, OrderState.CLOSED)
"""Steps the buyer gets no letter about: they were there, or nothing is left to say."""


class Order(Base):
    """One purchase. ``token`` opens its page, ``submit_token`` stands for the press of the button that made it.

    Amounts are in minor units of ``currency``, tax included; ``phone`` is in national form. For a collection the
    outlet's name and address and a ``collect_code`` are set, for a delivery the commune and street. ``of_age``: it has
    alcohol in it, and the buyer said when placing it that they are 18.
    """

    __tablename__ = "orders"
    __table_args__ = (
        CheckConstraint("goods >= 0 AND delivery >= 0 AND delivery_vat >= 0", name="amounts_not_negative"),
        CheckConstraint("goods + delivery = total", name="total_adds_up"),
        CheckConstraint("(method = 'collect') = (outlet_id IS NOT NULL)", name="collected_at_an_outlet"),
        CheckConstraint("(method = 'deliver') = (commune_code IS NOT NULL)", name="delivered_to_a_commune"),
        Index("ix_orders_customer_id", "customer_id"),
        Index("ix_orders_phone_state", "phone", "state"),
        Index("ix_orders_state_placed_at", "state", "placed_at"),
    )

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    reference: Mapped[str] = mapped_column(text_column(16), unique=True)
    token: Mapped[str] = mapped_column(text_column(64), unique=True)
    submit_token: Mapped[str] = mapped_column(text_column(64), unique=True)
    state: Mapped[OrderState] = mapped_column(enum_column(OrderState))
    placed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    hold_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    language: Mapped[str] = mapped_column(text_column(2))
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))

    name: Mapped[str] = mapped_column(text_column(120))
    phone: Mapped[str] = mapped_column(text_column(16))
    email: Mapped[str | None] = mapped_column(text_column(254))
    note: Mapped[str] = mapped_column(Text, default="")
    of_age: Mapped[bool] = mapped_column(Boolean, default=False)

    method: Mapped[Method] = mapped_column(enum_column(Method))
    outlet_id: Mapped[int | None] = mapped_column(ForeignKey("outlets.id"))
    outlet_name: Mapped[str] = mapped_column(text_column(160), default="")
    outlet_address: Mapped[str] = mapped_column(text_column(200), default="")
    collect_code: Mapped[str | None] = mapped_column(text_column(6))
    ready_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    commune_code: Mapped[str | None] = mapped_column(text_column(5))
    commune_label: Mapped[str] = mapped_column(text_column(160), default="")
    street: Mapped[str] = mapped_column(text_column(200), default="")
    old_address: Mapped[str] = mapped_column(text_column(200), default="")
    promise_from_on: Mapped[date | None] = mapped_column(Date)
    promise_to_on: Mapped[date | None] = mapped_column(Date)

    payment_method: Mapped[PaymentMethod] = mapped_column(enum_column(PaymentMethod))
    currency: Mapped[str] = mapped_column(text_column(3))
    goods: Mapped[int] = mapped_column(BigInteger)
    delivery: Mapped[int] = mapped_column(BigInteger)
    delivery_vat_percent: Mapped[Decimal] = mapped_column(Numeric(4, 1))
    delivery_vat: Mapped[int] = mapped_column(BigInteger)
    total: Mapped[int] = mapped_column(BigInteger)

    invoice_company: Mapped[str | None] = mapped_column(text_column(200))
    invoice_tax_code: Mapped[str | None] = mapped_column(text_column(16))
    invoice_address: Mapped[str | None] = mapped_column(text_column(200))
    invoice_email: Mapped[str | None] = mapped_column(text_column(254))

    customer: Mapped[User | None] = relationship(lazy="raise_on_sql")
    outlet: Mapped[Outlet | None] = relationship(lazy="raise_on_sql")
    lines: Mapped[list["OrderLine"]] = relationship(lazy="raise_on_sql", order_by="OrderLine.position")
    fulfilments: Mapped[list["Fulfilment"]] = relationship(
        lazy="raise_on_sql", order_by="Fulfilment.position", back_populates="order"
    )

    @property
    def address(self) -> str:
        """Where it goes, on one line: street and commune, or the outlet's address."""
        return self.outlet_address or ", ".join(filter(None, (self.street, self.commune_label)))

    def state_at(self, at: datetime) -> OrderState:
        """Its state by the clock: expired as soon as its time has run out, whether or not anything has tidied up."""
        over = self.hold_until is not None and self.hold_until <= at and OrderState.EXPIRED in NEXT[self.state]
        return OrderState.EXPIRED if over else self.state

    @property
    def vat(self) -> tuple[tuple[Decimal, Money], ...]:
        """Tax inside per rate, lines and delivery together; needs the lines loaded."""
        parts = [(line.vat_percent, Money(line.vat, self.currency)) for line in self.lines]
        parts.append((self.delivery_vat_percent, Money(self.delivery_vat, self.currency)))
        return pricing.vat_by_rate(parts)


class OrderLine(SoldVariant, Base):
    """One line of an order."""

    __tablename__ = "order_lines"
    __table_args__ = (
        UniqueConstraint("order_id", "position"),
        CheckConstraint("quantity > 0", name="quantity_positive"),
        CheckConstraint("price >= 0 AND vat >= 0", name="amounts_not_negative"),
        CheckConstraint("amount = price * quantity", name="amount_adds_up"),
        Index("ix_order_lines_variant_id", "variant_id"),
    )

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"))

    product: Mapped[Product] = relationship(lazy="raise_on_sql")


class Courier(StrEnum):
    """Who carries parcels."""

    VIETTEL_POST = "viettel_post"
    VNPOST = "vnpost"
    GHN = "ghn"
    GHTK = "ghtk"
    JT = "jt"
    OWN = "own"


class Fulfilment(Base):
    """One outlet's share of an order. ``chargeable_g`` of its parcel; 0 for a collection.

    ``changed_at``: since when it is where it is, None from the start.    ``wrong_codes``: codes tried in vain.
    ``handed_to``: who fetched it, where that was not the buyer.    ``note``: why it came back.    ``counted``: whether
    ``sales_figures`` knows of its present state.
    """

    __tablename__ = "fulfilments"
    __table_args__ = (
        UniqueConstraint("order_id", "position"),
        Index("ix_fulfilments_outlet_id", "outlet_id", "state"),
        Index("ix_fulfilments_changed_at", "changed_at"),
        Index("ix_fulfilments_not_counted", "state", "id", sqlite_where=_NOT_COUNTED, postgresql_where=_NOT_COUNTED),
    )

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"))
    position: Mapped[int] = mapped_column(Integer)
    outlet_id: Mapped[int] = mapped_column(ForeignKey("outlets.id"))
    chargeable_g: Mapped[int] = mapped_column(Integer)
    state: Mapped[FulfilmentState] = mapped_column(enum_column(FulfilmentState), default=FulfilmentState.TO_PICK)
    changed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    courier: Mapped[Courier | None] = mapped_column(enum_column(Courier))
    tracking: Mapped[str] = mapped_column(text_column(40), default="")
    wrong_codes: Mapped[int] = mapped_column(Integer, default=0)
    handed_to: Mapped[str] = mapped_column(text_column(120), default="")
    note: Mapped[str] = mapped_column(text_column(200), default="")
    counted: Mapped[bool] = mapped_column(Boolean, default=False)

    order: Mapped[Order] = relationship(lazy="raise_on_sql", back_populates="fulfilments")
    outlet: Mapped[Outlet] = relationship(lazy="raise_on_sql")
    picks: Mapped[list["FulfilmentPick"]] = relationship(lazy="raise_on_sql", order_by="FulfilmentPick.id")


class FulfilmentPick(Base):
    """Units of one lot, from one shelf, for one line: what the packer takes and what a recall asks for.

    ``missing``: units the packer did not find.
    """

    __tablename__ = "fulfilment_picks"
    __table_args__ = (
        UniqueConstraint("fulfilment_id", "level_id"),
        CheckConstraint("quantity > 0", name="quantity_positive"),
        Index("ix_fulfilment_picks_lot_id", "lot_id"),
    )

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    fulfilment_id: Mapped[int] = mapped_column(ForeignKey("fulfilments.id"))
    line_id: Mapped[int] = mapped_column(ForeignKey("order_lines.id"))
    level_id: Mapped[int] = mapped_column(ForeignKey("stock_levels.id"))
    lot_id: Mapped[int] = mapped_column(ForeignKey("lots.id"))
    quantity: Mapped[int] = mapped_column(Integer)
    missing: Mapped[int] = mapped_column(Integer, default=0)

    line: Mapped[OrderLine] = relationship(lazy="raise_on_sql")
    lot: Mapped[Lot] = relationship(lazy="raise_on_sql")
    level: Mapped[StockLevel] = relationship(lazy="raise_on_sql")


def find_by_token(token: str) -> Order | None:
    """The order whose page has this secret address, with its lines, their products and its outlet; or None."""
    return db.session.scalar(_whole().where(Order.token == token))


def get_order(reference: str) -> Order:
    """The order with this reference, loaded like ``find_by_token``; for staff and jobs. Raises NotFound."""
    order = db.session.scalar(_whole().where(Order.reference == reference))
    if order is None:
        raise NotFound(reference)
    return order


def find_by_phone_and_reference(phone: str, reference: str) -> Order | None:
    """The order with both, or None: one query of one kind, hit or miss, so that nothing can be learned from it."""
    try:
        national = contact.phone(phone)
    except Invalid:
        national = ""
    return db.session.scalar(select(Order).where(Order.reference == read_reference(reference), Order.phone == national))


def find_by_submit_token(submit_token: str) -> Order | None:
    """The order that this press of the button has made already, or None."""
    return db.session.scalar(select(Order).where(Order.submit_token == submit_token))


def open_count(phone: str, *, at: datetime) -> int:
    """How many orders of this phone (national form) wait to be packed; one whose time has run out does not."""
    in_time = or_(Order.hold_until.is_(None), Order.hold_until > at)
    waiting = select(func.count()).where(Order.phone == phone, Order.state.in_(CANCELLABLE), in_time)
    return db.session.scalar(waiting) or 0


def of_customer(customer_id: int) -> Select[Order]:
    """Somebody's orders, newest first."""
    return select(Order).where(Order.customer_id == customer_id).order_by(Order.id.desc())


def refunds_due() -> Select[Order, Payment]:
    """Orders given up, or come back in part or whole, for which money had arrived; oldest first."""
    query = select(Order, Payment).join(Payment, Payment.order_id == Order.id)
    back = or_(Order.state.in_(GIVEN_UP), Payment.returned_amount > 0)
    return query.where(back, Payment.paid_amount > 0).order_by(Order.id)


def lock(order_id: int) -> Order:
    """Take an order for the rest of the transaction, as it is now."""
    mine = select(Order).where(Order.id == order_id).with_for_update()
    return db.session.scalars(mine.execution_options(populate_existing=True)).one()


def confirm(order: Order, *, actor: str, at: datetime) -> None:
    """It is paid: the units stay promised without end.

    Raises Conflict when the order is past that, or somebody was quicker; nothing has changed then.
    """
    _move(order, OrderState.CONFIRMED, actor=actor, at=at)


def may_cancel(order: Order) -> bool:
    """Whether it can still be called off; needs its fulfilments loaded."""
    untouched = all(share.state is FulfilmentState.TO_PICK for share in order.fulfilments)
    return order.state in CANCELLABLE and untouched


def cancel(order: Order, *, actor: str, at: datetime) -> None:
    """Call it off while no outlet has packed its share. Raises Conflict as ``confirm``."""
    lock(order.id)
    if set(_states(order)) - {FulfilmentState.TO_PICK}:
        raise Conflict(f"{order.reference}: packed in part")
    _move(order, OrderState.CANCELLED, actor=actor, at=at)


def follow(order: Order, *, actor: str, at: datetime) -> None:
    """Take the steps that its fulfilments have earned. The caller holds the order's row."""
    states = set(_states(order))
    steps = [to for to, earned in FOLLOWS if states <= earned]
    while to := next((to for to in steps if to in NEXT[order.state]), None):
        _move(order, to, actor=actor, at=at)


def close(order: Order, *, actor: str, at: datetime) -> None:
    """Nothing is left to do or to say. Raises Conflict as ``confirm``."""
    _move(order, OrderState.CLOSED, actor=actor, at=at)


def expire(order: Order, *, at: datetime) -> None:
    """Its time ran out: not paid, or not collected. Raises Conflict while it has time left, and as ``confirm``."""
    _move(order, OrderState.EXPIRED, Order.hold_until <= at, actor=SYSTEM, at=at)


def expire_overdue(*, at: datetime, variant_ids: Sequence[int] | None = None) -> list[str]:
    """Expire every order whose time has run out. Returns their references.

    variant_ids: only orders that hold some of these; their shelves are then locked for the caller, too.
    """
    overdue = stock.overdue_orders(at=at, variant_ids=variant_ids)
    rows = select(Order).where(Order.reference.in_(overdue)).order_by(Order.reference).with_for_update()
    found = list(db.session.scalars(rows.execution_options(populate_existing=True))) if overdue else []
    stock.lock(variant_ids=variant_ids or (), order_refs=overdue)
    expired: list[str] = []
    for order in found:
        if order.state is not OrderState.EXPIRED and order.state_at(at) is OrderState.EXPIRED:
            expire(order, at=at)
            expired.append(order.reference)
    return expired


def _move(order: Order, to: OrderState, *conditions: ColumnElement[bool], actor: str, at: datetime) -> None:
    was = order.state
    if to not in NEXT[was]:
        raise Conflict(f"{order.reference}: {was} -> {to}")
    values: dict[str, object] = {"state": to}
    if to is OrderState.CONFIRMED:
        values["hold_until"] = None
    moved = update(Order).where(Order.id == order.id, Order.state == was, *conditions).values(values)
    if db.session.scalar(moved.returning(Order.id).execution_options(synchronize_session=False)) is None:
        raise Conflict(f"{order.reference}: no longer {was}, or not yet to be {to}")
    db.session.refresh(order, ["state", "hold_until"])
    history.record(f"order.{to}", subject_of(order), actor=actor, at=at, was=was)
    if to is OrderState.CONFIRMED:
        stock.keep(order.reference)
    if to in GIVEN_UP:
        stock.release(order.reference, actor=actor, at=at)
        payments.cancel(order.id)
    if to not in SILENT:
        jobs.enqueue(f"mail.order_{to}", {"order": order.reference}, at=at, key=f"mail.order_{to}:{order.reference}")
    db.session.flush()


def _states(order: Order) -> list[FulfilmentState]:
    """Of its fulfilments, as they are now."""
    return list(db.session.scalars(select(Fulfilment.state).where(Fulfilment.order_id == order.id)))


def subject_of(order: Order) -> str:
    """The order's name in the history."""
    return f"order:{order.reference}"


def new_reference() -> str:
    """A reference nobody has yet, such as ``QN-7K3M9Q``."""
    while True:
        reference = f"{PREFIX}-{codes.random_code(6)}"
        if db.session.scalar(select(Order.id).where(Order.reference == reference)) is None:
            return reference


def read_reference(text: str) -> str:
    """What a buyer types for ``QN-7K3M9Q``: any case, with or without the dash or the two letters."""
    return f"{PREFIX}-{codes.mend(text).removeprefix(PREFIX)}"


def _whole() -> Select[Order]:
    return select(Order).options(
        selectinload(Order.lines).joinedload(OrderLine.product),
        selectinload(Order.fulfilments).joinedload(Fulfilment.outlet),
        selectinload(Order.outlet),
    )
