"""What is owed for an order, and the money that arrived for it.

Bank transfers are only ever added, each once (``provider`` and its own id of the transfer). Parts add up; what does
not fit is kept with a state that says why, for a person to give back or apply.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    Select,
    Text,
    UniqueConstraint,
    case,
    func,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Mapped, mapped_column

from catalog.db import Base, BigKey, UtcDateTime, db, enum_column, text_column
from catalog.errors import Invalid
from catalog.money import Money
from checkout.gateways import bank_transfer
from checkout.rules import PaymentMethod


class PaymentState(StrEnum):
    """Pending until the whole amount is there; cancelled with its order."""

    PENDING = "pending"
    PAID = "paid"
    CANCELLED = "cancelled"


class TransferState(StrEnum):
    """What became of money that arrived. APPLIED parts add up; the others wait for a person."""

    APPLIED = "applied"
    OVER = "over"
    LATE = "late"
    DUPLICATE = "duplicate"
    UNMATCHED = "unmatched"


class Payment(Base):
    """What one order costs its buyer. ``code`` is what a transfer's message names; amounts in minor units.

    ``returned_amount``: the part of it that was for goods which came back.
    """

    __tablename__ = "payments"
    __table_args__ = (
        CheckConstraint("amount >= 0 AND paid_amount >= 0", name="amounts_not_negative"),
        CheckConstraint("state <> 'paid' OR paid_amount >= amount", name="paid_in_full"),
    )

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), unique=True)
    method: Mapped[PaymentMethod] = mapped_column(enum_column(PaymentMethod))
    state: Mapped[PaymentState] = mapped_column(enum_column(PaymentState), default=PaymentState.PENDING)
    code: Mapped[str] = mapped_column(text_column(16), unique=True)
    amount: Mapped[int] = mapped_column(BigInteger)
    paid_amount: Mapped[int] = mapped_column(BigInteger, default=0)
    returned_amount: Mapped[int] = mapped_column(BigInteger, default=0)
    currency: Mapped[str] = mapped_column(text_column(3))

    @property
    def paid(self) -> Money:
        """What has arrived while it was open, also what was too much."""
        return Money(self.paid_amount, self.currency)

    @property
    def due(self) -> Money:
        """What is still to come; nothing once it is cancelled."""
        owed = 0 if self.state is PaymentState.CANCELLED else max(0, self.amount - self.paid_amount)
        return Money(owed, self.currency)


class BankTransfer(Base):
    """Money on the shop's account. ``text`` as the bank passed it on, ``payment_id`` whom its code names."""

    __tablename__ = "bank_transfers"
    __table_args__ = (
        UniqueConstraint("provider", "provider_id"),
        CheckConstraint("amount > 0", name="amount_positive"),
        Index("ix_bank_transfers_payment_id", "payment_id"),
        Index("ix_bank_transfers_state", "state"),
    )

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    provider: Mapped[str] = mapped_column(text_column(32))
    provider_id: Mapped[str] = mapped_column(text_column(96))
    text: Mapped[str] = mapped_column(Text)
    code: Mapped[str | None] = mapped_column(text_column(16))
    amount: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(text_column(3))
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)
    payment_id: Mapped[int | None] = mapped_column(ForeignKey("payments.id"))
    state: Mapped[TransferState] = mapped_column(enum_column(TransferState))


@dataclass(frozen=True, slots=True)
class Arrival:
    """A transfer as stored. new: False when it had been stored before, by an earlier notice of the same money."""

    transfer: BankTransfer
    new: bool


def find_payment(code_text: str) -> Payment | None:
    """The payment a message names, however the bank garbled it, or None."""
    code = bank_transfer.read_code(code_text)
    return db.session.scalar(select(Payment).where(Payment.code == code)) if code else None


def of_order(order_id: int) -> Payment:
    """The one payment of an order, as it is now: what was read before the order was locked may be stale."""
    fresh = select(Payment).where(Payment.order_id == order_id).execution_options(populate_existing=True)
    return db.session.scalars(fresh).one()


def transfers_of(payment: Payment) -> Select[BankTransfer]:
    """Money that named this payment, oldest first."""
    return select(BankTransfer).where(BankTransfer.payment_id == payment.id).order_by(BankTransfer.id)


def arrived(payment: Payment) -> Money:
    """All that was transferred in its name, also too late and too much."""
    named = select(func.coalesce(func.sum(BankTransfer.amount), 0))
    same = BankTransfer.payment_id == payment.id, BankTransfer.currency == payment.currency
    return Money(int(db.session.scalar(named.where(*same)) or 0), payment.currency)


def exceptions() -> Select[BankTransfer]:
    """Money that waits for a person, oldest first."""
    return select(BankTransfer).where(BankTransfer.state != TransferState.APPLIED).order_by(BankTransfer.id)


def open_payment(order_id: int, amount: Money, *, method: PaymentMethod) -> Payment:
    """What the order costs, with a code of its own."""
    payment = Payment(
        order_id=order_id, method=method, code=_unused_code(), amount=amount.minor, currency=amount.currency
    )
    db.session.add(payment)
    db.session.flush()
    return payment


def record_transfer(text: str, amount: Money, *, provider: str, provider_id: str, at: datetime) -> Arrival:
    """Note money that arrived; unmatched for now. The same provider's id again changes nothing.

    Raises Invalid("amount", "positive") for nothing or less.
    """
    if amount.minor <= 0:
        raise Invalid("amount", "positive")
    insert = sqlite_insert if db.session.get_bind().dialect.name == "sqlite" else postgresql_insert
    row = {
        "provider": provider,
        "provider_id": provider_id,
        "text": text,
        "code": bank_transfer.read_code(text),
        "amount": amount.minor,
        "currency": amount.currency,
        "received_at": at,
        "state": TransferState.UNMATCHED,
    }
    statement = insert(BankTransfer).values(row).on_conflict_do_nothing(index_elements=["provider", "provider_id"])
    new = db.session.scalar(statement.returning(BankTransfer.id)) is not None
    same = select(BankTransfer).where(BankTransfer.provider == provider, BankTransfer.provider_id == provider_id)
    return Arrival(db.session.scalars(same).one(), new)


def apply(transfer: BankTransfer, payment: Payment) -> bool:
    """Count a new transfer towards a payment as far as the payment is open. Returns whether it is paid by that.

    The caller holds the order's row: nobody else changes its payment meanwhile.
    """
    transfer.payment_id = payment.id
    if transfer.currency != payment.currency:
        transfer.state = TransferState.UNMATCHED
    elif payment.state is PaymentState.CANCELLED:
        transfer.state = TransferState.LATE
    elif payment.state is PaymentState.PAID:
        transfer.state = TransferState.DUPLICATE
    else:
        over = payment.paid_amount + transfer.amount > payment.amount
        transfer.state = TransferState.OVER if over else TransferState.APPLIED
        return _add(payment, transfer.amount) is PaymentState.PAID
    return False


def collect_cash(order_id: int) -> None:
    """The buyer has paid in cash whatever was still due."""
    _close(order_id, {"state": PaymentState.PAID, "paid_amount": Payment.amount})


def collect_part(payment: Payment, amount: Money) -> None:
    """A carrier has taken this much in cash for one parcel. The caller holds the order's row."""
    if payment.state is PaymentState.PENDING:
        _add(payment, amount.minor)


def note_return(payment: Payment, amount: Money) -> None:
    """Goods worth this much came back: what was paid for them is to be given back. The caller holds the order's row."""
    payment.returned_amount += amount.minor
    db.session.flush()


def cancel(order_id: int) -> None:
    """Nothing more is owed. A payment that was made in full stays paid: it is to be given back."""
    _close(order_id, {"state": PaymentState.CANCELLED})


def _add(payment: Payment, amount: int) -> PaymentState:
    total = Payment.paid_amount + amount
    state = case((total >= Payment.amount, PaymentState.PAID), else_=PaymentState.PENDING)
    added = (
        update(Payment)
        .where(Payment.id == payment.id, Payment.state == PaymentState.PENDING)
        .values(paid_amount=total, state=state)
        .returning(Payment.state)
        .execution_options(synchronize_session=False)
    )
    now = db.session.scalars(added).one()
    db.session.refresh(payment)
    return now


def _close(order_id: int, values: dict[str, object]) -> None:
    pending = update(Payment).where(Payment.order_id == order_id, Payment.state == PaymentState.PENDING)
    db.session.execute(pending.values(values).execution_options(synchronize_session="fetch"))


def _unused_code() -> str:
    while True:
        code = bank_transfer.make_code()
        if db.session.scalar(select(Payment.id).where(Payment.code == code)) is None:
            return code
