"""What this shop allows: limits, waiting times, and who may pay how. Defaults here; the shop's settings choose others.

Pure. A refusal is a code; the faces put it into words.
"""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum

from catalog.clock import vietnam_day
from catalog.holidays import EXPECTED, Holidays
from catalog.hours import OpeningHours
from catalog.lapses import LapsedPolicy
from catalog.money import Money
from catalog.products import Product, ProductKind, ProductState, Variant
from checkout.delivery import CONTRACT, Method, Tariffs
from checkout.tax import LAW, Rates


class PaymentMethod(StrEnum):
    """How the buyer pays."""

    BANK_TRANSFER = "bank_transfer"
    CASH_ON_DELIVERY = "cash_on_delivery"
    CASH_ON_COLLECTION = "cash_on_collection"


class Channel(StrEnum):
    """The way goods leave: the longer it is, the more life they need at its start."""

    COLLECT = "collect"
    COURIER = "courier"
    EXPORT = "export"


class Problem(StrEnum):
    """What stands between a cart line and an order. PRICE_CHANGED alone does not stop it."""

    WITHDRAWN = "withdrawn"
    NOT_ORDERABLE = "not_orderable"
    NOT_DELIVERABLE = "not_deliverable"
    SOLD_OUT = "sold_out"
    SHORT = "short"
    PRICE_CHANGED = "price_changed"


class Refusal(StrEnum):
    """Why a way of paying is not open to an order."""

    WRONG_METHOD = "wrong_method"
    ALCOHOL = "alcohol"
    COD_LIMIT = "cod_limit"
    NO_ACCOUNT = "no_account"


_COD_LIMIT = Money(3_000_000)


@dataclass(frozen=True, slots=True)
class Rules:
    """The shop's choices.

    collect_days: opening days that goods wait for a buyer who pays at the counter.    paid_days: opening days that
    paid goods wait, once they are ready.    *_life: days that goods must still keep when they are ordered for that
    channel.
    max_open_orders: orders one phone may have waiting, so that nobody empties the shelves with
    promises.    transfers: whether the shop has
    an account that money can be sent to.    vat, tariffs, holidays: the dated tables.
    """

    transfer_time: timedelta = timedelta(minutes=60)
    collect_days: int = 3
    paid_days: int = 14
    collect_life: int = 1
    courier_life: int = 5
    export_life: int = 60
    cod_limit: Money = _COD_LIMIT
    max_quantity_per_line: int = 99
    max_lines: int = 40
    max_open_orders: int = 5
    lapsed_policy: LapsedPolicy = LapsedPolicy.HIDE_STARS
    alcohol: bool = False
    transfers: bool = True
    vat: Rates = LAW
    tariffs: Tariffs = CONTRACT
    holidays: Holidays = field(default_factory=lambda: EXPECTED)

    def product_problem(self, product: Product, variant: Variant, *, certified: bool) -> Problem | None:
        """Why this cannot be ordered by anybody now, stock apart; None when it can.

        certified: whether its certificate lets it be sold now: a valid one, or one that ran out where what had arrived
        until then may be sold (``catalog.lapses``).
        """
        shown = product.state is ProductState.PUBLISHED and variant.active
        if not shown or (product.alcohol and not self.alcohol):
            return Problem.WITHDRAWN
        if product.kind is ProductKind.TOUR:
            return Problem.NOT_ORDERABLE
        if not certified and self.lapsed_policy is not LapsedPolicy.HIDE_STARS:
            return Problem.NOT_ORDERABLE
        return None

    def payment_refusal(self, payment: PaymentMethod, *, method: Method, total: Money, alcohol: bool) -> Refusal | None:
        """Why this order cannot be paid this way, or None.

        alcohol: whether the order holds any; Law 44/2019/QH14 lets it be sold online without cash only.
        """
        cash = {
            PaymentMethod.CASH_ON_DELIVERY: Method.DELIVER,
            PaymentMethod.CASH_ON_COLLECTION: Method.COLLECT,
        }
        if cash.get(payment, method) is not method:
            return Refusal.WRONG_METHOD
        if payment in cash and alcohol:
            return Refusal.ALCOHOL
        if payment is PaymentMethod.BANK_TRANSFER and not self.transfers:
            return Refusal.NO_ACCOUNT
        if payment is PaymentMethod.CASH_ON_DELIVERY and total > self.cod_limit:
            return Refusal.COD_LIMIT
        return None

    def hold_until(
        self, payment: PaymentMethod, *, at: datetime, opening: OpeningHours | None, ready_at: datetime | None
    ) -> datetime | None:
        """When the promise of an order placed now ends by itself; None for never.

        opening, ready_at: of the outlet, where the buyer collects.
        """
        if payment is PaymentMethod.BANK_TRANSFER:
            return at + self.transfer_time
        if payment is PaymentMethod.CASH_ON_COLLECTION and opening is not None and ready_at is not None:
            return opening.closes_on_opening_day(self.collect_days, since=ready_at)
        return None

    def kept_until(self, opening: OpeningHours, *, ready_at: datetime) -> datetime | None:
        """When paid goods that lie ready go back to the shelf and the money to the buyer."""
        return opening.closes_on_opening_day(self.paid_days, since=ready_at)

    def fresh_until(self, channel: Channel, *, life_days: int | None, perishable: bool, at: datetime) -> date:
        """The earliest best-before day with which goods ordered now may leave this way.

        life_days: of the goods from making to expiry, None where nobody says. Goods that never keep that long, or
        fresh ones of which nobody knows, may leave until they expire.
        """
        needed = {
            Channel.COLLECT: self.collect_life,
            Channel.COURIER: self.courier_life,
            Channel.EXPORT: self.export_life,
        }[channel]
        short_lived = perishable if life_days is None else life_days <= needed
        return vietnam_day(at) + timedelta(days=0 if short_lived else needed)
