"""Commands about producers' members: ``flask --app wsgi producers …``. The way in for the first of an imported producer."""

from urllib.parse import urljoin

import click
from flask import Flask, current_app
from flask.cli import with_appcontext
from sqlalchemy import select

from catalog import maker_invitations, makers
from catalog.db import db, transaction
from catalog.makers import AlreadyMember
from catalog.producers import Producer
from storefront import filters
from storefront.outside import outside, settings
from storefront.staff import check_email


def install(app: Flask) -> None:
    """Bind the commands."""
    app.cli.add_command(producers)


@click.group("producers")
def producers() -> None:
    """Who writes for a producer."""


@producers.command("invite")
@click.argument("code")
@click.argument("email", callback=check_email)
@with_appcontext
def invite(code: str, email: str) -> None:
    """Invite EMAIL to write for the producer CODE, and print the link; a letter brings another, which takes its place."""
    now = outside().now()
    try:
        with transaction():
            producer = _producer(code)
            maker_invitations.invite(producer, email, actor="system", at=now)
            token = maker_invitations.new_link(producer.id, email, at=now)
    except AlreadyMember:
        raise click.ClickException(f"{email} writes for {code} already") from None
    click.echo(f"{email} is invited to {producer.code} {producer.name_vi}")
    click.echo(f"The link works once, within {maker_invitations.LIFE.days} days:")
    path = current_app.url_map.bind("").build("studio.invitations.show", {"token": token})
    click.echo(urljoin(settings().base_url, path))


@producers.command("end")
@click.argument("code")
@click.argument("email", callback=check_email)
@with_appcontext
def end(code: str, email: str) -> None:
    """EMAIL writes for the producer CODE no longer, even if they are the last."""
    now = outside().now()
    with transaction():
        producer = _producer(code)
        rows = db.session.execute(makers.members_of(producer.id)).all()
        member = next((member for member, user in rows if user.email == email), None)
        if member is None:
            raise click.ClickException(f"{email} does not write for {code}")
        makers.leave(member, producer, actor="system", at=now)
    click.echo(f"{email} no longer writes for {code}")


@producers.command("members")
@click.argument("code")
@with_appcontext
def show(code: str) -> None:
    """Who writes for the producer CODE: e-mail, name, last sign-in; and who is invited."""
    producer, now = _producer(code), outside().now()
    for _member, user in db.session.execute(makers.members_of(producer.id)):
        last = filters.moment(user.last_sign_in_at) if user.last_sign_in_at else "never signed in"
        click.echo("\t".join((user.email, user.name, last)))
    for invitation in db.session.scalars(maker_invitations.open_of(producer.id, at=now)):
        click.echo(f"{invitation.email}\tinvited until {filters.moment(invitation.expires_at)}")


def _producer(code: str) -> Producer:
    producer = db.session.scalar(select(Producer).where(Producer.code == code.upper()))
    if producer is None:
        raise click.ClickException(f"no producer {code}")
    return producer
