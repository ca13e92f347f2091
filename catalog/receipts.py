"""Receipts ("phiếu nhập"): what a producer brought to an outlet, checked against the delivery note.

A draft lists what the note announces and what was accepted, line by line; ``book`` puts the accepted units on the
shelves, once. What was not accepted stays on the receipt with its reason. The same note of the same producer is
booked once at an outlet. Whether the goods are bought or still the producer's (consigned) is said of the whole note.

Locks: the receipt, then the turns of its variants, then its shelves.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import (
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    Integer,
    Select,
    UniqueConstraint,
    delete,
    func,
    select,
    text,
    update,
)
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, joinedload, mapped_column, relationship, selectinload

from catalog import history, lots, references, stock
from catalog.clock import vietnam_day
from catalog.db import Base, BigKey, UtcDateTime, db, enum_column, text_column
from catalog.errors import Conflict, Invalid, NotFound
from catalog.lots import Lot, LotState
from catalog.memberships import Staff, Task
from catalog.outlets import Outlet
from catalog.producers import Producer
from catalog.products import Product, ProductKind, ProductState, Variant
from catalog.stock import StockLevel
from catalog.text import collation_key, fold, has_words, nfc

PREFIX = "PN"
MOST_LINES = 200
MOST_UNITS = 99_999
LONGEST_LOT = 38
LONGEST_NOTE = 40
LONGEST_WORDS = 200
_SIGN = re.compile(r"[0-9a-z]+")


class Terms(StrEnum):
    """Whose the goods are once they stand here."""

    CONSIGNMENT = "consignment"
    PURCHASE = "purchase"


class ReceiptState(StrEnum):
    """A draft is booked or cancelled; neither comes back."""

    DRAFT = "draft"
    BOOKED = "booked"
    CANCELLED = "cancelled"


class Refusal(StrEnum):
    """Why less was accepted than the note announces."""

    MISSING = "missing"
    BROKEN = "broken"
    SPOILED = "spoiled"
    ENDS_TOO_SOON = "ends_too_soon"
    WRONG_GOODS = "wrong_goods"
    BAD_LABEL = "bad_label"
    OTHER = "other"
    """In words."""


_BOOKED = text("state = 'booked'")


class Receipt(Base):
    """One delivery note. ``note_key`` is its number as it is compared: letters and digits only."""

    __tablename__ = "receipts"
    __table_args__ = (
        CheckConstraint("(state = 'booked') = (booked_at IS NOT NULL)", name="booked_at_a_time"),
        Index("ix_receipts_outlet_id_state", "outlet_id", "state"),
        Index(
            "uq_receipts_booked_note",
            "outlet_id",
            "producer_id",
            "note_key",
            unique=True,
            sqlite_where=_BOOKED,
            postgresql_where=_BOOKED,
        ),
    )

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    reference: Mapped[str] = mapped_column(text_column(16), unique=True)
    outlet_id: Mapped[int] = mapped_column(ForeignKey("outlets.id"))
    producer_id: Mapped[int] = mapped_column(ForeignKey("producers.id"))
    note_number: Mapped[str] = mapped_column(text_column(LONGEST_NOTE))
    note_key: Mapped[str] = mapped_column(text_column(LONGEST_NOTE))
    terms: Mapped[Terms] = mapped_column(enum_column(Terms))
    state: Mapped[ReceiptState] = mapped_column(enum_column(ReceiptState), default=ReceiptState.DRAFT)
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    opened_by: Mapped[str] = mapped_column(text_column(64))
    booked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    booked_by: Mapped[str] = mapped_column(text_column(64), default="")

    producer: Mapped[Producer] = relationship(lazy="raise_on_sql")
    lines: Mapped[list["ReceiptLine"]] = relationship(lazy="raise_on_sql", order_by="ReceiptLine.position")

    @property
    def consigned(self) -> bool:
        """Whether the goods stay the producer's until they are sold."""
        return self.terms is Terms.CONSIGNMENT


class ReceiptLine(Base):
    """One lot of one variant. ``lot_code`` as the lot is called here; ``refusal`` set where units were refused."""

    __tablename__ = "receipt_lines"
    __table_args__ = (
        UniqueConstraint("receipt_id", "position"),
        UniqueConstraint("receipt_id", "variant_id", "lot_code"),
        CheckConstraint("0 <= accepted AND accepted <= announced AND announced > 0", name="accepted_of_announced"),
    )

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    receipt_id: Mapped[int] = mapped_column(ForeignKey("receipts.id"))
    position: Mapped[int] = mapped_column(Integer)
    variant_id: Mapped[int] = mapped_column(ForeignKey("variants.id"))
    lot_code: Mapped[str] = mapped_column(text_column(40))
    made_on: Mapped[date | None] = mapped_column(Date)
    best_before: Mapped[date | None] = mapped_column(Date)
    announced: Mapped[int] = mapped_column(Integer)
    accepted: Mapped[int] = mapped_column(Integer)
    refusal: Mapped[Refusal | None] = mapped_column(enum_column(Refusal))
    refusal_words: Mapped[str] = mapped_column(text_column(LONGEST_WORDS), default="")

    variant: Mapped[Variant] = relationship(lazy="raise_on_sql")

    @property
    def refused(self) -> int:
        """Units announced and not accepted."""
        return self.announced - self.accepted


@dataclass(frozen=True, slots=True)
class Delivered:
    """What a line says: as the note announces it, and what came of it. lot_code: empty where the label has none."""

    sku: str
    announced: int
    accepted: int
    lot_code: str = ""
    made_on: date | None = None
    best_before: date | None = None
    refusal: Refusal | None = None
    refusal_words: str = ""


@dataclass(frozen=True, slots=True)
class Goods:
    """A variant that a producer can bring."""

    variant_id: int
    sku: str
    name: str
    unit: str


def get_receipt(outlet_id: int, reference: str) -> Receipt:
    """With its lines and their goods. Raises NotFound, the same for another outlet's and an unknown one."""
    receipt = db.session.scalar(
        of_outlet(outlet_id)
        .where(Receipt.reference == references.read_reference(PREFIX, reference))
        .options(selectinload(Receipt.lines).joinedload(ReceiptLine.variant).joinedload(Variant.product))
        .execution_options(populate_existing=True)
    )
    if receipt is None:
        raise NotFound(reference)
    return receipt


def of_outlet(outlet_id: int) -> Select[Receipt]:
    """An outlet's receipts with their producers, newest first."""
    query = select(Receipt).where(Receipt.outlet_id == outlet_id).options(joinedload(Receipt.producer))
    return query.order_by(Receipt.id.desc())


def producers_for(outlet_id: int, words: str = "", *, most: int = 20) -> list[Producer]:
    """Producers whose name or code has these words, by name; without words those that bring goods here already."""
    query = select(Producer)
    if not fold(words):
        here = (
            select(Product.producer_id)
            .join(Variant, Variant.product_id == Product.id)
            .join(StockLevel, StockLevel.variant_id == Variant.id)
            .where(StockLevel.outlet_id == outlet_id)
        )
        query = query.where(Producer.id.in_(here))
    found = [
        producer for producer in db.session.scalars(query) if has_words(f"{producer.name_vi} {producer.code}", words)
    ]
    return sorted(found, key=lambda producer: collation_key(producer.name_vi))[:most]


def goods_of(producer_id: int, words: str = "") -> list[Goods]:
    """What this producer can bring, by name. words: in the name or SKU; a whole SKU, bar code or lot code finds just that."""
    query = (
        select(Variant.id, Variant.sku, Product.name_vi, Variant.unit_vi, Variant.gtin)
        .join(Product, Product.id == Variant.product_id)
        .where(Product.producer_id == producer_id, Product.kind == ProductKind.GOODS)
        .where(Product.state != ProductState.DRAFT)
    )
    rows = db.session.execute(query).all()
    every = [Goods(*row[:4]) for row in rows]
    coded = {row.id for row in rows if nfc(words) and nfc(words).upper() in (row.sku.upper(), row.gtin)}
    exact = [goods for goods in every if goods.variant_id in coded]
    if words and not exact:
        lot = select(Lot.variant_id).where(
            func.upper(Lot.code) == nfc(words).upper(), Lot.variant_id.in_([goods.variant_id for goods in every])
        )
        with_lot = set(db.session.scalars(lot))
        exact = [goods for goods in every if goods.variant_id in with_lot]
    found = exact or [goods for goods in every if has_words(f"{goods.name} {goods.unit} {goods.sku}", words)]
    return sorted(found, key=lambda goods: (collation_key(goods.name), goods.sku))


def open_receipt(
    outlet: Outlet, producer_id: int, note_number: str, *, terms: Terms, by: Staff, at: datetime
) -> Receipt:
    """Begin a draft. Raises Forbidden, NotFound for the producer, Invalid for a number that is none or is taken.

    A number already booked is refused with ``reference``; so is one that another draft of this outlet has.
    """
    by.must(Task.RECEIVE, outlet.id)
    if db.session.get(Producer, producer_id) is None:
        raise NotFound(f"producer {producer_id}")
    number = nfc(note_number)
    key = "".join(_SIGN.findall(fold(number)))
    if not key:
        raise Invalid("note_number", "required")
    if len(number) > LONGEST_NOTE:
        raise Invalid("note_number", "too_long", most=LONGEST_NOTE)
    same = select(Receipt.reference).where(
        Receipt.outlet_id == outlet.id,
        Receipt.producer_id == producer_id,
        Receipt.note_key == key,
        Receipt.state != ReceiptState.CANCELLED,
    )
    if taken := db.session.scalar(same):
        raise Invalid("note_number", "taken", reference=taken)
    receipt = Receipt(
        reference=references.new_reference(PREFIX, Receipt.reference),
        outlet_id=outlet.id,
        producer_id=producer_id,
        note_number=number,
        note_key=key,
        terms=terms,
        opened_at=at,
        opened_by=by.actor,
    )
    db.session.add(receipt)
    db.session.flush()
    _note("opened", receipt, by, at, note=number)
    return receipt


def write_line(
    receipt: Receipt, delivered: Delivered, *, position: int | None = None, by: Staff, at: datetime
) -> ReceiptLine:
    """Add a line, or write the one at this position anew.

    Raises Forbidden, NotFound for the position, Conflict when it is no draft any more, Invalid with the field.
    """
    _take(receipt, by)
    if not 0 < delivered.announced <= MOST_UNITS:
        raise Invalid("announced", "units", most=MOST_UNITS)
    if not 0 <= delivered.accepted <= delivered.announced:
        raise Invalid("accepted", "more_than_announced", announced=delivered.announced)
    variant = _goods(receipt, delivered.sku)
    code = _lot_code(delivered)
    if known := lots.find_lot(variant.id, code):
        code = known.code
    lines = _lines(receipt)
    line = next((line for line in lines if line.position == position), None)
    if position is not None and line is None:
        raise NotFound(f"{receipt.reference} line {position}")
    if any(other is not line and _same_lot(other, variant.id, code) for other in lines):
        raise Invalid("lot_code", "twice", lot=code)
    if line is None:
        if len(lines) >= MOST_LINES:
            raise Invalid("sku", "too_many_lines", most=MOST_LINES)
        line = ReceiptLine(receipt_id=receipt.id, position=max((other.position for other in lines), default=0) + 1)
    refused = delivered.accepted < delivered.announced
    words = nfc(delivered.refusal_words)
    if refused and delivered.refusal is Refusal.OTHER and not words:
        raise Invalid("refusal_words", "required")
    if len(words) > LONGEST_WORDS:
        raise Invalid("refusal_words", "too_long", most=LONGEST_WORDS)
    _check_days(variant, code, delivered, at=at)
    line.variant_id, line.lot_code = variant.id, code
    line.made_on, line.best_before = delivered.made_on, delivered.best_before
    line.announced, line.accepted = delivered.announced, delivered.accepted
    line.refusal, line.refusal_words = (delivered.refusal, words) if refused else (None, "")
    db.session.add(line)
    db.session.flush()
    return line


def count_one(receipt: Receipt, code: str, *, by: Staff) -> ReceiptLine | None:
    """One more unit of the line that a scanned SKU or lot code means was taken out of the box.

    None when no line, or more than one, is meant. Raises Invalid("code", "complete") when all announced are there.
    """
    _take(receipt, by)
    scanned = nfc(code).upper()
    lines = [line for line in _lines(receipt) if scanned in (line.lot_code.upper(), line.variant.sku.upper())]
    if len(lines) != 1:
        return None
    (line,) = lines
    if line.accepted == line.announced:
        raise Invalid("code", "complete", announced=line.announced, name=line.variant.product.name_vi)
    line.accepted += 1
    if not line.refused:
        line.refusal, line.refusal_words = None, ""
    db.session.flush()
    return line


def remove_line(receipt: Receipt, position: int, *, by: Staff) -> None:
    """Take a line out; one that is gone already is no matter. Raises Forbidden, Conflict."""
    _take(receipt, by)
    mine = delete(ReceiptLine).where(ReceiptLine.receipt_id == receipt.id, ReceiptLine.position == position)
    db.session.execute(mine.execution_options(synchronize_session="fetch"))


def cancel(receipt: Receipt, *, by: Staff, at: datetime) -> None:
    """Throw a draft away. Raises Forbidden, Conflict."""
    _take(receipt, by)
    _advance(receipt, ReceiptState.CANCELLED, state=ReceiptState.CANCELLED)
    _note("cancelled", receipt, by, at)


def book(receipt: Receipt, *, by: Staff, at: datetime) -> None:
    """Put what was accepted on the shelves. All of it, or nothing.

    Every line is checked again: days pass, lots are stopped. Raises Forbidden; Conflict when it is no draft any
    more; Invalid with the field and, for a line's, its ``position``.
    """
    _take(receipt, by)
    lines = _lines(receipt)
    if not lines:
        raise Invalid("lines", "required")
    lots.take_turns({line.variant_id for line in lines})
    for line in lines:
        if line.refused and line.refusal is None:
            raise Invalid("refusal", "required", position=line.position, refused=line.refused)
        try:
            _check_days(line.variant, line.lot_code, line, at=at)
        except Invalid as wrong:
            raise Invalid(wrong.field, wrong.reason, position=line.position, **wrong.facts) from None
    try:
        with db.session.begin_nested():
            _advance(receipt, ReceiptState.BOOKED, state=ReceiptState.BOOKED, booked_at=at, booked_by=by.actor)
    except IntegrityError:
        raise Invalid("note_number", "taken", reference=_booked(receipt)) from None
    outlet = db.session.get_one(Outlet, receipt.outlet_id)
    arrivals = [(_lot_of(line), line.accepted) for line in lines if line.accepted]
    stock.lock(lot_ids=[lot.id for lot, _ in arrivals], outlet_id=outlet.id)
    for lot, units in sorted(arrivals, key=lambda arrival: arrival[0].id):
        stock.receive(lot, outlet, units, consigned=receipt.consigned, cause=cause_of(receipt), actor=by.actor, at=at)
    accepted, refused = sum(line.accepted for line in lines), sum(line.refused for line in lines)
    _note("booked", receipt, by, at, accepted=accepted, refused=refused)
    db.session.flush()


def cause_of(receipt: Receipt) -> str:
    """Its name as the cause of movements and in the history."""
    return f"receipt:{receipt.reference}"


def _take(receipt: Receipt, by: Staff) -> None:
    """Lock a draft for the rest of the transaction."""
    by.must(Task.RECEIVE, receipt.outlet_id)
    mine = select(Receipt.state).where(Receipt.id == receipt.id).with_for_update()
    state = db.session.execute(mine).scalar_one()
    if state is not ReceiptState.DRAFT:
        raise Conflict(f"{receipt.reference} is {state}")


def _advance(receipt: Receipt, to: ReceiptState, **values: object) -> None:
    draft = update(Receipt).where(Receipt.id == receipt.id, Receipt.state == ReceiptState.DRAFT).values(**values)
    moved = db.session.scalar(draft.returning(Receipt.id).execution_options(synchronize_session=False))
    if moved is None:
        raise Conflict(f"{receipt.reference} cannot become {to}")
    db.session.refresh(receipt, ["state", "booked_at", "booked_by"])


def _lines(receipt: Receipt) -> Sequence[ReceiptLine]:
    query = (
        select(ReceiptLine)
        .where(ReceiptLine.receipt_id == receipt.id)
        .options(joinedload(ReceiptLine.variant).joinedload(Variant.product))
        .order_by(ReceiptLine.position)
    )
    return db.session.scalars(query.execution_options(populate_existing=True)).all()


def _goods(receipt: Receipt, sku: str) -> Variant:
    """The producer's variant with this SKU, with its product."""
    query = select(Variant).where(Variant.sku == sku).options(joinedload(Variant.product))
    variant = db.session.scalar(query)
    if variant is None or variant.product.producer_id != receipt.producer_id:
        raise Invalid("sku", "unknown", sku=sku)
    if variant.product.kind is ProductKind.TOUR:
        raise Invalid("sku", "tour", sku=sku)
    return variant


def _lot_code(delivered: Delivered) -> str:
    written = nfc(delivered.lot_code)
    if len(written) > LONGEST_LOT:
        raise Invalid("lot_code", "too_long", most=LONGEST_LOT)
    return lots.code_for(written, made_on=delivered.made_on, best_before=delivered.best_before)


def _same_lot(line: ReceiptLine, variant_id: int, code: str) -> bool:
    return (line.variant_id, line.lot_code.upper()) == (variant_id, code.upper())


def _check_days(variant: Variant, code: str, stated: Delivered | ReceiptLine, *, at: datetime) -> None:
    """What arrives must be fit to be sold, and be the lot it says it is. What was refused whole may be anything."""
    today = vietnam_day(at)
    if stated.made_on and stated.made_on > today:
        raise Invalid("made_on", "future")
    if stated.made_on and stated.best_before and stated.best_before <= stated.made_on:
        raise Invalid("best_before", "before_made_on", made_on=stated.made_on)
    if not stated.accepted:
        return
    if stated.best_before is None and variant.product.shelf_life:
        raise Invalid("best_before", "required")
    if stated.best_before and stated.best_before < today:
        raise Invalid("best_before", "past", today=today)
    lot = lots.find_lot(variant.id, code)
    if lot is None:
        return
    if lot.best_before != stated.best_before:
        raise Invalid("best_before", "differs", expected=lot.best_before, lot=code)
    if lot.made_on != stated.made_on:
        raise Invalid("made_on", "differs", expected=lot.made_on, lot=code)
    if lot.state is not LotState.SELLABLE:
        raise Invalid("lot_code", lot.state.value, lot=code)


def _lot_of(line: ReceiptLine) -> Lot:
    """Somebody may have made the lot since the line was checked: it must then be the same one."""
    lot = lots.open_lot(line.variant_id, line.lot_code, made_on=line.made_on, best_before=line.best_before)
    if (lot.made_on, lot.best_before) != (line.made_on, line.best_before):
        raise Invalid("best_before", "differs", position=line.position, expected=lot.best_before, lot=line.lot_code)
    return lot


def _booked(receipt: Receipt) -> str:
    same = select(Receipt.reference).where(
        Receipt.outlet_id == receipt.outlet_id,
        Receipt.producer_id == receipt.producer_id,
        Receipt.note_key == receipt.note_key,
        Receipt.state == ReceiptState.BOOKED,
    )
    return db.session.scalar(same) or ""


def _note(verb: str, receipt: Receipt, by: Staff, at: datetime, **facts: object) -> None:
    history.record(f"receipt.{verb}", cause_of(receipt), actor=by.actor, at=at, **facts)
