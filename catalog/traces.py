"""What a producer tells of one of their lots: from what it was made, how, what was tested; for whoever holds a jar of it.

A trace is a lot's (``Lot``, the same row that outlets keep on their shelves, whoever wrote it first). As a draft it is
changed freely; its days and code only until an outlet has some of the lot. Once published (``catalog.evidence``) nothing is
taken back: things are added, and the number of units is corrected with both numbers in the history. Its ``code``, nine
signs of which the last is a check, is on labels and means this lot for ever.

Locks: the trace, then its variant's turn (``lots.take_turns``), for which a delivery waits, too: one of the two sees
the other.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, Integer, Select, Text, or_, select
from sqlalchemy.orm import Mapped, joinedload, mapped_column, relationship

from catalog import codes, gs1, history, lots
from catalog.clock import add_months, vietnam_day
from catalog.db import Base, BigKey, UtcDateTime, db, enum_column, text_column
from catalog.errors import Conflict, Invalid, NotFound
from catalog.lots import Lot
from catalog.products import Product, ProductKind, ProductState, Variant
from catalog.stock import StockLevel
from catalog.text import nfc

SIGNS = 8
MOST_UNITS = 99_999
LONGEST_LOT = 38
LONGEST_WORDS = 160
LONGEST_RESULT = 300
LONGEST_STORY = 2000


class TraceState(StrEnum):
    """A draft is its producer's; a published one everybody's who has the code."""

    DRAFT = "draft"
    PUBLISHED = "published"


NEXT: dict[TraceState, frozenset[TraceState]] = {
    TraceState.DRAFT: frozenset({TraceState.PUBLISHED}),
    TraceState.PUBLISHED: frozenset(),
}


class Suspicion(StrEnum):
    """What speaks for a copied code; ``catalog.scans`` says when."""

    MANY = "many"
    """Opened far more often than there are units."""
    ENDED = "ended"
    """Opened long after the last day of the lot."""
    GONE = "gone"
    """Opened long after the last unit has left the outlets."""


class Trace(Base):
    """One lot's. ``quantity``: units made.    ``gtin``: 14 digits, as they were when it was published.

    ``scans``, ``first_scan_on``, ``last_scan_on``: how often its page was opened, and between which days.
    """

    __tablename__ = "traces"
    __table_args__ = (
        CheckConstraint("quantity > 0", name="quantity_positive"),
        CheckConstraint("(state = 'published') = (published_at IS NOT NULL)", name="published_at_a_time"),
        Index("ix_traces_gtin", "gtin"),
        Index("ix_traces_suspicion", "suspicion"),
    )

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    code: Mapped[str] = mapped_column(text_column(SIGNS + 1), unique=True)
    lot_id: Mapped[int] = mapped_column(ForeignKey("lots.id"), unique=True)
    state: Mapped[TraceState] = mapped_column(enum_column(TraceState), default=TraceState.DRAFT)
    packed_on: Mapped[date | None] = mapped_column(Date)
    quantity: Mapped[int] = mapped_column(Integer)
    process_vi: Mapped[str] = mapped_column(Text, default="")
    process_en: Mapped[str] = mapped_column(Text, default="")
    gtin: Mapped[str | None] = mapped_column(text_column(14))
    registered_at: Mapped[datetime] = mapped_column(UtcDateTime)
    registered_by: Mapped[str] = mapped_column(text_column(64))
    published_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    scans: Mapped[int] = mapped_column(Integer, default=0)
    first_scan_on: Mapped[date | None] = mapped_column(Date)
    last_scan_on: Mapped[date | None] = mapped_column(Date)
    suspicion: Mapped[Suspicion | None] = mapped_column(enum_column(Suspicion))

    lot: Mapped[Lot] = relationship(lazy="raise_on_sql")

    @property
    def published(self) -> bool:
        """Whether everybody may read it."""
        return self.state is TraceState.PUBLISHED


@dataclass(frozen=True, slots=True)
class Stated:
    """What a producer says of a lot. best_before None: as the product's shelf life says.    quantity: units made."""

    code: str
    made_on: date
    quantity: int
    packed_on: date | None = None
    best_before: date | None = None
    process_vi: str = ""
    process_en: str = ""


def of_producer(producer_id: int) -> Select[Trace]:
    """A producer's traces with lot, variant and product, newest first."""
    return every().where(Product.producer_id == producer_id)


def every() -> Select[Trace]:
    """All traces with lot, variant, product and producer, newest first; narrow it by ``Product`` and its producer."""
    query = select(Trace).join(Lot, Lot.id == Trace.lot_id).join(Variant, Variant.id == Lot.variant_id)
    query = query.join(Product, Product.id == Variant.product_id)
    with_goods = joinedload(Trace.lot).joinedload(Lot.variant).joinedload(Variant.product).joinedload(Product.producer)
    return query.options(with_goods).order_by(Trace.id.desc())


def get_trace(producer_id: int, code: str) -> Trace:
    """A producer's trace. Raises NotFound, the same for another producer's and an unknown one."""
    found = db.session.scalar(_as_it_is(of_producer(producer_id).where(Trace.code == (read_code(code) or ""))))
    if found is None:
        raise NotFound(code)
    return found


def find_published(code: str) -> Trace | None:
    """The trace everybody may read under this code, or None. code: as ``read_code`` gives it."""
    return db.session.scalar(_as_it_is(every().where(Trace.code == code, Trace.state == TraceState.PUBLISHED)))


def find_linked(whole: str, lot_code: str) -> Trace | None:
    """The published trace of this lot of this number, as it is or as it was printed. whole: 14 digits."""
    numbered = or_(Trace.gtin == whole, Variant.gtin.in_(gs1.spellings(whole)))
    query = every().where(numbered, lots.coded(lot_code), Trace.state == TraceState.PUBLISHED)
    return db.session.scalar(_as_it_is(query.limit(1)))


def find_of_lot(lot_id: int) -> Trace | None:
    """The trace of this lot, or None."""
    return db.session.scalar(select(Trace).where(Trace.lot_id == lot_id))


def goods_of(producer_id: int) -> Select[Variant]:
    """What this producer makes lots of, with its product."""
    query = select(Variant).join(Product, Product.id == Variant.product_id).options(joinedload(Variant.product))
    # what nobody has approved has no page, and a trace would be one
    mine = query.where(Product.producer_id == producer_id, Product.kind == ProductKind.GOODS)
    mine = mine.where(Product.state != ProductState.DRAFT)
    return mine.order_by(Product.name_vi, Variant.position, Variant.id)


def delivered(lot_id: int) -> bool:
    """Whether an outlet has, or had, some of it."""
    return db.session.scalar(select(StockLevel.id).where(StockLevel.lot_id == lot_id).limit(1)) is not None


def ends_on(product: Product, made_on: date) -> date | None:
    """The last day by the product's shelf life; None where nobody says."""
    if not product.shelf_life:
        return None
    number = int(product.shelf_life[:-1])
    return made_on + timedelta(days=number) if product.shelf_life.endswith("d") else add_months(made_on, number)


def new_code() -> str:
    """Eight signs by chance, and their check."""
    signs = codes.random_code(SIGNS)
    return signs + codes.check_sign(signs)


def read_code(text: str) -> str | None:
    """What somebody types for a code: any case, blanks, dashes, look-alike letters. None where a sign must be wrong."""
    signs = codes.mend(text)
    return signs if len(signs) == SIGNS + 1 and codes.check_sign(signs[:-1]) == signs[-1] else None


def register(producer_id: int, sku: str, stated: Stated, *, actor: str, at: datetime,
             new: Callable[[], str] = new_code) -> Trace:  # fmt: skip
    """Tell of a lot of one's own goods. A lot that an outlet has received already under this code is this one.

    Raises Invalid with the field: ``taken`` with ``trace`` when it is registered, ``differs`` with ``expected`` where
    an outlet read another day on the label.
    """
    variant = db.session.scalar(goods_of(producer_id).where(Variant.sku == sku))
    if variant is None:
        raise Invalid("sku", "unknown", sku=sku)
    stated = _sound(stated, variant.product, at=at)
    lots.take_turns([variant.id])
    lot = lots.open_lot(variant.id, stated.code, made_on=stated.made_on, best_before=stated.best_before)
    if taken := find_of_lot(lot.id):
        raise Invalid("code", "taken", trace=taken.code)
    _agree(lot, stated)
    trace = Trace(lot_id=lot.id, code=_free(new), registered_at=at, registered_by=actor, **_own(stated))
    db.session.add(trace)
    db.session.flush()
    note("registered", trace, actor, at, code=lot.code, after=told(trace, lot))
    return trace


def write(trace: Trace, stated: Stated, *, actor: str, at: datetime) -> None:
    """Say it anew, while it is a draft. Raises Conflict when it is none any more, Invalid with the field:

    ``delivered`` for a code or day that an outlet has read on the label already.
    """
    lot = take(trace, draft=True)
    variant = db.session.scalars(
        select(Variant).where(Variant.id == lot.variant_id).options(joinedload(Variant.product))
    )
    stated = _sound(stated, variant.one().product, at=at)
    before = told(trace, lot)
    if delivered(lot.id):
        known = {"code": lot.code, "made_on": lot.made_on or stated.made_on, "best_before": lot.best_before}
        for field, expected in known.items():
            if getattr(stated, field) != expected:
                raise Invalid(field, "delivered", expected=expected)
        lot.made_on = stated.made_on
    else:
        other = lots.find_lot(lot.variant_id, stated.code)
        if other is not None and other is not lot:
            raise Invalid("code", "taken")
        lot.code, lot.made_on, lot.best_before = stated.code, stated.made_on, stated.best_before
    for name, value in _own(stated).items():
        setattr(trace, name, value)
    db.session.flush()
    after = told(trace, lot)
    if after != before:
        note("written", trace, actor, at, before=before, after=after)


def recount(trace: Trace, quantity: int, reason: str, *, actor: str, at: datetime) -> None:
    """So many units were made, and not as many as was written. Raises Invalid with the field."""
    take(trace)
    if not 0 < quantity <= MOST_UNITS:
        raise Invalid("quantity", "units", most=MOST_UNITS)
    values = clean({"reason": reason}, long={"reason": LONGEST_RESULT})
    before = trace.quantity
    if before == quantity:
        raise Invalid("quantity", "same")
    trace.quantity = quantity
    db.session.flush()
    facts = {"before": {"quantity": before}, "after": {"quantity": quantity}}
    note("recounted", trace, actor, at, reason=values["reason"], **facts)


def take(trace: Trace, *, draft: bool = False) -> Lot:
    """Lock it for the rest of the transaction, and its lot against deliveries; both are as they are now.

    draft: raises Conflict when it is none any more. Raises NotFound when it was thrown away.
    """
    found = select(Trace).where(Trace.id == trace.id).with_for_update().execution_options(populate_existing=True)
    if db.session.scalar(found) is None:
        raise NotFound(trace.code)
    if draft and trace.published:
        raise Conflict(f"{trace.code} is published")
    lots.take_turns(select(Lot.variant_id).where(Lot.id == trace.lot_id).scalar_subquery())
    query = select(Lot).where(Lot.id == trace.lot_id).execution_options(populate_existing=True)
    return db.session.scalars(query).one()


def past(field: str, day: date | None, at: datetime) -> None:
    """Raises Invalid for a day to come, and for a slip of the year."""
    if day is None:
        return
    if day > vietnam_day(at):
        raise Invalid(field, "future")
    if day.year < 1990:
        raise Invalid(field, "long_ago")


def clean(
    values: dict[str, Any], *, optional: Sequence[str] = (), long: dict[str, int] | None = None
) -> dict[str, Any]:
    """Texts in one form, none missing but the optional, none too long."""
    tidied = {name: nfc(value) if isinstance(value, str) else value for name, value in values.items()}
    for name, value in tidied.items():
        if not isinstance(value, str):
            continue
        if not value and name not in optional:
            raise Invalid(name, "required")
        most = (long or {}).get(name, LONGEST_WORDS)
        if len(value) > most:
            raise Invalid(name, "too_long", most=most)
    return tidied


def plain(values: dict[str, Any]) -> dict[str, Any]:
    """Facts for the history, as JSON holds it."""
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in values.items()}


def told(trace: Trace, lot: Lot) -> dict[str, Any]:
    """Everything that can be said anew, for the history."""
    mine = {name: getattr(trace, name) for name in ("quantity", "packed_on", "process_vi", "process_en")}
    return plain({"code": lot.code, "made_on": lot.made_on, "best_before": lot.best_before} | mine)


def note(verb: str, trace: Trace, actor: str, at: datetime, **facts: Any) -> None:
    """Write a deed into the history of the lot."""
    history.record(f"trace.{verb}", f"lot:{trace.lot_id}", actor=actor, at=at, trace=trace.code, **facts)


def _sound(stated: Stated, product: Product, *, at: datetime) -> Stated:
    """The same, cleaned, with its last day. Raises Invalid."""
    code = nfc(stated.code)
    if not code:
        raise Invalid("code", "required")
    if len(code) > LONGEST_LOT:
        raise Invalid("code", "too_long", most=LONGEST_LOT)
    if not 0 < stated.quantity <= MOST_UNITS:
        raise Invalid("quantity", "units", most=MOST_UNITS)
    past("made_on", stated.made_on, at)
    past("packed_on", stated.packed_on, at)
    if stated.packed_on and stated.packed_on < stated.made_on:
        raise Invalid("packed_on", "before_made_on", made_on=stated.made_on)
    ends = stated.best_before or ends_on(product, stated.made_on)
    if ends and ends <= stated.made_on:
        raise Invalid("best_before", "before_made_on", made_on=stated.made_on)
    story = {name: nfc(getattr(stated, name)) for name in ("process_vi", "process_en")}
    for name, words in story.items():
        if len(words) > LONGEST_STORY:
            raise Invalid(name, "too_long", most=LONGEST_STORY)
    return Stated(code, stated.made_on, stated.quantity, stated.packed_on, ends, **story)


def _agree(lot: Lot, stated: Stated) -> None:
    """A lot that was there before has the days its label shows; the first day may be missing, and is written then."""
    if lot.best_before != stated.best_before:
        raise Invalid("best_before", "differs", expected=lot.best_before)
    if lot.made_on is None:
        lot.made_on = stated.made_on
        db.session.flush()
    elif lot.made_on != stated.made_on:
        raise Invalid("made_on", "differs", expected=lot.made_on)


def _own(stated: Stated) -> dict[str, Any]:
    """What a trace keeps; the rest is its lot's."""
    names = ("quantity", "packed_on", "process_vi", "process_en")
    return {name: getattr(stated, name) for name in names}


def _free(new: Callable[[], str]) -> str:
    """A code that no trace has yet."""
    while True:
        code = new()
        if db.session.scalar(select(Trace.id).where(Trace.code == code)) is None:
            return code


def _as_it_is(query: Select[Trace]) -> Select[Trace]:
    return query.execution_options(populate_existing=True)
