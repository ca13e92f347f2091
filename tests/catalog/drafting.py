"""Changes of pages in the making: the cast and the shorthands of the tests of revisions and approvals."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from flask import Flask

from catalog import approvals, history, pages, revisions
from catalog.db import db, transaction
from catalog.makers import Maker
from catalog.memberships import Officer
from catalog.revisions import Revision
from tests.world import (
    MONDAY_NINE,
)

NOW = MONDAY_NINE
LATER = NOW + timedelta(hours=1)
SIZE = {
    "sku": None, "unit_vi": "hũ nhỏ", "unit_en": "small jar", "net": "250 ml", "gross_g": 400, "length_mm": 60,
    "width_mm": 60, "height_mm": 90, "gtin": "4006381333931", "price": 140_000,
}  # fmt: skip
PICTURE = {"stem": "new-1", "alt_vi": "Mặt trước", "alt_en": "", "focus": 5, "credit": "", "consent": True}
FOOD = {"ingredients_vi": "Mật ong", "storage_vi": "Nơi mát", "shelf_life": "24m"}


def fresh(kind: Any, key: int) -> Any:
    return db.session.get_one(kind, key, populate_existing=True)


def draft(page: Any, maker: Maker, **values: Any) -> Revision:
    with transaction():
        revision = revisions.open_revision(page, by=maker, at=NOW)
        return revisions.save(revision, values, seen=revision.version, by=maker, at=NOW)


def sent(page: Any, maker: Maker, **values: Any) -> Revision:
    revision = draft(page, maker, **values)
    with transaction():
        revisions.submit(revision, seen=revision.version, by=maker, at=NOW)
    return revision


def approved(page: Any, maker: Maker, officer: Officer, **values: Any) -> Revision:
    revision = sent(page, maker, **values)
    with transaction():
        approvals.approve(revision, by=officer, at=LATER)
    return revision


def events(page: Any, verb: str) -> list[dict[str, Any]]:
    found = db.session.scalars(history.of(pages.subject_of(page)))
    return [event.facts for event in found if event.verb == f"page.{verb}"]


def at(app: Flask, revision_id: int, deed: Callable[[Revision], Any]) -> Callable[[], str]:
    """A deed on the revision as its own context reads it."""

    def act() -> str:
        revision = db.session.scalars(revisions._whole().where(Revision.id == revision_id)).one()
        deed(revision)
        return "done"

    return act
