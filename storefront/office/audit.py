"""The log of who did what to which thing, before and after. Officers of some communes see what lies in theirs."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Any

from flask import Blueprint, current_app, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import Select, literal, select

from catalog import history
from catalog.clock import start_of, vietnam_day
from catalog.db import db
from catalog.errors import Invalid
from catalog.fairs import Fair
from catalog.history import Asked, Event
from catalog.importing import cells
from catalog.lots import Lot
from catalog.makers import ProducerMember
from catalog.memberships import Membership
from catalog.outlets import Outlet
from catalog.people import User
from catalog.producers import Producer
from catalog.products import Product
from catalog.supports import Support
from catalog.text import fold
from catalog.visits import Visit
from storefront import actors, audit_words, fact_words, setting_words, spreadsheets
from storefront.audit_words import Told
from storefront.extensions import limiter
from storefront.fields import tidy, whole
from storefront.office import bureau
from storefront.outside import outside

bp = Blueprint("audit", __name__, url_prefix="/nhat-ky")

PAGE = 50
MOST_ROWS = 50_000
"""Of a file: the newest."""
CHUNK = 500
MOST_NAMES = 40
"""Things and people that a part of a name may mean."""
FIELDS = ("ai", "viec", "gi", "tu", "den")
_BY_NAME: Mapping[str, type[Product] | type[Producer] | type[Outlet]] = {
    "product": Product,
    "producer": Producer,
    "outlet": Outlet,
}
_BY_KEY: Mapping[str, tuple[Any, Any, Any]] = {
    "lot": (Lot.id, Lot.code, literal("")),
    "fair": (Fair.id, Fair.name_vi, Fair.slug),
    "visit": (Visit.id, Visit.who, literal("")),
    "support": (Support.id, Support.what, literal("")),
}
"""Kinds of things without a code of their own → their key, what people call them by, and their slug."""
_PAGES = {
    "setting": ("office.settings.show", "name"),
    "application": ("office.applications.show", "reference"),
    "review": ("office.opinions.show", "review_id"),
    "visit": ("office.visits.show", "visit_id"),
    "support": ("office.supports.show", "support_id"),
}
"""Kind of thing → its page in the office, and what the address calls its key."""


@dataclass(frozen=True, slots=True)
class Thing:
    """What a deed was done to. name: of the thing, where it has one.    url: of its page, where there is one.
    coded: people know it by its key, too."""

    kind: str
    key: str
    name: str
    url: str | None
    coded: bool


@dataclass(frozen=True, slots=True)
class Row:
    """One deed."""

    at: datetime
    by: str
    verb: str
    told: Told
    thing: Thing


@bp.get("")
def index() -> ResponseReturnValue:
    """What was asked for, the newest first; ``sau`` is where the page before ended."""
    problems: dict[str, str] = {}
    query = _query(problems)
    last = _read_place(request.args.get("sau", ""))
    if last is not None:
        query = history.older_than(query, *last)
    events = [] if problems else list(db.session.scalars(query.limit(PAGE + 1)))
    page = events[:PAGE]
    page_text = render_template(
        "office/audit/index.html",
        rows=_rows(page),
        problems=problems,
        typed={name: request.args.get(name, "") for name in FIELDS},
        kinds=audit_words.families(),
        older=_place(page[-1]) if len(events) > PAGE else None,
        later=last is not None,
        most_rows=MOST_ROWS,
    )
    return page_text, 422 if problems else 200


@bp.get("/tep")
@limiter.limit("10 per minute")
def file() -> ResponseReturnValue:
    """The same as a file, all pages of it."""
    problems: dict[str, str] = {}
    query = _query(problems)
    if problems:
        return index()
    heads = [_("Lúc"), _("Ai làm"), _("Việc"), _("Mã việc"), _("Với"), _("Tên"), _("Trước"), _("Sau"), _("Chi tiết")]
    name = f"nhat-ky-{vietnam_day(outside().now())}"
    return spreadsheets.csv_file(name, heads, islice(_lines(query), MOST_ROWS))


def _query(problems: dict[str, str]) -> Select[Event]:
    """What the address asks for; what it says wrongly is noted beside its field."""
    from_on, to_on = _day("tu", problems), _day("den", problems)
    if from_on and to_on and to_on < from_on:
        problems["den"] = _("Ngày cuối phải từ ngày đầu trở đi")
    who, what, thing = (tidy(request.args.get(name, ""))[:100] for name in ("ai", "viec", "gi"))
    asked = Asked(
        actors=_actors(who) if who else None,
        verbs=audit_words.verbs_of(what, history.verbs()) if what in audit_words.FAMILIES else None,
        subjects=_subjects(thing) if thing else None,
        from_at=start_of(from_on) if from_on else None,
        before_at=start_of(to_on + timedelta(days=1)) if to_on else None,
    )
    return history.found(asked, communes=bureau.me().communes)


def _day(name: str, problems: dict[str, str]) -> date | None:
    text = tidy(request.args.get(name, ""))
    if not text:
        return None
    try:
        return cells.day(text)
    except Invalid:
        problems[name] = _("Không phải ngày có thật, hãy viết như 25/11/2026")
        return None


def _actors(text: str) -> set[str]:
    """Staff and makers with this in their name or e-mail, and those who are nobody in particular."""
    wanted = fold(text)
    nobodies = actors.names(["system", "buyer"])
    found = {actor for actor, name in nobodies.items() if wanted in fold(name)}
    return found | {f"user:{key}" for key in _people(wanted)}


def _people(wanted: str) -> list[int]:
    """Of those who work here or did; customers are nobody's business."""
    working = select(Membership.user_id).union(select(ProducerMember.user_id))
    people = db.session.execute(select(User.id, User.name, User.email).where(User.id.in_(working)))
    return [key for key, name, email in people if wanted in fold(name) or wanted in email][:MOST_NAMES]


def _subjects(text: str) -> set[str]:
    """The things of this code or number; products, producers, outlets and people of this name, too."""
    kind, colon, key = text.partition(":")
    if colon and kind and key:
        return {text}
    found = {f"{kind}:{code}" for kind in _kinds() for code in {text, text.upper()}}
    pattern = "%" + text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
    for kind, table in _BY_NAME.items():
        named = select(table.code).where(table.name_vi.ilike(pattern, escape="\\")).limit(MOST_NAMES)
        found |= {f"{kind}:{code}" for code in db.session.scalars(named)}
    return found | {f"user:{key}" for key in _people(fold(text))}


def _kinds() -> tuple[str, ...]:
    return (*history.LIES, "order", "setting", "user")


def _place(event: Event) -> str:
    """Where a page ends, for the address of the next."""
    return f"{event.at.isoformat()}~{event.id}"


def _read_place(text: str) -> tuple[datetime, int] | None:
    at, _sep, typed = text.partition("~")
    key = whole(typed)
    if key is None:
        return None
    try:
        moment = datetime.fromisoformat(at)
    except ValueError:
        return None
    return (moment, key) if moment.tzinfo and 1990 <= moment.year <= 2100 else None


def _rows(events: Sequence[Event], *, whole: bool = False) -> list[Row]:
    """Some deeds in words: a handful of queries for the names, however many they are."""
    names = actors.names(event.actor for event in events)
    things = _things({event.subject for event in events})
    named = _named_in(events)
    return [
        Row(
            event.at,
            names.get(event.actor, event.actor),
            event.verb,
            audit_words.told(event, whole=whole, named=named),
            things[event.subject],
        )
        for event in events
    ]


def _named_in(events: Iterable[Event]) -> dict[tuple[str, int], str]:
    """(fact, key) → name, of the producers and people that the facts tell by their keys."""
    said = [side for event in events for side in (event.facts, *event.facts.values()) if isinstance(side, dict)]
    keys = {name: {side[name] for side in said if isinstance(side.get(name), int)} for name in ("producer_id", "user")}
    makers = select(Producer.id, Producer.name_vi).where(Producer.id.in_(keys["producer_id"]))
    named = {("producer_id", key): name for key, name in db.session.execute(makers)} if keys["producer_id"] else {}
    people = actors.names({f"user:{key}" for key in keys["user"]})
    return named | {("user", int(actor.partition(":")[2])): name for actor, name in people.items()}


def _things(subjects: Iterable[str]) -> dict[str, Thing]:
    parted = {subject: (subject.partition(":")[0], subject.partition(":")[2]) for subject in subjects}
    named = _named(parted.values())
    return {subject: _thing(kind, key, named) for subject, (kind, key) in parted.items()}


def _named(parted: Iterable[tuple[str, str]]) -> dict[tuple[str, str], tuple[str, str]]:
    """(kind, key) → (name, slug), of what has one."""
    keys: dict[str, set[str]] = {}
    for kind, key in parted:
        keys.setdefault(kind, set()).add(key)
    found: dict[tuple[str, str], tuple[str, str]] = {}
    for kind, table in _BY_NAME.items():
        if kind in keys:
            rows = db.session.execute(select(table.code, table.name_vi, table.slug).where(table.code.in_(keys[kind])))
            found |= {(kind, code): (name, slug) for code, name, slug in rows}
    for kind, one in _BY_KEY.items():
        ids = [int(key) for key in keys.get(kind, ()) if key.isdecimal()]
        if ids:
            told = db.session.execute(select(*one).where(one[0].in_(ids)))
            found |= {(kind, str(key)): (name, slug) for key, name, slug in told}
    people = {f"user:{key}" for key in keys.get("user", ())}
    found |= {("user", actor.partition(":")[2]): (name, "") for actor, name in actors.names(people).items()}
    return found


def _thing(kind: str, key: str, named: Mapping[tuple[str, str], tuple[str, str]]) -> Thing:
    name, slug = named.get((kind, key), ("", ""))
    if kind == "setting":
        name = setting_words.name(key)
    return Thing(
        fact_words.thing_name(kind), key, name, _url(kind, key, slug), kind not in (*_BY_KEY, "user", "setting")
    )


def _url(kind: str, key: str, slug: str) -> str | None:
    """The page that this officer can open; None where there is none."""
    if kind == "fair":
        return url_for("office.fairs.show", slug=slug) if slug else None
    if slug:
        return url_for(f"shop.{kind}s.show", slug=slug)
    if kind in ("setting", "user") and not bureau.me().province:
        return None
    if kind == "user" and key.isdecimal():
        return url_for("counter.people.show", user_id=int(key))
    endpoint, part = _PAGES.get(kind, ("", ""))
    if endpoint not in current_app.view_functions:
        return None
    values: dict[str, Any] = {part: int(key) if part.endswith("_id") else key}
    return url_for(endpoint, **values)


def _lines(query: Select[Event]) -> Iterator[tuple[spreadsheets.Cell, ...]]:
    last: tuple[datetime, int] | None = None
    while True:
        page = history.older_than(query, *last) if last else query
        events = list(db.session.scalars(page.limit(CHUNK)))
        for row in _rows(events, whole=True):
            yield (
                row.at,
                row.by,
                row.told.deed,
                row.verb,
                f"{row.thing.kind} {row.thing.key}",
                row.thing.name,
                _joined((each.label, each.before) for each in row.told.differences),
                _joined((each.label, each.after) for each in row.told.differences),
                _joined(row.told.more),
            )
        if len(events) < CHUNK:
            return
        last = (events[-1].at, events[-1].id)
        db.session.expunge_all()


def _joined(pairs: Iterable[tuple[str, str]]) -> str:
    return "; ".join(f"{label}: {said}" if label else said for label, said in pairs)
