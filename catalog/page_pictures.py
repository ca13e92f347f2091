"""Which pages name a picture: the live ones, and what was ever drafted of them. Reads only."""

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import select

from catalog.db import db
from catalog.products import Photo, Product
from catalog.revisions import Revision


def shown() -> frozenset[str]:
    """The stems that live pages show."""
    return frozenset(db.session.scalars(select(Photo.stem).distinct()))


def named() -> frozenset[str]:
    """The stems that revisions name, whatever became of them: one that was approved can be brought back."""
    rows = db.session.execute(select(Revision.values, Revision.before).execution_options(yield_per=500))
    return frozenset(stem for values, before in rows for stem in _stems(values, before))


def named_of(product: Product) -> frozenset[str]:
    """The stems of one product's page and of all its revisions."""
    live = db.session.scalars(select(Photo.stem).where(Photo.product_id == product.id))
    rows = db.session.execute(select(Revision.values, Revision.before).where(Revision.product_id == product.id))
    return frozenset(live) | {stem for values, before in rows for stem in _stems(values, before)}


def _stems(*fields: Mapping[str, Any]) -> Iterator[str]:
    for values in fields:
        yield from (row["stem"] for row in values.get("pictures") or ())
