"""The programme's rules, as the settings of this shop have them."""

from datetime import timedelta

from catalog.lapses import LapsedPolicy
from catalog.money import Money
from checkout.gateways.bank_transfer import BankAccount, BankTransfer
from checkout.gateways.base import Transfer
from checkout.orders import Order, OrderState
from checkout.payments import Payment
from checkout.rules import PaymentMethod, Rules
from config import Settings
from storefront.outside import outside, settings


def rules_of(chosen: Settings) -> Rules:
    """The rules these settings make."""
    return Rules(
        transfer_time=timedelta(minutes=chosen.hold_transfer_minutes),
        collect_days=chosen.hold_collect_days,
        paid_days=chosen.hold_paid_days,
        collect_life=chosen.min_life_collect_days,
        courier_life=chosen.min_life_courier_days,
        export_life=chosen.min_life_export_days,
        cod_limit=Money(chosen.cod_limit),
        lapsed_policy=LapsedPolicy(chosen.lapsed),
        alcohol=chosen.alcohol,
        transfers=account_of(chosen) is not None,
    )


def rules() -> Rules:
    """Those of the application that is running."""
    return rules_of(settings())


def lapsed() -> LapsedPolicy:
    """What may be bought of a product without a valid certificate."""
    return rules().lapsed_policy


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
