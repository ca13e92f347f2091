"""Approvals: officers read what producers want to change, and let pages say it, give it back, or undo it.

A revision is approved as a whole, or comes back with a reason for each field. Nobody decides about their own.

Locks: the revision, then its page.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import contains_eager

from catalog import jobs, makers, pages, revisions
from catalog.db import count_rows, db
from catalog.errors import Conflict, Forbidden, Invalid, NotFound
from catalog.importing import cells
from catalog.importing.announce import announce
from catalog.memberships import Officer
from catalog.page_fields import get_field
from catalog.pages import Page, current_values, kind_of
from catalog.producers import Producer
from catalog.products import Product, VatClass
from catalog.revisions import LONGEST_REASON, Revision, RevisionState, StaleBase

EXPORT_CLASSES = "ABCDEFGHJKLMNSX"


def waiting(officer: Officer) -> Select[Revision]:
    """What they may decide about, the longest waiting first, with producer and product."""
    query = _of_officer(officer).where(Revision.state == RevisionState.SUBMITTED)
    return query.order_by(Revision.submitted_at, Revision.id)


def count_waiting(officer: Officer) -> int:
    """How much they may decide about."""
    return count_rows(waiting(officer))


def get_revision(reference: str, officer: Officer) -> Revision:
    """In any state but drafts, with producer and product. Raises NotFound, also for what is not theirs to see."""
    query = _of_officer(officer).where(Revision.reference == reference, Revision.submitted_at.is_not(None))
    revision = db.session.scalar(query.execution_options(populate_existing=True))
    if revision is None:
        raise NotFound(reference)
    return revision


def may_decide(revision: Revision, officer: Officer) -> bool:
    """Nobody decides about what they wrote, or about the producer they are of."""
    own = officer.actor in (revision.created_by, revision.submitted_by)
    return not own and not makers.is_member(officer.user_id, revision.producer_id)


def approve(
    revision: Revision,
    *,
    by: Officer,
    at: datetime,
    note: str = "",
    vat_class: VatClass | None = None,
    export_class: str | None = None,
    seen: int | None = None,
) -> None:
    """The live page says it from now on; a new product is published.

    vat_class, export_class: of the product, which only the office decides; None leaves them.    seen: ``version`` of
    the revision as the officer looked it over; None for whatever it is now.

    Raises Conflict when somebody decided, withdrew or wrote meanwhile, StaleBase when the page has changed since, Forbidden
    for who wrote it or is of its producer, NotFound outside their communes, Invalid for what cannot be any more.
    """
    page = revision.page
    _must_decide(revision, by)
    if export_class is not None and (len(export_class) != 1 or export_class not in EXPORT_CLASSES):
        raise Invalid("export_class", "choice")
    facts: dict[str, Any] = {"note": _words(note, "note"), "reasons": {}, "decided_by": by.actor, "decided_at": at}
    revisions.advance(revision, RevisionState.APPROVED, seen=seen, **facts)
    _write(revision, page, at, vat_class, export_class)
    revisions.note("approved", revision, by.actor, at, before=revision.before, after=revision.values)
    _tell(revision, at)


def give_back(
    revision: Revision,
    reasons: Mapping[str, str],
    *,
    note: str = "",
    by: Officer,
    at: datetime,
    seen: int | None = None,
) -> None:
    """Back to its writer. reasons: field of the page → why, in words; empty ones are left out.    note: of the whole.

    Raises Invalid ``reasons`` ``required`` where nothing is said at all, and as ``approve`` does, but for StaleBase.
    """
    kind = kind_of(revision.page)
    _must_decide(revision, by)
    said = {get_field(kind, name).name: _words(why, name) for name, why in reasons.items()}
    said = {name: why for name, why in said.items() if why}
    whole = _words(note, "note")
    if not said and not whole:
        raise Invalid("reasons", "required")
    revisions.advance(
        revision, RevisionState.RETURNED, seen=seen, note=whole, reasons=said, decided_by=by.actor, decided_at=at
    )
    revisions.note("returned", revision, by.actor, at, reasons=said, note=whole)
    _tell(revision, at)


def roll_back(revision: Revision, *, by: Officer, at: datetime, note: str = "") -> Revision:
    """Undo an approved revision: the fields that it changed say again what they said before, in a revision of its own.

    Raises Conflict for one that was not approved, that published the page, or that is undone already; Forbidden for who
    wrote it or is of its producer; NotFound outside their communes. Sizes that it added are no longer sold.
    """
    page = revision.page
    _must_decide(revision, by)
    if revision.state is not RevisionState.APPROVED or revision.is_first:
        raise Conflict(f"{revision.reference} cannot be undone")
    live = current_values(page)
    earlier = {name: value for name, value in revision.before.items() if name in live}
    if "variants" in earlier:
        earlier["variants"] = _with_later_sizes_ended(earlier["variants"], live["variants"])
    values = {name: value for name, value in earlier.items() if value != live[name]}
    if not values:
        raise Conflict(f"{revision.reference} is undone already")
    pages.check(page, values)
    undoing = revisions.new_revision(page, by.actor, at)
    undoing.values, undoing.note = values, _words(note, "note")
    undoing.state, undoing.submitted_at = RevisionState.APPROVED, at
    undoing.submitted_by = undoing.decided_by = by.actor
    undoing.decided_at = at
    db.session.add(undoing)
    db.session.flush()
    _write(undoing, page, at)
    revisions.note("rolled_back", undoing, by.actor, at, undone=revision.reference, before=undoing.before, after=values)
    _tell(undoing, at)
    return undoing


def _of_officer(officer: Officer) -> Select[Revision]:
    """With producer and product, of the communes they serve: a product's own, a producer's for its page."""
    query = select(Revision).join(Revision.producer).outerjoin(Revision.product)
    query = query.options(contains_eager(Revision.producer), contains_eager(Revision.product))
    return query.where(officer.within(func.coalesce(Product.commune_code, Producer.commune_code)))


def _must_decide(revision: Revision, by: Officer) -> None:
    by.must_see(revision.page.commune_code)
    if not may_decide(revision, by):
        raise Forbidden(f"{by.actor}: {revision.reference} is their own")


def _write(
    revision: Revision,
    page: Page,
    at: datetime,
    vat_class: VatClass | None = None,
    export_class: str | None = None,
) -> None:
    """The page gets its values and a new version in one, if it is still what the revision was based on."""
    kind = type(page)
    same = update(kind).where(kind.id == page.id, kind.version == revision.base_version)
    bumped = same.values(version=kind.version + 1).returning(kind.version)
    now = db.session.scalar(bumped.execution_options(synchronize_session=False))
    db.session.refresh(page, [column.key for column in kind.__mapper__.column_attrs])
    if now is None:
        raise StaleBase(revision.reference, base=revision.base_version, now=page.version)
    live = current_values(page)
    pages.check(page, revision.values)
    english = {name for name in (*revision.values, *revision.touched) if name.endswith("_en")}
    written = [name for name in english if revisions.is_fresh(page, revision, live, name)]
    revision.before = {name: live[name] for name in revision.values}
    try:
        with db.session.begin_nested():
            pages.write(page, revision.values, written=written, at=at)
            if isinstance(page, Product):
                page.vat_class = vat_class or page.vat_class
                page.export_class = export_class or page.export_class
    except IntegrityError:  # an address or a bar code was taken at the same moment
        raise Conflict(f"{revision.reference}: taken meanwhile") from None
    db.session.flush()
    shown = select(Product.id).where(Product.producer_id == page.id)
    announce([page.id] if isinstance(page, Product) else db.session.scalars(shown), at=at)


def _with_later_sizes_ended(earlier: list[dict[str, Any]], live: list[dict[str, Any]]) -> list[dict[str, Any]]:
    known = {row["sku"] for row in earlier}
    return [*earlier, *(row | {"active": False} for row in live if row["sku"] not in known)]


def _words(said: str, name: str) -> str:
    try:
        text: str = cells.optional(cells.line(LONGEST_REASON))(said)
    except Invalid as wrong:
        raise Invalid(name, wrong.reason, **wrong.facts) from None
    return text


def _tell(revision: Revision, at: datetime) -> None:
    jobs.enqueue("mail.page_decided", {"revision": revision.id}, at=at)
