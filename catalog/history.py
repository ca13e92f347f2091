"""Who did what to which thing, when, and what was so before. Written in the transaction of the deed itself.

The log is only added to: the database refuses to change or delete a row (migration 0004). A deed lies in the commune
of its thing, which is looked up while it is written: officers of some communes see what lies in theirs. What has no
commune (settings, orders, who may sign in) only officers of the whole programme see.

Facts are values JSON can hold: ``before`` and ``after`` where something changes. Never a password, a token, a hash or
what a customer has told us about themselves.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index, Insert, Select, String, and_, bindparam, func, or_, select, text
from sqlalchemy.orm import Mapped, mapped_column

from catalog.db import Base, BigKey, UtcDateTime, db, text_column


class Event(Base):
    """One deed. ``subject`` is ``kind:key`` (``order:QN-7K3M9Q``), ``actor`` is ``user:5``, ``buyer`` or ``system``."""

    __tablename__ = "events"
    __table_args__ = (
        Index("ix_events_subject_id", "subject", "id"),
        Index("ix_events_at_id", "at", "id"),
        Index("ix_events_actor_at_id", "actor", "at", "id"),
        Index("ix_events_verb_at_id", "verb", "at", "id"),
        Index("ix_events_commune_code_at_id", "commune_code", "at", "id"),
    )

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    actor: Mapped[str] = mapped_column(text_column(64))
    verb: Mapped[str] = mapped_column(text_column(64))
    subject: Mapped[str] = mapped_column(text_column(96))
    commune_code: Mapped[str | None] = mapped_column(text_column(5))
    facts: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody looks for; None for everything. from_at ≤ deed < before_at."""

    actors: Collection[str] | None = None
    verbs: Collection[str] | None = None
    subjects: Collection[str] | None = None
    from_at: datetime | None = None
    before_at: datetime | None = None


_BY_CODE = "SELECT commune_code FROM {table} WHERE {key} = :key"
_BY_ID = "SELECT commune_code FROM {table} WHERE id = CAST(:key AS BIGINT)"
_AT_OUTLET = "SELECT outlets.commune_code FROM {table} JOIN outlets ON outlets.id = {table}.{outlet} WHERE {table}.{key} = {value}"
_OF_PRODUCT = "SELECT products.commune_code FROM products"


def _at_outlet(table: str, *, key: str = "reference", outlet: str = "outlet_id") -> str:
    value = "CAST(:key AS BIGINT)" if key == "id" else ":key"
    return _AT_OUTLET.format(table=table, key=key, outlet=outlet, value=value)


LIES: Mapping[str, str] = {
    "outlet": _BY_CODE.format(table="outlets", key="code"),
    "producer": _BY_CODE.format(table="producers", key="code"),
    "product": _BY_CODE.format(table="products", key="code"),
    "application": _BY_CODE.format(table="applications", key="reference"),
    "visit": _BY_ID.format(table="visits"),
    "support": _BY_ID.format(table="supports"),
    "fair": _BY_ID.format(table="fairs"),
    "receipt": _at_outlet("receipts"),
    "stocktake": _at_outlet("stocktakes"),
    "transfer": _at_outlet("transfers", outlet="source_id"),
    "sale": _at_outlet("sales"),
    "shift": _at_outlet("shifts", key="id"),
    "shelf": _at_outlet("stock_levels", key="id"),
    "lot": f"{_OF_PRODUCT} JOIN variants ON variants.product_id = products.id JOIN lots ON lots.variant_id = variants.id"
    " WHERE lots.id = CAST(:key AS BIGINT)",
    "review": f"{_OF_PRODUCT} JOIN reviews ON reviews.product_id = products.id WHERE reviews.id = CAST(:key AS BIGINT)",
}
"""Kind of thing → the commune of the one with this key."""

_COLUMNS = {
    "at": bindparam("at", type_=UtcDateTime),
    "actor": bindparam("actor", type_=String),
    "verb": bindparam("verb", type_=String),
    "subject": bindparam("subject", type_=String),
    "facts": bindparam("facts", type_=JSON),
}


def _insert(commune: Any) -> Insert:
    statement: Insert = Event.__table__.insert().values(**_COLUMNS, commune_code=commune)  # type: ignore[attr-defined]
    return statement


_GIVEN = _insert(bindparam("commune", type_=String))
_LOOKED_UP = {
    kind: _insert(text(f"({query})").bindparams(bindparam("key", type_=String))) for kind, query in LIES.items()
}


def of(subject: str) -> Select[Event]:
    """All that happened to one thing, oldest first."""
    return select(Event).where(Event.subject == subject).order_by(Event.id)


def found(asked: Asked, *, communes: Collection[str] | None) -> Select[Event]:
    """What somebody asked for, the newest first. communes: those that the officer serves, None for all."""
    query = select(Event).order_by(Event.at.desc(), Event.id.desc())
    for column, wanted in (
        (Event.actor, asked.actors),
        (Event.verb, asked.verbs),
        (Event.subject, asked.subjects),
        (Event.commune_code, communes),
    ):
        if wanted is not None:
            query = query.where(column.in_(sorted(wanted)))
    if asked.from_at is not None:
        query = query.where(Event.at >= asked.from_at)
    if asked.before_at is not None:
        query = query.where(Event.at < asked.before_at)
    return query


def older_than(query: Select[Event], at: datetime, key: int) -> Select[Event]:
    """What of ``found`` comes after the event of this instant and key: the next page."""
    return query.where(Event.at <= at, or_(Event.at < at, and_(Event.at == at, Event.id < key)))


def verbs() -> list[str]:
    """Every verb that occurs, by name: the index is skipped through, not read."""
    first = select(func.min(Event.verb).label("verb")).cte("verbs", recursive=True)
    following = select(func.min(Event.verb)).where(Event.verb > first.c.verb).scalar_subquery()
    every = first.union_all(select(following).where(first.c.verb.is_not(None)))
    return list(db.session.scalars(select(every.c.verb).where(every.c.verb.is_not(None)).order_by(every.c.verb)))


def record(verb: str, subject: str, *, actor: str, at: datetime, **facts: Any) -> None:
    """Note a deed. facts: values JSON can hold."""
    kind, _colon, key = subject.partition(":")
    if kind not in _LOOKED_UP:
        record_in(None, verb, subject, actor=actor, at=at, **facts)
        return
    values = {"at": at, "actor": actor, "verb": verb, "subject": subject, "facts": facts}
    db.session.execute(_LOOKED_UP[kind], values | {"key": key})


def record_in(commune: str | None, verb: str, subject: str, *, actor: str, at: datetime, **facts: Any) -> None:
    """Note a deed that lies in this commune, for a thing that does not say so itself; None for in none."""
    values = {"at": at, "actor": actor, "verb": verb, "subject": subject, "facts": facts}
    db.session.execute(_GIVEN, values | {"commune": commune})
