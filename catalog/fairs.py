"""Fairs, festivals and conferences where the programme's goods are shown, sold and asked for.

An event is a draft until it is published, and stays on the public calendar when it is cancelled, so that nobody
travels in vain. Its slug never changes. Who takes part is said by producers and by products; a product brings its
producer along.

An event in one commune is looked after by the officers of that commune, too; one elsewhere (a fair in the capital)
only by those who serve the whole programme.
"""

from dataclasses import asdict, dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import (
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    Integer,
    Select,
    Text,
    delete,
    exists,
    func,
    or_,
    select,
    true,
    union,
    update,
)
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Mapped, mapped_column

from catalog import history, localities, places
from catalog.db import Base, BigKey, UtcDateTime, db, enum_column, text_column
from catalog.errors import Conflict, Invalid, NotFound
from catalog.memberships import Officer
from catalog.producers import Producer
from catalog.products import Product
from catalog.text import slugify

NAME_LENGTH, PLACE_LENGTH, LINK_LENGTH, TEXT_LENGTH, REASON_LENGTH = 160, 200, 300, 4_000, 300
FIRST_YEAR, LAST_YEAR, MOST_DAYS = 2018, 2100, 120


class FairKind(StrEnum):
    """What sort of event it is."""

    FAIR = "fair"
    FESTIVAL = "festival"
    CONFERENCE = "conference"
    """Where supply meets demand."""
    FORUM = "forum"
    """Of partners."""


class FairState(StrEnum):
    """Whether the public sees it, and whether it takes place."""

    DRAFT = "draft"
    PUBLISHED = "published"
    CANCELLED = "cancelled"


NEXT: dict[FairState, frozenset[FairState]] = {
    FairState.DRAFT: frozenset({FairState.PUBLISHED}),
    FairState.PUBLISHED: frozenset({FairState.DRAFT, FairState.CANCELLED}),
    FairState.CANCELLED: frozenset(),
}


class Fair(Base):
    """One event, from its first to its last day. ``commune_code``: None outside of our communes.

    ``link``: of the organiser's own page, empty without one.    ``version`` grows with every change.
    """

    __tablename__ = "fairs"
    __table_args__ = (
        CheckConstraint("starts_on <= ends_on", name="ends_after_it_starts"),
        Index("ix_fairs_state_ends_on", "state", "ends_on"),
    )

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    slug: Mapped[str] = mapped_column(text_column(NAME_LENGTH + 20), unique=True)
    state: Mapped[FairState] = mapped_column(enum_column(FairState), default=FairState.DRAFT)
    kind: Mapped[FairKind] = mapped_column(enum_column(FairKind))
    name_vi: Mapped[str] = mapped_column(text_column(NAME_LENGTH))
    name_en: Mapped[str] = mapped_column(text_column(NAME_LENGTH), default="")
    starts_on: Mapped[date] = mapped_column(Date)
    ends_on: Mapped[date] = mapped_column(Date)
    place_vi: Mapped[str] = mapped_column(text_column(PLACE_LENGTH))
    commune_code: Mapped[str | None] = mapped_column(text_column(5))
    organiser_vi: Mapped[str] = mapped_column(text_column(PLACE_LENGTH))
    link: Mapped[str] = mapped_column(text_column(LINK_LENGTH), default="")
    description_vi: Mapped[str] = mapped_column(Text, default="")
    description_en: Mapped[str] = mapped_column(Text, default="")
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    version: Mapped[int] = mapped_column(Integer, default=1)


class FairProduct(Base):
    """A product that is shown there."""

    __tablename__ = "fair_products"
    __table_args__ = (Index("ix_fair_products_product_id", "product_id"),)

    fair_id: Mapped[int] = mapped_column(ForeignKey("fairs.id"), primary_key=True, autoincrement=False)
    product_id: Mapped[int] = mapped_column(ForeignKey("products.id"), primary_key=True, autoincrement=False)


class FairProducer(Base):
    """A producer that takes part."""

    __tablename__ = "fair_producers"
    __table_args__ = (Index("ix_fair_producers_producer_id", "producer_id"),)

    fair_id: Mapped[int] = mapped_column(ForeignKey("fairs.id"), primary_key=True, autoincrement=False)
    producer_id: Mapped[int] = mapped_column(ForeignKey("producers.id"), primary_key=True, autoincrement=False)


@dataclass(frozen=True, slots=True)
class FairFacts:
    """What somebody writes down. commune_code: empty outside of our communes."""

    kind: FairKind
    name_vi: str
    starts_on: date
    ends_on: date
    place_vi: str
    organiser_vi: str
    name_en: str = ""
    commune_code: str = ""
    link: str = ""
    description_vi: str = ""
    description_en: str = ""


def coming(*, on: date) -> Select[Fair]:
    """What the public may see that is not over on this day, the nearest first."""
    return _public().where(Fair.ends_on >= on).order_by(Fair.starts_on, Fair.id)


def past(*, on: date) -> Select[Fair]:
    """What the public may see that is over, the latest first."""
    return _public().where(Fair.ends_on < on).order_by(Fair.starts_on.desc(), Fair.id.desc())


def get_public(slug: str) -> Fair:
    """Raises NotFound for a draft, too."""
    fair = db.session.scalar(_public().where(Fair.slug == slug))
    if fair is None:
        raise NotFound(slug)
    return fair


def fairs(officer: Officer) -> Select[Fair]:
    """Those that an officer looks after, the latest first."""
    mine = true() if officer.communes is None else Fair.commune_code.in_(officer.communes)
    return select(Fair).where(mine).order_by(Fair.starts_on.desc(), Fair.id.desc())


def get_fair(slug: str, officer: Officer) -> Fair:
    """Raises NotFound, the same for an unknown one and one that is not theirs to look after."""
    query = fairs(officer).order_by(None).where(Fair.slug == slug)
    fair = db.session.scalar(query.execution_options(populate_existing=True))
    if fair is None:
        raise NotFound(slug)
    return fair


def of_producer(producer_id: int) -> Select[Fair]:
    """The public events in which a producer or one of its products takes part, the latest first."""
    with_product = select(FairProduct.fair_id).join(Product, Product.id == FairProduct.product_id)
    with_product = with_product.where(Product.producer_id == producer_id)
    itself = select(FairProducer.fair_id).where(FairProducer.producer_id == producer_id)
    return _public().where(Fair.id.in_(union(with_product, itself))).order_by(Fair.starts_on.desc(), Fair.id.desc())


def products_of(fair: Fair) -> Select[Product]:
    """What is shown there, by name; of any state."""
    query = select(Product).join(FairProduct, FairProduct.product_id == Product.id)
    return query.where(FairProduct.fair_id == fair.id).order_by(Product.name_vi, Product.id)


def producers_of(fair: Fair) -> Select[Producer]:
    """Who takes part, by itself or with a product, by name."""
    by_product = exists().where(
        FairProduct.fair_id == fair.id, FairProduct.product_id == Product.id, Product.producer_id == Producer.id
    )
    itself = exists().where(FairProducer.fair_id == fair.id, FairProducer.producer_id == Producer.id)
    return select(Producer).where(or_(by_product, itself)).order_by(Producer.name_vi, Producer.id)


def named(fair: Fair) -> Select[int]:
    """Keys of the producers that were named themselves, not only brought along by a product."""
    return select(FairProducer.producer_id).where(FairProducer.fair_id == fair.id)


def count_of(fair_ids: list[int]) -> dict[int, int]:
    """How many products are shown at each of these events; one with none is absent."""
    query = select(FairProduct.fair_id, func.count()).where(FairProduct.fair_id.in_(fair_ids))
    return {fair: count for fair, count in db.session.execute(query.group_by(FairProduct.fair_id))}


def facts_of(fair: Fair) -> FairFacts:
    """What is written down now."""
    return FairFacts(
        kind=fair.kind,
        name_vi=fair.name_vi,
        starts_on=fair.starts_on,
        ends_on=fair.ends_on,
        place_vi=fair.place_vi,
        organiser_vi=fair.organiser_vi,
        name_en=fair.name_en,
        commune_code=fair.commune_code or "",
        link=fair.link,
        description_vi=fair.description_vi,
        description_en=fair.description_en,
    )


def draft(facts: FairFacts, *, by: Officer, at: datetime) -> Fair:
    """Write an event down; nobody but officers sees it yet.

    Raises Invalid("name_vi" | "place_vi" | "organiser_vi" | "ends_on" | "link" | "commune_code" | …, …).
    """
    checked = _checked(facts, by=by)
    fair = Fair(**_columns(checked), slug=_new_slug(checked), state=FairState.DRAFT, changed_at=at, version=1)
    db.session.add(fair)
    db.session.flush()
    history.record("fair.drafted", subject_of(fair), actor=by.actor, at=at, after=_told(checked))
    return fair


def change(fair: Fair, facts: FairFacts, *, version: int, by: Officer, at: datetime) -> None:
    """Write it anew, whether it is public or not. version: the one that was on the page.

    Raises Invalid as ``draft``, Conflict when it is cancelled or somebody else has changed it meanwhile.
    """
    checked = _checked(facts, by=by)
    before = _told(facts_of(fair))
    changed = update(Fair).where(Fair.id == fair.id, Fair.version == version, Fair.state != FairState.CANCELLED)
    values = _columns(checked) | {"changed_at": at, "version": version + 1}
    if (
        db.session.scalar(changed.values(values).returning(Fair.id).execution_options(synchronize_session=False))
        is None
    ):
        raise Conflict(f"{fair.slug}: no longer version {version}, or cancelled")
    db.session.refresh(fair)
    history.record("fair.changed", subject_of(fair), actor=by.actor, at=at, before=before, after=_told(checked))


def publish(fair: Fair, *, by: Officer, at: datetime) -> None:
    """Everybody sees it from now on. Raises Conflict when it is not a draft."""
    _move(fair, FairState.PUBLISHED, by=by, at=at)


def withdraw(fair: Fair, *, by: Officer, at: datetime) -> None:
    """It is a draft again: it was published too early. Raises Conflict when it is not public."""
    _move(fair, FairState.DRAFT, by=by, at=at)


def cancel(fair: Fair, *, reason: str, by: Officer, at: datetime) -> None:
    """It does not take place; the public is told so. Raises Invalid("reason", …), Conflict when it is not public."""
    _move(fair, FairState.CANCELLED, by=by, at=at, reason=localities.words("reason", reason, REASON_LENGTH))


def add_product(fair: Fair, product: Product, *, by: Officer, at: datetime) -> None:
    """It is shown there. Adding it again changes nothing."""
    _add(fair, FairProduct, {"product_id": product.id}, f"product:{product.code}", by=by, at=at)


def add_producer(fair: Fair, producer: Producer, *, by: Officer, at: datetime) -> None:
    """They take part. Adding them again changes nothing."""
    _add(fair, FairProducer, {"producer_id": producer.id}, f"producer:{producer.code}", by=by, at=at)


def remove_product(fair: Fair, product: Product, *, by: Officer, at: datetime) -> None:
    """It is not shown there after all. Removing it again changes nothing."""
    _remove(fair, FairProduct.product_id == product.id, FairProduct, f"product:{product.code}", by=by, at=at)


def remove_producer(fair: Fair, producer: Producer, *, by: Officer, at: datetime) -> None:
    """They do not take part after all. Removing them again changes nothing."""
    _remove(fair, FairProducer.producer_id == producer.id, FairProducer, f"producer:{producer.code}", by=by, at=at)


def subject_of(fair: Fair) -> str:
    """The event's name in the history: its key, as a slug may be longer than a name there."""
    return f"fair:{fair.id}"


def _public() -> Select[Fair]:
    return select(Fair).where(Fair.state != FairState.DRAFT)


def _move(fair: Fair, to: FairState, *, by: Officer, at: datetime, **facts: object) -> None:
    was = fair.state
    if to not in NEXT[was]:
        raise Conflict(f"{fair.slug}: {was} -> {to}")
    moved = update(Fair).where(Fair.id == fair.id, Fair.state == was)
    moved = moved.values(state=to, changed_at=at, version=Fair.version + 1).returning(Fair.id)
    if db.session.scalar(moved.execution_options(synchronize_session=False)) is None:
        raise Conflict(f"{fair.slug}: no longer {was}")
    db.session.refresh(fair)
    history.record(f"fair.{to}", subject_of(fair), actor=by.actor, at=at, before=was.value, after=to.value, **facts)


def _add(fair: Fair, table: type[Base], key: dict[str, int], name: str, *, by: Officer, at: datetime) -> None:
    insert = sqlite_insert if db.session.get_bind().dialect.name == "sqlite" else postgresql_insert
    row = insert(table).values(fair_id=fair.id, **key).on_conflict_do_nothing()
    if db.session.scalar(row.returning(table.__table__.c.fair_id)) is not None:
        history.record("fair.joined", subject_of(fair), actor=by.actor, at=at, who=name)


def _remove(fair: Fair, condition: Any, table: Any, name: str, *, by: Officer, at: datetime) -> None:
    gone = delete(table).where(table.fair_id == fair.id, condition).returning(table.fair_id)
    if db.session.scalar(gone.execution_options(synchronize_session=False)) is not None:
        history.record("fair.left", subject_of(fair), actor=by.actor, at=at, who=name)


def _new_slug(facts: FairFacts) -> str:
    """The name's, with the year unless it says it; numbered where that is taken."""
    words = slugify(facts.name_vi)[:NAME_LENGTH].strip("-") or facts.kind.value
    year = str(facts.starts_on.year)
    stem = words if year in words.split("-") else f"{words}-{year}"
    taken = set(db.session.scalars(select(Fair.slug).where(Fair.slug.startswith(stem, autoescape=True))))
    number = 1
    while (slug := stem if number == 1 else f"{stem}-{number}") in taken:
        number += 1
    return slug


def _checked(facts: FairFacts, *, by: Officer) -> FairFacts:
    if facts.commune_code:
        if places.find_commune(facts.commune_code) is None or not by.sees(facts.commune_code):
            raise Invalid("commune_code", "unknown")
    elif not by.province:
        raise Invalid("commune_code", "required")
    if not FIRST_YEAR <= facts.starts_on.year <= LAST_YEAR:
        raise Invalid("starts_on", "range", first=FIRST_YEAR)
    if facts.ends_on < facts.starts_on:
        raise Invalid("ends_on", "before_start")
    if (facts.ends_on - facts.starts_on).days >= MOST_DAYS:
        raise Invalid("ends_on", "too_long", most=MOST_DAYS)
    return FairFacts(
        kind=facts.kind,
        name_vi=localities.words("name_vi", facts.name_vi, NAME_LENGTH),
        starts_on=facts.starts_on,
        ends_on=facts.ends_on,
        place_vi=localities.words("place_vi", facts.place_vi, PLACE_LENGTH),
        organiser_vi=localities.words("organiser_vi", facts.organiser_vi, PLACE_LENGTH),
        name_en=localities.words("name_en", facts.name_en, NAME_LENGTH, needed=False),
        commune_code=facts.commune_code,
        link=_link(facts.link),
        description_vi=localities.paragraphs("description_vi", facts.description_vi, TEXT_LENGTH),
        description_en=localities.paragraphs("description_en", facts.description_en, TEXT_LENGTH),
    )


def _link(text: str) -> str:
    """An address of the web, or nothing: what else a link could do has no place on a public page."""
    link = localities.words("link", text, LINK_LENGTH, needed=False)
    try:
        parts = urlsplit(link)
    except ValueError:
        raise Invalid("link", "link") from None
    if link and (parts.scheme not in ("http", "https") or not parts.hostname or " " in link):
        raise Invalid("link", "link")
    return link


def _columns(facts: FairFacts) -> dict[str, Any]:
    return asdict(facts) | {"commune_code": facts.commune_code or None}


def _told(facts: FairFacts) -> dict[str, Any]:
    days = {"starts_on": facts.starts_on.isoformat(), "ends_on": facts.ends_on.isoformat()}
    return asdict(facts) | days | {"kind": facts.kind.value}
