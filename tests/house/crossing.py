"""Asking every address of a face as everybody: what the three faces behind a door have in common.

A POST is asked with an empty form, its key empty too: whoever may do the deed is told what is missing (422), others
that they may not (403), and nothing happens.
"""

from dataclasses import dataclass
from typing import Any

from flask import Flask
from sqlalchemy import func, select
from werkzeug.routing import Rule

from catalog.db import Base, db
from storefront.outside import outside
from tests.pages import PageClient


@dataclass
class Crowd:
    """A browser of each person, with the token of a form in it; a sample for each part of an address."""

    browsers: dict[str, PageClient]
    tokens: dict[str, str]
    values: dict[str, Any]


def gather(app: Flask, people: dict[str, int | None], values: dict[str, Any], *, factors: set[str]) -> Crowd:
    """people: person → key of the user, None for nobody.    factors: those who have passed the staff's door."""
    browsers = {person: browser(app, user_id, both=person in factors) for person, user_id in people.items()}
    return Crowd(browsers, {person: one.token() for person, one in browsers.items()}, values)


def browser(app: Flask, user_id: int | None, *, both: bool) -> PageClient:
    """Somebody signed in. both: with the second factor, too."""
    client = PageClient(app)
    if user_id is not None:
        with app.app_context(), client.raw.session_transaction() as session:
            session["_user_id"], session["_fresh"] = str(user_id), True
            if both:
                session["counter"] = [user_id, outside().now().isoformat()]
    return client


def addresses(app: Flask, face: str) -> list[tuple[str, Rule]]:
    """(method, rule) of everything under one face."""
    return sorted(
        (
            (method, rule)
            for rule in app.url_map.iter_rules()
            if rule.endpoint.startswith(f"{face}.")
            for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        ),
        key=lambda pair: (pair[1].endpoint, pair[0]),
    )


def path_of(app: Flask, values: dict[str, Any], method: str, rule: Rule, **other: Any) -> str:
    """The address with the samples, or with another value for some part.

    A sample is of its room where there is one (``orders.reference``), else of its name; KeyError where nobody has
    named one.
    """
    room = rule.endpoint.split(".")[1]
    parts = {
        name: values[f"{room}.{name}"] if f"{room}.{name}" in values else values[name]
        for name in rule.arguments
        if name not in other
    }
    return app.url_map.bind("localhost").build(rule.endpoint, parts | other, method=method)


def missing_samples(app: Flask, face: str, values: dict[str, Any]) -> set[tuple[str, str]]:
    """(endpoint, part) of which nobody has named a sample."""
    return {
        (rule.endpoint, name)
        for _, rule in addresses(app, face)
        for name in rule.arguments
        if not {name, f"{rule.endpoint.split('.')[1]}.{name}"} & set(values)
    }


def ask(app: Flask, crowd: Crowd, person: str, method: str, rule: Rule, **other: Any) -> int:
    """The status this person gets."""
    path = path_of(app, crowd.values, method, rule, **other)
    data = {"csrf_token": crowd.tokens[person], "key": ""} if method == "POST" else None
    with crowd.browsers[person].raw.open(path, method=method, data=data) as response:
        return int(response.status_code)


def counted(app: Flask) -> dict[str, int]:
    """Rows of every table, but for the attempts to sign in."""
    with app.app_context():
        return {
            table.name: db.session.scalar(select(func.count()).select_from(table)) or 0
            for table in Base.metadata.sorted_tables
            if table.name != "sign_in_attempts"
        }


def unforgotten(app: Flask, crowd: Crowd, face: str, persons: tuple[str, ...]) -> list[tuple[str, str]]:
    """(endpoint, person) of pages that a browser may keep."""
    kept = []
    for method, rule in addresses(app, face):
        for person in persons if method == "GET" else ():
            with crowd.browsers[person].raw.get(path_of(app, crowd.values, method, rule)) as response:
                if response.headers["Cache-Control"] != "no-store":
                    kept.append((rule.endpoint, person))
    return kept


def tokenless(app: Flask, crowd: Crowd, face: str, person: str) -> list[str]:
    """Endpoints with a verb that somebody's form of another site could reach."""
    return [
        rule.endpoint
        for method, rule in addresses(app, face)
        if method == "POST"
        and crowd.browsers[person].raw.post(path_of(app, crowd.values, method, rule), data={}).status_code != 400
    ]
