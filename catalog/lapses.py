"""What may still be sold of a product whose certificate has run out: one rule of the programme, for lists and orders alike.

Under SELL_EXISTING_LOTS a lot may be sold that first came to an outlet before the day its product lost its stars, and
no other. A product that never had a certificate, or whose last one was revoked, has no such lots.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import func, select

from catalog import certificates, stock
from catalog.clock import start_of
from catalog.db import db
from catalog.stock import Shelf, StockLevel, StockMovement


class LapsedPolicy(StrEnum):
    """A product without a valid certificate: sold without stars, not sold, or only what had arrived while it had them."""

    HIDE_STARS = "hide_stars"
    NOT_ORDERABLE = "not_orderable"
    SELL_EXISTING_LOTS = "sell_existing_lots"


@dataclass(frozen=True, slots=True)
class Lapses:
    """How the rule bears on some products at one instant.

    certified: products with a valid certificate.    ended: product → the day from which new lots may not be sold; only
    where existing ones may.
    """

    policy: LapsedPolicy
    certified: frozenset[int]
    ended: Mapping[int, date]

    def orderable(self, product_id: int) -> bool:
        """Whether anything of this product may be sold, stock apart."""
        free = self.policy is LapsedPolicy.HIDE_STARS
        return free or product_id in self.certified or product_id in self.ended

    def narrow(self, shelves: Sequence[Shelf], product_of: Mapping[int, int]) -> list[Shelf]:
        """The shelves whose units may be sold by the rule. product_of: variant → product. One query at most."""
        concerned = {shelf.lot_id for shelf in shelves if product_of[shelf.variant_id] in self.ended}
        arrived = _arrived(concerned) if concerned else {}

        def may(shelf: Shelf) -> bool:
            end = self.ended.get(product_of[shelf.variant_id])
            first = arrived.get(shelf.lot_id)
            return end is None or (first is not None and first < start_of(end))

        return [shelf for shelf in shelves if may(shelf)]

    def free(self, free: Mapping[int, int], product_of: Mapping[int, int], *, at: datetime) -> dict[int, int]:
        """Units free by variant, as far as the rule lets them be sold. Two queries where it narrows anything."""
        concerned = [variant for variant in free if product_of[variant] in self.ended]
        if not concerned:
            return dict(free)
        left = dict.fromkeys(concerned, 0)
        for shelf in self.narrow(stock.shelves(concerned, at=at), product_of):
            left[shelf.variant_id] += shelf.free
        return {variant: units for variant, units in (dict(free) | left).items() if units}


def of(product_ids: Iterable[int], certified: Collection[int], *, policy: LapsedPolicy, at: datetime) -> Lapses:
    """The rule for these products. certified: those of them with a valid certificate. One query at most."""
    without = set(product_ids).difference(certified)
    ended = certificates.lapsed_on(without, at=at) if without and policy is LapsedPolicy.SELL_EXISTING_LOTS else {}
    return Lapses(policy, frozenset(certified), ended)


def _arrived(lot_ids: Collection[int]) -> dict[int, datetime]:
    """Lot → when the first of it came to any outlet."""
    query = (
        select(StockLevel.lot_id, func.min(StockMovement.at))
        .join(StockMovement, StockMovement.level_id == StockLevel.id)
        .where(StockLevel.lot_id.in_(lot_ids), StockMovement.on_hand > 0)
        .group_by(StockLevel.lot_id)
    )
    return {lot_id: first for lot_id, first in db.session.execute(query)}
