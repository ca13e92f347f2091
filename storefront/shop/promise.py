"""What a product page promises: when it can be fetched or is brought, and what that costs. No query."""

from dataclasses import dataclass
from datetime import date, datetime

from catalog import places
from catalog.clock import vietnam_day
from catalog.errors import Invalid
from catalog.money import Money
from catalog.places import Commune
from catalog.views import ProductPage, ShelfView
from checkout import delivery
from checkout.rules import Rules


@dataclass(frozen=True, slots=True)
class PagePromise:
    """collect_at: soonest, at ``collect_outlet``; deliver_*: to ``place``. None where it cannot be."""

    place: str
    collect_outlet: str | None
    collect_at: datetime | None
    deliver_from: date | None
    deliver_to: date | None
    deliver_fee: Money | None


@dataclass(frozen=True, slots=True)
class ReadyShelf:
    """A shelf with the instant at which an order placed now could be fetched there."""

    shelf: ShelfView
    ready_at: datetime | None


def ready_shelves(page: ProductPage, *, at: datetime, most: int = 5) -> list[ReadyShelf]:
    """The nearest shelves, each with its ready time where goods ordered online can be fetched."""
    return [
        ReadyShelf(s, delivery.ready_at(s.outlet.opening, at=at) if s.outlet.pickup else None)
        for s in page.shelves[:most]
    ]


def promise_for(page: ProductPage, *, to: Commune, at: datetime, rules: Rules) -> PagePromise:
    """For one unit of the first size, from the nearest outlet that can do it."""
    ready = [r for r in ready_shelves(page, at=at, most=len(page.shelves)) if r.ready_at]
    nearest = ready[0] if ready else None
    brought = _brought(page, to, at, rules)
    return PagePromise(
        place=to.full_name,
        collect_outlet=nearest.shelf.outlet.name if nearest else None,
        collect_at=nearest.ready_at if nearest else None,
        deliver_from=brought[0] if brought else None,
        deliver_to=brought[1] if brought else None,
        deliver_fee=brought[2] if brought else None,
    )


def _brought(page: ProductPage, to: Commune, at: datetime, rules: Rules) -> tuple[date, date, Money] | None:
    origin = next((s.outlet for s in page.shelves if s.outlet.ships), None)
    if origin is None:
        return None
    try:
        zone = delivery.zone_of(to, places.get_commune(origin.commune_code))
    except Invalid:
        return None
    row = rules.tariffs.of(zone, vietnam_day(at))
    if page.perishable and not row.fresh:
        return None
    parcel = delivery.pack([(1, page.gross_g, page.volume_mm3)])
    days = delivery.promise(row, at=at, holidays=rules.holidays)
    return days.from_on, days.to_on, delivery.fee(parcel.chargeable_g, row)
