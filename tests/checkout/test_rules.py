from datetime import UTC, date, datetime

import pytest

from catalog.hours import OpeningHours
from catalog.lapses import LapsedPolicy
from catalog.money import Money
from catalog.products import Product, ProductKind, ProductState, Variant
from checkout.delivery import Method
from checkout.rules import Channel, PaymentMethod, Problem, Refusal, Rules

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)


def product(
    *, state: ProductState = ProductState.PUBLISHED, kind: ProductKind = ProductKind.GOODS, group: str = "1.2b"
) -> Product:
    return Product(state=state, kind=kind, group_code=group)


@pytest.mark.parametrize(
    ("payment", "method", "total", "alcohol", "refusal"),
    [
        (PaymentMethod.BANK_TRANSFER, Method.DELIVER, 9_000_000, True, None),
        (PaymentMethod.BANK_TRANSFER, Method.COLLECT, 9_000_000, True, None),
        (PaymentMethod.CASH_ON_DELIVERY, Method.DELIVER, 3_000_000, False, None),
        (PaymentMethod.CASH_ON_DELIVERY, Method.DELIVER, 3_000_001, False, Refusal.COD_LIMIT),
        (PaymentMethod.CASH_ON_DELIVERY, Method.DELIVER, 90_000, True, Refusal.ALCOHOL),
        (PaymentMethod.CASH_ON_DELIVERY, Method.COLLECT, 90_000, False, Refusal.WRONG_METHOD),
        (PaymentMethod.CASH_ON_COLLECTION, Method.COLLECT, 9_000_000, False, None),
        (PaymentMethod.CASH_ON_COLLECTION, Method.COLLECT, 90_000, True, Refusal.ALCOHOL),
        (PaymentMethod.CASH_ON_COLLECTION, Method.DELIVER, 90_000, False, Refusal.WRONG_METHOD),
    ],
)
def test_who_may_pay_how(
    payment: PaymentMethod, method: Method, total: int, alcohol: bool, refusal: Refusal | None
) -> None:
    assert Rules().payment_refusal(payment, method=method, total=Money(total), alcohol=alcohol) is refusal


def test_a_transfer_order_is_held_for_an_hour() -> None:
    until = Rules().hold_until(PaymentMethod.BANK_TRANSFER, at=NOW, opening=None, ready_at=None)
    assert until == datetime(2026, 11, 23, 3, 0, tzinfo=UTC)


def test_cash_on_delivery_is_held_without_end() -> None:
    assert Rules().hold_until(PaymentMethod.CASH_ON_DELIVERY, at=NOW, opening=None, ready_at=None) is None


def test_a_cash_order_waits_until_its_outlet_closes_on_the_third_opening_day() -> None:
    opening = OpeningHours.parse("mon 07:00-17:00; thu-fri 07:00-11:00,13:30-17:00")
    until = Rules().hold_until(PaymentMethod.CASH_ON_COLLECTION, at=NOW, opening=opening, ready_at=NOW)
    assert until == datetime(2026, 11, 27, 10, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("thing", "active", "certified", "rules", "problem"),
    [
        (product(), True, True, Rules(), None),
        (product(), True, False, Rules(), None),
        (product(), True, False, Rules(lapsed_policy=LapsedPolicy.NOT_ORDERABLE), Problem.NOT_ORDERABLE),
        (product(), False, True, Rules(), Problem.WITHDRAWN),
        (product(state=ProductState.RETIRED), True, True, Rules(), Problem.WITHDRAWN),
        (product(group="2.1a"), True, True, Rules(), Problem.WITHDRAWN),
        (product(group="2.1a"), True, True, Rules(alcohol=True), None),
        (product(kind=ProductKind.TOUR), True, True, Rules(), Problem.NOT_ORDERABLE),
    ],
)
def test_what_can_be_ordered(
    thing: Product, active: bool, certified: bool, rules: Rules, problem: Problem | None
) -> None:
    assert rules.product_problem(thing, Variant(active=active), certified=certified) is problem


@pytest.mark.parametrize(
    ("channel", "life_days", "perishable", "day"),
    [
        (Channel.COLLECT, 365, False, date(2026, 11, 24)),
        (Channel.COURIER, 365, False, date(2026, 11, 28)),
        (Channel.COURIER, None, False, date(2026, 11, 28)),
        (Channel.EXPORT, 365, False, date(2027, 1, 22)),
        (Channel.COURIER, 6, True, date(2026, 11, 28)),
        (Channel.COURIER, 5, True, date(2026, 11, 23)),  # such goods never keep longer
        (Channel.COURIER, None, True, date(2026, 11, 23)),
        (Channel.EXPORT, 56, False, date(2026, 11, 23)),
    ],
)
def test_what_leaves_must_keep_for_as_long_as_its_channel_asks(
    channel: Channel, life_days: int | None, perishable: bool, day: date
) -> None:
    assert Rules().fresh_until(channel, life_days=life_days, perishable=perishable, at=NOW) == day


def test_paid_goods_are_kept_for_opening_days_too() -> None:
    opening = OpeningHours.parse("mon 07:00-17:00; thu-fri 07:00-11:00,13:30-17:00")
    assert Rules(paid_days=2).kept_until(opening, ready_at=NOW) == datetime(2026, 11, 26, 10, 0, tzinfo=UTC)
