"""The programme's rules: what the office has laid down and, where it has not, what the environment says.

One question to the database a request; commands and the worker ask each time, so that they see a change at once, too.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, cast

from flask import has_request_context, request

from catalog.allergens import AllergenWord
from catalog.claims import ClaimWord
from catalog.lapses import LapsedPolicy
from catalog.money import Money
from catalog.rulebook import Book, Laid
from checkout import regulations
from checkout.exchange import Exchange
from checkout.gateways.bank_transfer import BankAccount, BankTransfer
from checkout.gateways.base import Transfer
from checkout.orders import Order, OrderState
from checkout.payments import Payment
from checkout.rules import PaymentMethod, Rules
from config import Settings
from storefront.outside import outside, settings


def book() -> Book:
    """What was laid down, with what stands without it; as of this request."""
    return cast(Book, _of_this_request("book", lambda: whole(outside().book.current(), settings())))


def value(name: str) -> Any:
    """What counts now for one setting."""
    return book().value(name, at=outside().now())


def rules() -> Rules:
    """Those of the application that is running."""
    return cast(Rules, _of_this_request("rules", lambda: rules_of(settings(), book(), at=outside().now())))


def rules_of(chosen: Settings, book: Book, *, at: datetime) -> Rules:
    """The rules that these settings and this whole book make at an instant."""

    def now(name: str) -> Any:
        return book.value(name, at=at)

    return Rules(
        transfer_time=timedelta(minutes=now("hold_transfer_minutes")),
        collect_days=now("hold_collect_days"),
        paid_days=now("hold_paid_days"),
        collect_life=now("min_life_collect_days"),
        courier_life=now("min_life_courier_days"),
        export_life=now("min_life_export_days"),
        cod_limit=Money(now("cod_limit")),
        lapsed_policy=LapsedPolicy(now("lapsed")),
        alcohol=chosen.alcohol,
        transfers=account_of(chosen) is not None,
        vat=regulations.vat(book),
        tariffs=regulations.tariffs(book),
        holidays=regulations.holidays(book, at=at),
    )


def lapsed() -> LapsedPolicy:
    """What may be bought of a product without a valid certificate."""
    return rules().lapsed_policy


def count_limit() -> Money:
    """Differences of a stocktake that its outlet approves itself."""
    return Money(value("count_limit"))


def exchange() -> Exchange:
    """The rates of exchange: ``exchange().rate("USD", on)``."""
    return regulations.exchange(book())


def claim_words() -> tuple[ClaimWord, ...]:
    """What no page may say of food."""
    return regulations.claim_words(book(), at=outside().now())


def allergen_words() -> tuple[AllergenWord, ...]:
    """Words of ingredients that tell of an allergen."""
    return regulations.allergen_words(book(), at=outside().now())


def look_again() -> None:
    """Forget what this request has read: somebody else has written meanwhile."""
    request.environ.pop("shop.programme", None)


@lru_cache(maxsize=4)
def whole(laid_down: Book, chosen: Settings) -> Book:
    """The book with what the environment and the tables of the program say under it."""
    return laid_down.over({**regulations.standing(), **_of_environment(chosen)})


def account_of(chosen: Settings) -> BankAccount | None:
    """The account that receives transfers; None when the shop takes none. A demo has one of zeros, nobody's."""
    if chosen.bank_account:
        return BankAccount(chosen.bank_bin, chosen.bank_name, chosen.bank_account, chosen.bank_holder)
    return BankAccount(chosen.bank_bin, chosen.bank_name, "0000000000", "TAI KHOAN MINH HOA") if chosen.demo else None


def transfer_for(order: Order, payment: Payment) -> Transfer | None:
    """What the buyer of this order is to transfer now; None when nothing is."""
    account = account_of(settings())
    waiting = order.state_at(outside().now()) is OrderState.AWAITING_PAYMENT
    waiting = waiting and payment.method is PaymentMethod.BANK_TRANSFER
    if account is None or not waiting or not payment.due:
        return None
    return BankTransfer(account).instructions(code=payment.code, due=payment.due).transfer


def _of_environment(chosen: Settings) -> Mapping[str, tuple[Laid, ...]]:
    return {name: (Laid(getattr(chosen, name)),) for name in regulations.SETTINGS if hasattr(chosen, name)}


def _of_this_request(name: str, make: Callable[[], object]) -> object:
    if not has_request_context():
        return make()
    kept = request.environ.setdefault("shop.programme", {})
    if name not in kept:
        kept[name] = make()
    return kept[name]
