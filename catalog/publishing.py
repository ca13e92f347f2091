"""Taking a product's page out of the shop, and putting it back: what the office decides about a page as a whole.

A page comes into the shop when its first revision is approved (``catalog.revisions``). Here it is retired, with a
reason, and published again. What was ordered stays ordered; carts say that the goods are gone.
"""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import func, update

from catalog import history, makers
from catalog.db import db
from catalog.errors import Conflict, Forbidden, Invalid
from catalog.importing.announce import announce
from catalog.memberships import Officer
from catalog.products import Product, ProductState

LONGEST_REASON = 500

NEXT: Mapping[ProductState, frozenset[ProductState]] = {
    ProductState.DRAFT: frozenset(),
    ProductState.PUBLISHED: frozenset({ProductState.RETIRED}),
    ProductState.RETIRED: frozenset({ProductState.PUBLISHED}),
}


def retire(product: Product, reason: str, *, by: Officer, at: datetime) -> None:
    """Shoppers see it no longer. reason: kept in the history.

    Raises NotFound outside their communes, Forbidden for who is of its producer, Invalid("reason", …) with ``required``
    or ``too_long``, Conflict when it is not published (any more).
    """
    _must_decide(product, by)
    if not reason:
        raise Invalid("reason", "required")
    if len(reason) > LONGEST_REASON:
        raise Invalid("reason", "too_long", most=LONGEST_REASON)
    _advance(product, ProductState.RETIRED, by=by, at=at, reason=reason)


def publish(product: Product, *, by: Officer, at: datetime) -> None:
    """Shoppers see it again. Raises as ``retire`` does; Conflict for what was never approved, too."""
    _must_decide(product, by)
    _advance(product, ProductState.PUBLISHED, by=by, at=at)


def _must_decide(product: Product, by: Officer) -> None:
    by.must_see(product.commune_code)
    if makers.is_member(by.user_id, product.producer_id):
        raise Forbidden(f"{by.actor}: {product.code} is their own")


def _advance(product: Product, to: ProductState, *, by: Officer, at: datetime, **facts: object) -> None:
    allowed = [state for state, after in NEXT.items() if to in after]
    mine = update(Product).where(Product.id == product.id, Product.state.in_(allowed))
    values: dict[str, object] = {"state": to}
    if to is ProductState.PUBLISHED:
        values["published_at"] = func.coalesce(Product.published_at, at)
    moved = db.session.scalar(mine.values(values).returning(Product.id).execution_options(synchronize_session=False))
    db.session.refresh(product, ["state", "published_at"])
    if moved is None:
        raise Conflict(f"{product.code} is {product.state}")
    (before,) = allowed
    verb = "retired" if to is ProductState.RETIRED else "published"
    history.record(
        f"product.{verb}", f"product:{product.code}", actor=by.actor, at=at, before=before, after=to, **facts
    )
    announce([product.id], at=at)
