"""Revisions: what a producer wants to change on a page, kept beside the live page until an officer has looked.

A draft holds only the fields that differ. It is saved as somebody types and sent in; what becomes of it then stands in
``approvals``. One that came back is mended and sent in again. A page has one open revision at most. What was drafted on
a page that has changed since has to be looked at again first (``StaleBase``).
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, Integer, Select, select, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, joinedload, mapped_column, relationship

from catalog import history, pages, references, translations
from catalog.db import Base, BigKey, UtcDateTime, db, enum_column, text_column
from catalog.errors import Conflict, Invalid, NotFound
from catalog.makers import Maker
from catalog.page_fields import Completeness, Gap, PageKind, Policy, completeness, get_field, of_page, read
from catalog.pages import Page, current_values, kind_of, subject_of
from catalog.producers import Producer
from catalog.products import Product

PREFIX = "BT"
LONGEST_REASON = 500


class RevisionState(StrEnum):
    """Where a proposed change is in its life."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    APPROVED = "approved"
    WITHDRAWN = "withdrawn"


NEXT: dict[RevisionState, frozenset[RevisionState]] = {
    RevisionState.DRAFT: frozenset({RevisionState.SUBMITTED, RevisionState.WITHDRAWN}),
    RevisionState.SUBMITTED: frozenset(
        {RevisionState.DRAFT, RevisionState.APPROVED, RevisionState.RETURNED, RevisionState.WITHDRAWN}
    ),
    RevisionState.RETURNED: frozenset({RevisionState.SUBMITTED, RevisionState.WITHDRAWN}),
    RevisionState.APPROVED: frozenset(),
    RevisionState.WITHDRAWN: frozenset(),
}
OPEN = frozenset(state for state, after in NEXT.items() if after)
EDITABLE = frozenset({RevisionState.DRAFT, RevisionState.RETURNED})
_OPEN = text("state IN ('draft', 'submitted', 'returned')")
_OPEN_OWN = text("state IN ('draft', 'submitted', 'returned') AND product_id IS NULL")


class Revision(Base):
    """One proposed change of one page: a product's, or with ``product_id`` None the producer's own.

    ``values``: field → value, only what differs from the live page.    ``before``: the same fields of the live page as
    they were when it was approved.    ``touched``: field → the ``version`` in which it was last written, for two who
    write at once.    ``reasons``: field → why it came back; they stay until the next decision.    ``base_version``: of
    the page that it was drafted on.
    """

    __tablename__ = "revisions"
    __table_args__ = (
        CheckConstraint("state NOT IN ('approved', 'returned') OR decided_at IS NOT NULL", name="decided_at_a_time"),
        Index("ix_revisions_product_id", "product_id"),
        Index("ix_revisions_producer_id_state", "producer_id", "state"),
        Index("ix_revisions_state_submitted_at", "state", "submitted_at"),
        Index("uq_revisions_open_product", "product_id", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
        Index("uq_revisions_open_own", "producer_id", unique=True, sqlite_where=_OPEN_OWN, postgresql_where=_OPEN_OWN),
    )

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    reference: Mapped[str] = mapped_column(text_column(16), unique=True)
    producer_id: Mapped[int] = mapped_column(ForeignKey("producers.id"))
    product_id: Mapped[int | None] = mapped_column(ForeignKey("products.id"))
    base_version: Mapped[int] = mapped_column(Integer)
    state: Mapped[RevisionState] = mapped_column(enum_column(RevisionState), default=RevisionState.DRAFT)
    values: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    before: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    touched: Mapped[dict[str, int]] = mapped_column(JSON, default=dict)
    reasons: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    note: Mapped[str] = mapped_column(text_column(LONGEST_REASON), default="")
    version: Mapped[int] = mapped_column(Integer, default=1)
    created_by: Mapped[str] = mapped_column(text_column(64))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    saved_at: Mapped[datetime] = mapped_column(UtcDateTime)
    submitted_by: Mapped[str] = mapped_column(text_column(64), default="")
    submitted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    decided_by: Mapped[str] = mapped_column(text_column(64), default="")
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    producer: Mapped[Producer] = relationship(lazy="raise_on_sql")
    product: Mapped[Product | None] = relationship(lazy="raise_on_sql")

    @property
    def page(self) -> Page:
        """The live page; both relationships are loaded by every query of this module."""
        return self.product or self.producer

    @property
    def is_open(self) -> bool:
        """Whether it may still change the page."""
        return self.state in OPEN

    @property
    def is_editable(self) -> bool:
        """Whether it can be written in."""
        return self.state in EDITABLE

    @property
    def is_first(self) -> bool:
        """Whether it publishes a new product (or did): there was no page before it."""
        return self.product_id is not None and self.base_version == 0


@dataclass(frozen=True, slots=True)
class Change:
    """One field that differs. field: its name in ``page_fields``.    before: on the live page, or when it was approved."""

    field: str
    before: Any
    after: Any


class StaleBase(Conflict):
    """The live page has changed since the draft was begun. base, now: versions of the page."""

    def __init__(self, reference: str, *, base: int, now: int) -> None:
        super().__init__(f"{reference} is based on version {base}, the page is at {now}")
        self.base = base
        self.now = now


class SavedElsewhere(Conflict):
    """The same field was written in another window meanwhile. mine, theirs: field → value, of those that differ."""

    def __init__(self, mine: Mapping[str, Any], theirs: Mapping[str, Any]) -> None:
        super().__init__(f"written elsewhere: {', '.join(mine)}")
        self.mine = dict(mine)
        self.theirs = dict(theirs)


class Incomplete(Conflict):
    """The page lacks what it cannot be shown without."""

    def __init__(self, gaps: tuple[Gap, ...]) -> None:
        super().__init__(f"missing: {', '.join(gap.field for gap in gaps)}")
        self.gaps = gaps


def open_of(page: Page) -> Revision | None:
    """The page's open revision."""
    return db.session.scalar(history_of(page).where(Revision.state.in_(OPEN)))


def history_of(page: Page) -> Select[Revision]:
    """All revisions of a page, newest first, with producer and product."""
    mine = Revision.product_id == page.id if isinstance(page, Product) else _own(page)
    return _whole().where(mine).order_by(Revision.id.desc())


def open_of_producer(producer_id: int) -> Select[Revision]:
    """The open revisions of all its pages, the one worked on last first, with producer and product."""
    query = _whole().where(Revision.producer_id == producer_id, Revision.state.in_(OPEN))
    return query.order_by(Revision.saved_at.desc(), Revision.id.desc())


def find_decided(key: int) -> Revision | None:
    """One that was approved or returned, and nothing has happened to it since; with producer and product."""
    after = (RevisionState.APPROVED, RevisionState.RETURNED)
    return db.session.scalar(_whole().where(Revision.id == key, Revision.state.in_(after)))


def values_with(revision: Revision | None, live: Mapping[str, Any]) -> dict[str, Any]:
    """The page as it would be. live: ``pages.current_values`` of it."""
    return dict(live) | (revision.values if revision else {})


def changes(revision: Revision, live: Mapping[str, Any] | None = None) -> list[Change]:
    """What it changes (or, once approved, changed), in the order of the page.

    live: ``pages.current_values`` of its page where the caller has them; two queries more otherwise.
    """
    if revision.state is RevisionState.APPROVED:
        before: Mapping[str, Any] = revision.before
    else:
        before = current_values(revision.page) if live is None else live
    names = [field.name for field in of_page(kind_of(revision.page)) if field.name in revision.values]
    return [Change(name, before.get(name), revision.values[name]) for name in names]


def stale_fields(page: Page, revision: Revision | None, live: Mapping[str, Any]) -> tuple[str, ...]:
    """English fields of the page as it would be that are behind their Vietnamese. live: ``pages.current_values``."""
    values = values_with(revision, live)
    english = [field.name for field in of_page(kind_of(page), Policy.REVIEWED) if field.translates]
    return tuple(name for name in english if values[name] and not is_fresh(page, revision, live, name))


def state_of_page(page: Page, revision: Revision | None, live: Mapping[str, Any]) -> Completeness:
    """How whole the page would be. live: ``pages.current_values`` of it."""
    return completeness(
        kind_of(page),
        values_with(revision, live),
        stale=stale_fields(page, revision, live),
        known_stems={picture["stem"] for picture in live.get("pictures", ())},
    )


def open_revision(page: Page, *, by: Maker, at: datetime) -> Revision:
    """The page's open revision, or a new draft. Raises NotFound for another's page."""
    if pages.owner_of(page) not in by.producers:
        raise NotFound(subject_of(page))
    found = open_of(page)
    if found:
        return found
    revision = new_revision(page, by.actor, at)
    try:
        with db.session.begin_nested():
            db.session.add(revision)
    except IntegrityError:  # somebody opened one at the same moment
        return db.session.scalars(history_of(page).where(Revision.state.in_(OPEN))).one()
    note("opened", revision, by.actor, at)
    return revision


def save(
    revision: Revision,
    values: Mapping[str, Any],
    *,
    seen: int,
    by: Maker,
    at: datetime,
    right: Collection[str] = (),
) -> Revision:
    """Write fields into a draft or a returned revision; a field that is as on the live page is forgotten.

    values: reviewed field → what a form sends or a value, read by ``page_fields.read``.    seen: ``version`` of the
    revision as the page showed it, 0 where there was none yet.    right: English fields that the writer says are right
    for the Vietnamese as it is now.

    Raises Invalid with the field, Forbidden for a field that is not changed this way, NotFound for another's, Conflict
    when it can no longer be written in, SavedElsewhere when one of these fields was written since ``seen`` by another
    window. Nothing has changed then. Other fields that were written elsewhere stay, and are no conflict.
    """
    kind = PageKind.PRODUCT if revision.product_id else PageKind.PRODUCER
    wanted = {name: read(kind, name, raw) for name, raw in values.items()}
    for name in right:
        get_field(kind, name)
    _lock(revision, by)
    page = revision.page
    live = current_values(page)
    now = values_with(revision, live)
    mine = {n: v for n, v in wanted.items() if v != now[n] and revision.touched.get(n, 0) > seen}
    if mine:
        raise SavedElsewhere(mine, {name: now[name] for name in mine})
    written = {name: value for name, value in wanted.items() if value != now[name]}
    if not written and not right:
        return revision
    pages.check(page, written)
    revision.version += 1
    after = revision.values | written
    revision.values = {name: value for name, value in after.items() if value != live[name]}
    revision.touched = revision.touched | dict.fromkeys([*written, *right], revision.version)
    revision.saved_at = at
    db.session.flush()
    return revision


def renew(revision: Revision, *, by: Maker, at: datetime) -> None:
    """The writer has seen what the live page says now and keeps the draft: it is based on that from here on."""
    _lock(revision, by)
    live = current_values(revision.page)
    before = revision.base_version
    revision.base_version = revision.page.version
    revision.values = {name: value for name, value in revision.values.items() if value != live[name]}
    revision.version += 1
    revision.saved_at = at
    note("renewed", revision, by.actor, at, before=before, after=revision.base_version)
    db.session.flush()


def submit(revision: Revision, *, seen: int, by: Maker, at: datetime) -> None:
    """Send a draft or a returned revision in. seen: its ``version`` as it was looked over.

    Raises Incomplete with the gaps, Invalid ``values`` ``unchanged`` for one that changes nothing, StaleBase, and
    Conflict when it was written or sent in meanwhile.
    """
    _lock(revision, by)
    page = revision.page
    if revision.version != seen:
        raise Conflict(f"{revision.reference} was written after it was looked over")
    if revision.base_version != page.version:
        raise StaleBase(revision.reference, base=revision.base_version, now=page.version)
    if not revision.values:
        raise Invalid("values", "unchanged")
    live = current_values(page)
    whole = state_of_page(page, revision, live)
    if whole.missing:
        raise Incomplete(whole.missing)
    pages.check(page, revision.values)
    advance(revision, RevisionState.SUBMITTED, submitted_by=by.actor, submitted_at=at)
    note("submitted", revision, by.actor, at, fields=sorted(revision.values))


def take_back(revision: Revision, *, by: Maker, at: datetime) -> None:
    """Not yet: the writer goes on writing. Raises Conflict once an officer has decided."""
    _must_be_of(revision, by)
    advance(revision, RevisionState.DRAFT)
    note("taken_back", revision, by.actor, at)


def withdraw(revision: Revision, *, by: Maker, at: datetime) -> None:
    """Give it up; the live page stays as it is. Raises Conflict once an officer has decided."""
    _must_be_of(revision, by)
    advance(revision, RevisionState.WITHDRAWN)
    note("withdrawn", revision, by.actor, at)


def new_revision(page: Page, actor: str, at: datetime) -> Revision:
    """A draft of the page as it is now, not yet in the database."""
    product = page if isinstance(page, Product) else None
    return Revision(
        reference=references.new_reference(PREFIX, Revision.reference),
        producer_id=pages.owner_of(page),
        product_id=product.id if product else None,
        base_version=page.version,
        values={}, before={}, touched={}, reasons={}, state=RevisionState.DRAFT, version=1, note="",
        created_by=actor, created_at=at, saved_at=at, submitted_by="", decided_by="",
        producer=page if isinstance(page, Producer) else db.session.get_one(Producer, page.producer_id),
        product=product,
    )  # fmt: skip


def advance(revision: Revision, to: RevisionState, *, seen: int | None = None, **facts: Any) -> None:
    """Go on to a state. Of two who decide at once one moves it; the other hears Conflict, like who has seen another version."""
    before = [state for state, after in NEXT.items() if to in after]
    same = update(Revision).where(Revision.id == revision.id, Revision.state.in_(before))
    if seen is not None:
        same = same.where(Revision.version == seen)
    moved = same.values(state=to, **facts).returning(Revision.id)
    if db.session.scalar(moved.execution_options(synchronize_session=False)) is None:
        raise Conflict(f"{revision.reference} cannot become {to}")
    db.session.refresh(revision, [column.key for column in Revision.__mapper__.column_attrs])


def is_fresh(page: Page, revision: Revision | None, live: Mapping[str, Any], name: str) -> bool:
    """Whether an English field says what the Vietnamese of the page as it would be says."""
    source = translations.source_of(name)
    values = revision.values if revision else {}
    touched = revision.touched if revision else {}
    if source in values:
        return touched.get(name, 0) >= touched.get(source, 0)
    if name in values or name in touched:
        return True
    return not translations.is_stale(page.translated, name, vi=live[source], en=live[name])


def note(verb: str, revision: Revision, actor: str, at: datetime, **facts: Any) -> None:
    """One line of the page's history."""
    facts["revision"] = revision.reference
    history.record(f"page.{verb}", subject_of(revision.page), actor=actor, at=at, **facts)


def _whole() -> Select[Revision]:
    return select(Revision).options(joinedload(Revision.producer), joinedload(Revision.product))


def _own(producer: Producer) -> Any:
    return (Revision.producer_id == producer.id) & Revision.product_id.is_(None)


def _must_be_of(revision: Revision, by: Maker) -> None:
    if revision.producer_id not in by.producers:
        raise NotFound(revision.reference)


def _lock(revision: Revision, by: Maker) -> None:
    """Take it for the rest of the transaction and read it and its page again. Raises Conflict when it is not written in."""
    _must_be_of(revision, by)
    mine = _whole().where(Revision.id == revision.id).with_for_update(of=Revision)
    db.session.scalars(mine.execution_options(populate_existing=True)).one()
    if not revision.is_editable:
        raise Conflict(f"{revision.reference} is {revision.state}")
