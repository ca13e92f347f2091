"""Commands about the staff: ``flask --app wsgi staff …``. The way to the very first officer, and back in for the last."""

from urllib.parse import urljoin

import click
from flask import Flask, current_app
from flask.cli import with_appcontext
from sqlalchemy import select

from catalog import invitations, memberships, people, places, second_factor
from catalog.db import db, transaction
from catalog.errors import Conflict
from catalog.memberships import Role
from catalog.outlets import Outlet
from catalog.people import User
from storefront import filters
from storefront.outside import outside, settings

_ROLES = click.Choice([role.value for role in Role])


def install(app: Flask) -> None:
    """Bind the commands."""
    app.cli.add_command(staff)


@click.group("staff")
def staff() -> None:
    """Who works where."""


def check_email(context: click.Context, parameter: click.Parameter, value: str) -> str:
    """An e-mail in lower case, as a callback of a parameter."""
    name, at, host = value.strip().partition("@")
    if not (name and at and "." in host) or len(value) > 254 or any(sign.isspace() for sign in value.strip()):
        raise click.BadParameter("write an e-mail such as ten@example.com")
    return value.strip().lower()


def _name(context: click.Context, parameter: click.Parameter, value: str) -> str:
    if len(value) > 120:
        raise click.BadParameter("at most 120 characters")
    return value.strip()


def _communes(context: click.Context, parameter: click.Parameter, value: tuple[str, ...]) -> frozenset[str]:
    for code in value:
        commune = places.find_commune(code)
        if commune is None or commune.province_code != places.HOME:
            raise click.BadParameter(f"{code} is no commune of {places.get_province(places.HOME).name}")
    return frozenset(value)


@staff.command("grant")
@click.argument("email", callback=check_email)
@click.argument("role", type=_ROLES)
@click.option("--outlet", "code", help="Code of the outlet; an officer has none.")
@click.option("--commune", "communes", multiple=True, callback=_communes, help="Code of a commune; of an officer only.")
@click.option("--name", default="", callback=_name, help="Of somebody without an account; else their e-mail is it.")
@with_appcontext
def grant(email: str, role: str, code: str | None, communes: frozenset[str], name: str) -> None:
    """Make EMAIL a clerk, a manager or an officer, and print their invitation if they have no way in.

    An officer without a --commune serves the whole programme; give it again for several.
    """
    outlet, now = _outlet(Role(role), code), outside().now()
    if communes and Role(role) is not Role.OFFICER:
        raise click.ClickException(f"a {role} serves an outlet, no commune: leave --commune away")
    try:
        with transaction():
            user = invitations.hire(
                email, Role(role), outlet, name=name or email.partition("@")[0], actor="system", at=now
            )
            if communes:
                memberships.assign(memberships.get_officer_role(user.id), communes, actor="system", at=now)
            enrolled = second_factor.is_enrolled(user.id)
            token = None if enrolled else invitations.invite(user, actor="system", at=now)
    except Conflict:
        raise click.ClickException(f"{email} is {role} already") from None
    click.echo(f"{email} is {role}{f' at {outlet.code}' if outlet else ''}{_served(communes)}")
    _tell(token)


@staff.command("invite")
@click.argument("email", callback=check_email)
@with_appcontext
def invite(email: str) -> None:
    """A new way in for EMAIL; the password, the app and the codes they had open nothing any more."""
    now = outside().now()
    with transaction():
        user = _member(email)
        token = invitations.invite(user, actor="system", at=now)
    _tell(token)


@staff.command("end")
@click.argument("email", callback=check_email)
@click.option("--role", type=_ROLES, help="Only this role.")
@click.option("--outlet", "code", help="Only at this outlet.")
@with_appcontext
def end(email: str, role: str | None, code: str | None) -> None:
    """End the roles of EMAIL, all of them unless said otherwise; they are out at their next press."""
    now = outside().now()
    with transaction():
        ended = [
            (membership, outlet)
            for membership, user, outlet in db.session.execute(memberships.live())
            if user.email == email
            and role in (None, membership.role.value)
            and code in (None, outlet.code if outlet else None)
        ]
        for membership, _outlet_of in ended:
            memberships.end(membership.id, actor="system", at=now)
    if not ended:
        raise click.ClickException(f"{email} has no such role")
    for membership, outlet in ended:
        click.echo(f"{email} is no longer {membership.role.value}{f' at {outlet.code}' if outlet else ''}")


@staff.command("list")
@with_appcontext
def show() -> None:
    """Every role that counts now: outlet, role, e-mail, name, last sign-in."""
    enrolled = set(db.session.scalars(second_factor.enrolled()))
    for membership, user, outlet in db.session.execute(memberships.live()):
        last = filters.moment(user.last_sign_in_at) if user.last_sign_in_at else "never signed in"
        state = last if user.id in enrolled else "invited"
        click.echo("\t".join((outlet.code if outlet else "*", membership.role.value, user.email, user.name, state)))


def _served(communes: frozenset[str]) -> str:
    return f" for {', '.join(sorted(places.get_commune(code).full_name for code in communes))}" if communes else ""


def _outlet(role: Role, code: str | None) -> Outlet | None:
    """Raises ClickException where role and outlet do not go together."""
    if role is Role.OFFICER:
        if code:
            raise click.ClickException("an officer belongs to no outlet: leave --outlet away")
        return None
    outlet = db.session.scalar(select(Outlet).where(Outlet.code == code)) if code else None
    if outlet is None:
        raise click.ClickException(f"no outlet {code}" if code else f"a {role.value} needs --outlet CODE")
    return outlet


def _member(email: str) -> User:
    user = people.find_by_email(email)
    if user is None or memberships.find_staff(user) is None:
        raise click.ClickException(f"{email} works nowhere")
    return user


def _tell(token: str | None) -> None:
    """Where the person goes next. The link is shown only now."""
    if token is None:
        click.echo("They have a password and a second factor already.")
        return
    path = current_app.url_map.bind("").build("counter.invitations.show", {"token": token})
    click.echo(f"Give them this link; it works once, within {invitations.LIFE.days} days:")
    click.echo(urljoin(settings().base_url, path))
