"""Commands of the shop: ``flask --app wsgi …``."""

import click
from flask import Flask, current_app
from flask.cli import with_appcontext

from catalog import stock
from catalog.db import db, transaction
from catalog.money import Money
from checkout import orders, sales_figures, settlement
from checkout import payments as checkout_payments
from storefront import demo, filters, imports, indexing, makers, migrating, staff, worker
from storefront.migrating import with_shop
from storefront.outside import outside, settings

LONGEST = 64
"""Characters of what is copied from a bank statement."""
MOST = 10**12
"""Đồng in one transfer."""


def install(app: Flask) -> None:
    """Bind the commands."""
    app.cli.add_command(migrate)
    app.cli.add_command(run_worker)
    app.cli.add_command(payments)
    app.cli.add_command(stock_commands)
    app.cli.add_command(index)
    app.cli.add_command(figures)
    demo.install(app)
    imports.install(app)
    staff.install(app)
    makers.install(app)


@click.command("migrate")
@with_appcontext
def migrate() -> None:
    """Bring the database to the schema of this code."""
    migrating.upgrade(settings().sqlalchemy_url)


@click.command("worker")
@with_shop
def run_worker() -> None:
    """Do the outbox's jobs until told to stop."""
    worker.run(current_app._get_current_object())  # type: ignore[attr-defined]


@click.group("payments")
def payments() -> None:
    """Money that arrived."""


def _short(context: click.Context, parameter: click.Parameter, value: str | None) -> str | None:
    if value is not None and len(value) > LONGEST:
        raise click.BadParameter(f"at most {LONGEST} characters")
    return value


@payments.command("confirm")
@click.argument("code", callback=_short)
@click.argument("amount", type=click.IntRange(1, MOST))
@click.option(
    "--reference",
    callback=_short,
    help="The bank's own number of the transfer; the same number twice is one transfer. Needed where two transfers"
    " have the same code and amount.",
)
@with_shop
def confirm(code: str, amount: int, reference: str | None) -> None:
    """A transfer of AMOUNT đồng with payment CODE stands on the bank statement."""
    now = outside().now()
    with transaction():
        outcome = settlement.receive_transfer(
            code,
            Money(amount),
            provider="officer",
            provider_id=reference or f"{code}:{amount}",
            at=now,
            actor="officer",
        )
    if reference is None and outcome.received_at < now:
        told = filters.moment(outcome.received_at)
        raise click.ClickException(f"told at {told} already; is it another transfer? Give its --reference")
    click.echo(f"{outcome.state.value}: {filters.money(Money(amount))} {code}")


@payments.command("exceptions")
@with_shop
def exceptions() -> None:
    """Money that waits for a person: transfers that fit no open payment, and paid orders that were given up."""
    for transfer in db.session.scalars(checkout_payments.exceptions()):
        amount = filters.money(Money(transfer.amount, transfer.currency))
        told = filters.moment(transfer.received_at)
        click.echo(
            f"{transfer.state.value}: {amount}, {told}, {transfer.provider} {transfer.provider_id}: {transfer.text}"
        )
    for order, payment in db.session.execute(orders.refunds_due()):
        click.echo(f"refund: {filters.money(payment.paid)}, order {order.reference}, {order.name}, {order.phone}")


@click.group("stock")
def stock_commands() -> None:
    """Shelves and their movements."""


@stock_commands.command("reconcile")
@click.option("--repair", is_flag=True, help="Put levels back to the sums of their movements and open holds.")
@with_shop
def reconcile(repair: bool) -> None:
    """Compare every shelf with the sum of its movements and holds; exit 1 when any differs, or still differs."""
    repaired: list[stock.Drift] = []
    drifted = stock.drift()
    if repair and drifted:
        with transaction():
            repaired, drifted = stock.repair(actor="officer", at=outside().now())
    for words, rows in (("repaired", repaired), ("differs", drifted)):
        for row in rows:
            click.echo(
                f"level {row.level_id} {words}: on hand {row.on_hand} (moved {row.on_hand_moved}), "
                f"held {row.held} (moved {row.held_moved}, open {row.held_open})"
            )
    if repaired:
        click.echo(f"{len(repaired)} shelves repaired")
    click.echo(f"{len(drifted)} shelves differ")
    if drifted:
        raise SystemExit(1)


@click.group("index")
def index() -> None:
    """The search index."""


@index.command("rebuild")
@with_shop
def rebuild() -> None:
    """Build it anew from the database."""
    click.echo(f"{indexing.rebuild_now()} products indexed")


@click.group("figures")
def figures() -> None:
    """Sales summed up by day and month."""


@figures.command("rebuild")
@with_shop
def rebuild_figures() -> None:
    """Sum everything up anew from orders and counter sales."""
    with transaction():
        days = sales_figures.rebuild()
    click.echo(f"{days} days counted")
