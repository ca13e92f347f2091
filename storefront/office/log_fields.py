"""What the office's logs of visits and of support share: whom an entry is about, and what became of it."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flask import request
from flask_babel import gettext as _
from sqlalchemy import or_, select
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.sql.elements import ColumnElement
from wtforms import SelectChoice

from catalog import goals, history, places
from catalog.clock import vietnam_day
from catalog.db import db
from catalog.errors import Invalid
from catalog.localities import FIRST_YEAR
from catalog.memberships import Officer
from catalog.producers import Producer
from catalog.supports import SupportKind
from catalog.text import fold, has_words
from storefront import actors, filters, programme_words
from storefront.office import bureau
from storefront.outside import outside

MOST_NAMED = 5
"""Producers that are proposed where a name fits several."""


@dataclass(frozen=True, slots=True)
class Change:
    """One field of a correction, in words."""

    label: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Deed:
    """Something that was done to an entry. reason: empty for its first writing."""

    at: datetime
    by: str
    words: str
    reason: str
    changes: tuple[Change, ...]


def communes() -> list[SelectChoice]:
    """The officer's, to choose from."""
    nowhere = SelectChoice("", _("Chọn xã, phường"))
    return [nowhere, *(SelectChoice(commune.code, commune.full_name) for commune in goals.area(bureau.me()))]


def today() -> date:
    """The day that a new entry is of, unless they say another."""
    return vietnam_day(outside().now())


def years() -> list[int]:
    """Years that an entry may be of, this one first."""
    return list(range(today().year, FIRST_YEAR - 1, -1))


def asked_commune() -> str:
    """The one that the address narrows a list to (``xa``); ``""`` for all, and for one that is not theirs."""
    code = request.args.get("xa", "")
    return code if code in {commune.code for commune in goals.area(bureau.me())} else ""


def asked_year(years: list[int]) -> int | None:
    """The year that the address narrows a list to (``nam``), if it is one of these."""
    text = request.args.get("nam", "")
    return int(text) if text in {str(year) for year in years} else None


def find_producer(typed: str, officer: Officer) -> int | None:
    """The key of the producer that is meant by a code or a name; None where nothing was typed.

    Raises Invalid("producer", "unknown" or "several" with ``names``).
    """
    text = typed.strip()
    if not text:
        return None
    mine = select(Producer.id, Producer.code, Producer.name_vi).where(officer.within(Producer.commune_code))
    known = db.session.execute(mine.order_by(Producer.name_vi, Producer.id)).all()
    exact = [
        row for row in known if fold(text) in (fold(row.code), fold(row.name_vi), fold(f"{row.code} {row.name_vi}"))
    ]
    found = exact or [row for row in known if has_words(row.name_vi, text)]
    if not found:
        raise Invalid("producer", "unknown")
    if len(found) > 1:
        raise Invalid("producer", "several", names=[f"{row.code} {row.name_vi}" for row in found[:MOST_NAMED]])
    return int(found[0].id)


def producer_problem(error: Invalid) -> str:
    """What to do about it."""
    if error.reason == "several":
        names: Any = error.facts["names"]
        return _("Có nhiều chủ thể như vậy, hãy ghi mã: %(names)s", names="; ".join(names))
    return _("Không có chủ thể này trong địa bàn của bạn; ghi mã hoặc tên như trong danh sách")


def says(words: str, *columns: InstrumentedAttribute[str]) -> ColumnElement[bool]:
    """SQL: whether one of the columns has these words, in any case.

    SQLite knows the case of ASCII letters only, so a first letter such as Đ is tried as a capital, too.
    """
    forms = {words, words.lower(), words[:1].upper() + words[1:]}
    return or_(*(column.icontains(form, autoescape=True) for column in columns for form in sorted(forms)))


def deeds_of(subject: str, labels: dict[str, str]) -> list[Deed]:
    """What was done to an entry, the last first. labels: fields that are shown, with their names."""
    events = list(db.session.scalars(history.of(subject)))[::-1]
    names = actors.names(event.actor for event in events)
    told = [side for event in events for side in (event.facts.get("before"), event.facts.get("after")) if side]
    makers = _producer_names({side["producer_id"] for side in told if side.get("producer_id")})
    found = []
    for event in events:
        before, after = event.facts.get("before"), event.facts.get("after")
        changes = [
            Change(label, _read(name, before.get(name), makers), _read(name, after.get(name), makers))
            for name, label in labels.items()
            if before and after and before.get(name) != after.get(name)
        ]
        words = _("Đã sửa") if before else _("Đã ghi")
        found.append(Deed(event.at, names[event.actor], words, event.facts.get("reason", ""), tuple(changes)))
    return found


def _read(name: str, told: Any, makers: dict[int, str]) -> str:
    """A value of the history as it is read; nothing is a dash."""
    match name:
        case _ if told in (None, ""):
            return "–"
        case "commune_code":
            return commune_name(told)
        case "producer_id":
            return makers.get(told, "–")
        case "kind":
            return programme_words.support_kind_name(SupportKind(told))
        case "amount":
            return filters.vnd(told)
        case "visited_on" | "given_on":
            return filters.day(date.fromisoformat(told))
        case _:
            return str(told)


def _producer_names(keys: set[int]) -> dict[int, str]:
    found = db.session.execute(select(Producer.id, Producer.name_vi).where(Producer.id.in_(keys))) if keys else ()
    return {key: name for key, name in found}


def commune_name(code: str) -> str:
    """``Phường Hội An``"""
    commune = places.find_commune(code)
    return commune.full_name if commune else code
