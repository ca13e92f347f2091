"""What an order would be if it were placed now: shelves, parcels, days, price, what is in the way. Writes nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from catalog import outlets, places
from catalog.clock import vietnam_day
from catalog.db import db
from catalog.errors import Invalid, NotFound
from catalog.money import Money
from catalog.outlets import Outlet
from catalog.places import Commune
from catalog.products import VatClass
from catalog.stock import Shelf
from checkout import allocation, delivery, pricing
from checkout.allocation import Pick, Short, Shortage
from checkout.carts import CartView, Item
from checkout.delivery import Collect, Deliver, Destination, Method, Promise, Tariff
from checkout.rules import Channel, PaymentMethod, Problem, Refusal, Rules


@dataclass(frozen=True, slots=True)
class Offer:
    """An order that could be placed, or, where ``problems`` or ``short`` are not empty, could not.

    problems: variant → why it cannot go this way.    short: what is not there in sufficient number.    promise: days
    of arrival, for a delivery; ready_at: for a collection.    chargeable_g: per outlet.    refusals: ways of paying →
    why not; a way that is open is absent.
    """

    price: pricing.Quote
    picks: tuple[Pick, ...]
    chargeable_g: Mapping[int, int]
    promise: Promise | None
    ready_at: datetime | None
    problems: Mapping[int, Problem]
    short: tuple[Short, ...]
    refusals: Mapping[PaymentMethod, Refusal]

    @property
    def parcels(self) -> int:
        """How many outlets have a part in it."""
        return len({pick.outlet_id for pick in self.picks})

    @property
    def orderable(self) -> bool:
        """Whether it can be placed."""
        return bool(self.price.lines) and not self.problems and not self.short


@dataclass(frozen=True, slots=True)
class CollectOption:
    """An outlet where the cart could be collected. short: what that outlet has not enough of."""

    outlet: Outlet
    distance_km: float | None
    ready_at: datetime | None
    short: tuple[Short, ...]

    @property
    def complete(self) -> bool:
        """Whether all of the cart can be had there."""
        return not self.short


def active_outlets() -> list[Outlet]:
    """All outlets in business: one query, for both functions below."""
    return list(db.session.scalars(outlets.active()))


def quote(
    cart: CartView, destination: Destination, *, from_outlets: Sequence[Outlet], at: datetime, rules: Rules
) -> Offer:
    """The offer for a cart that goes this way. No query: pass ``active_outlets()``.

    Raises Invalid("outlet", …) for an outlet where nothing can be collected, Invalid("commune", …) for an unknown
    commune or one no carrier serves.
    """
    problems = {
        item.variant_id: item.problem
        for item in cart.items
        if item.problem in (Problem.WITHDRAWN, Problem.NOT_ORDERABLE)
    }
    if isinstance(destination, Collect):
        return _collected(cart, _get_pickup(from_outlets, destination.outlet_id), problems, at=at, rules=rules)
    return _delivered(cart, destination, from_outlets, problems, at=at, rules=rules)


def collect_options(
    cart: CartView,
    *,
    from_outlets: Sequence[Outlet],
    near: tuple[float, float] | None,
    at: datetime,
    rules: Rules,
) -> list[CollectOption]:
    """Every outlet with pick-up: those that have all of the cart first, then by distance (code without ``near``).

    near: latitude and longitude, degrees. No query.
    """
    shelves = _fresh(cart, Channel.COLLECT, at=at, rules=rules)
    options = [
        CollectOption(
            outlet,
            places.distance_km(*near, outlet.lat, outlet.lon) if near else None,
            delivery.ready_at(outlet.opening(rules.holidays), at=at),
            _short_at(outlet, cart.items, shelves),
        )
        for outlet in from_outlets
        if outlet.pickup
    ]
    return sorted(options, key=lambda o: (not o.complete, o.distance_km or 0.0, o.outlet.code))


def _collected(cart: CartView, outlet: Outlet, problems: Mapping[int, Problem], *, at: datetime, rules: Rules) -> Offer:
    shelves = _fresh(cart, Channel.COLLECT, at=at, rules=rules)
    picks, short = _allocate(cart.items, shelves, problems, {outlet.id: 0.0})
    return Offer(
        price=_price(cart, Money(0), at, rules),
        picks=picks,
        chargeable_g={},
        promise=None,
        ready_at=delivery.ready_at(outlet.opening(rules.holidays), at=at),
        problems=problems,
        short=short,
        refusals=_refusals(cart, Method.COLLECT, cart.goods, rules),
    )


def _delivered(
    cart: CartView,
    destination: Deliver,
    from_outlets: Sequence[Outlet],
    problems: Mapping[int, Problem],
    *,
    at: datetime,
    rules: Rules,
) -> Offer:
    """One fee for the whole weight at the dearest zone among the outlets: that goods lie apart is the shop's matter."""
    to = _get_commune(destination.address.commune_code)
    senders = {outlet.id: outlet for outlet in from_outlets if outlet.ships}
    tariffs = {outlet.id: _tariff(outlet, to, at, rules) for outlet in senders.values()}
    distances = {o.id: places.distance_km(to.lat, to.lon, o.lat, o.lon) for o in senders.values()}
    fresh_from = {outlet_id for outlet_id, row in tariffs.items() if row.fresh}
    perishable = {item.variant_id for item in cart.items if item.perishable}
    problems = {
        **(dict.fromkeys(perishable, Problem.NOT_DELIVERABLE) if not fresh_from else {}),
        **problems,
    }
    fresh = _fresh(cart, Channel.COURIER, at=at, rules=rules)
    shelves = [s for s in fresh if s.variant_id not in perishable or s.outlet_id in fresh_from]
    picks, short = _allocate(cart.items, shelves, problems, distances)
    used = {pick.outlet_id for pick in picks} or set(sorted(distances, key=lambda i: distances[i])[:1])
    rows = [tariffs[outlet_id] for outlet_id in used]
    fee = promise = None
    if rows and cart.items:
        parcel = delivery.pack((item.quantity, item.gross_g, item.volume_mm3) for item in cart.items)
        fee = max(delivery.fee(parcel.chargeable_g, row) for row in rows)
        promises = [delivery.promise(row, at=at, holidays=rules.holidays) for row in rows]
        promise = Promise(min(p.from_on for p in promises), max(p.to_on for p in promises))
    price = _price(cart, fee or Money(0), at, rules)
    return Offer(
        price=price,
        picks=picks,
        chargeable_g=_weights(cart.items, picks),
        promise=promise,
        ready_at=None,
        problems=problems,
        short=short,
        refusals=_refusals(cart, Method.DELIVER, price.total, rules),
    )


def _fresh(cart: CartView, channel: Channel, *, at: datetime, rules: Rules) -> list[Shelf]:
    """The shelves whose lots keep long enough to leave this way."""
    until = {
        item.variant_id: rules.fresh_until(channel, life_days=item.life_days, perishable=item.perishable, at=at)
        for item in cart.items
    }
    return [s for s in cart.shelves if s.best_before is None or s.best_before >= until[s.variant_id]]


def _allocate(
    items: Sequence[Item], shelves: Sequence[Shelf], problems: Mapping[int, Problem], distances: Mapping[int, float]
) -> tuple[tuple[Pick, ...], tuple[Short, ...]]:
    wants = {item.variant_id: item.quantity for item in items if item.variant_id not in problems}
    try:
        return allocation.allocate(wants, shelves, distances=distances), ()
    except Shortage as shortage:
        return (), shortage.lines


def _price(cart: CartView, fee: Money, at: datetime, rules: Rules) -> pricing.Quote:
    today = vietnam_day(at)
    items = [
        pricing.Item(item.variant_id, item.quantity, item.price, rules.vat.rate(item.vat_class, today))
        for item in cart.items
    ]
    return pricing.quote(items, delivery=fee, delivery_percent=rules.vat.rate(VatClass.STANDARD, today))


def _refusals(cart: CartView, method: Method, total: Money, rules: Rules) -> dict[PaymentMethod, Refusal]:
    found = {
        payment: rules.payment_refusal(payment, method=method, total=total, alcohol=cart.alcohol)
        for payment in PaymentMethod
    }
    return {payment: refusal for payment, refusal in found.items() if refusal}


def _weights(items: Sequence[Item], picks: Sequence[Pick]) -> dict[int, int]:
    """Chargeable grams of each outlet's parcel."""
    of = {item.variant_id: item for item in items}
    return {
        outlet_id: delivery.pack(
            (pick.quantity, of[pick.variant_id].gross_g, of[pick.variant_id].volume_mm3)
            for pick in picks
            if pick.outlet_id == outlet_id
        ).chargeable_g
        for outlet_id in dict.fromkeys(pick.outlet_id for pick in picks)
    }


def _short_at(outlet: Outlet, items: Sequence[Item], shelves: Sequence[Shelf]) -> tuple[Short, ...]:
    free = dict.fromkeys((item.variant_id for item in items), 0)
    for shelf in shelves:
        if shelf.outlet_id == outlet.id:
            free[shelf.variant_id] += shelf.free
    return tuple(
        Short(item.variant_id, item.quantity, free[item.variant_id])
        for item in items
        if free[item.variant_id] < item.quantity
    )


def _tariff(outlet: Outlet, to: Commune, at: datetime, rules: Rules) -> Tariff:
    return rules.tariffs.of(delivery.zone_of(to, places.get_commune(outlet.commune_code)), vietnam_day(at))


def _get_pickup(from_outlets: Sequence[Outlet], outlet_id: int) -> Outlet:
    for outlet in from_outlets:
        if outlet.id == outlet_id and outlet.pickup:
            return outlet
    raise Invalid("outlet", "no_pickup")


def _get_commune(code: str) -> Commune:
    try:
        return places.get_commune(code)
    except NotFound:
        raise Invalid("commune", "unknown") from None
