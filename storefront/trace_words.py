"""Traces in words, for producers and officers: their states, what is suspicious, and what happened to a lot."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flask_babel import gettext as _

from catalog import history
from catalog.db import db
from catalog.history import Event
from catalog.traces import Suspicion, TraceState
from storefront import actors, filters

MOST_EVENTS = 60


@dataclass(frozen=True, slots=True)
class Told:
    """One thing that happened. note: what was said, or how it was before and after; may be empty."""

    at: datetime
    what: str
    who: str
    note: str


def state_name(state: TraceState) -> str:
    """``Bản nháp``…"""
    return {TraceState.DRAFT: _("Bản nháp"), TraceState.PUBLISHED: _("Đã công bố")}[state]


def suspicion_name(suspicion: Suspicion) -> str:
    """What speaks for a copied code."""
    return {
        Suspicion.MANY: _("Mã được mở nhiều hơn hẳn số hàng đã làm"),
        Suspicion.ENDED: _("Mã còn được mở lâu sau khi lô đã quá hạn"),
        Suspicion.GONE: _("Mã còn được mở lâu sau khi các điểm đã bán hết"),
    }[suspicion]


def events(lot_id: int, *, known: Collection[int] | None = None) -> list[Told]:
    """What happened to a lot, the last first. known: whose names may be read, keys of users; None for everybody's."""
    newest = history.of(f"lot:{lot_id}").order_by(None).order_by(Event.id.desc()).limit(MOST_EVENTS)
    found = list(db.session.scalars(newest))
    names = actors.names(event.actor for event in found)
    if known is not None:
        others = {actor for actor in names if actor.startswith("user:")} - {f"user:{key}" for key in known}
        names |= dict.fromkeys(others, _("Người của chương trình"))
    words = _verbs()
    return [
        Told(event.at, words[event.verb], names[event.actor], _note(event)) for event in found if event.verb in words
    ]


def _verbs() -> dict[str, str]:
    return {
        "trace.registered": _("Đăng ký lô"),
        "trace.written": _("Sửa bản nháp"),
        "trace.published": _("Công bố"),
        "trace.sourced": _("Ghi nguồn"),
        "trace.tested": _("Ghi kiểm nghiệm"),
        "trace.joined": _("Ghi lô trước đã dùng"),
        "trace.noted": _("Ghi thêm"),
        "trace.removed": _("Bỏ một dòng"),
        "trace.recounted": _("Sửa số lượng"),
        "trace.suspected": _("Dấu hiệu mã bị chép"),
        "lot.tested": _("Ghi kiểm nghiệm theo giấy kèm hàng"),
        "lot.quarantined": _("Tạm dừng bán"),
        "lot.sellable": _("Cho bán lại"),
        "lot.recalled": _("Thu hồi"),
    }


def _note(event: Event) -> str:
    facts = event.facts
    if event.verb == "trace.suspected":
        after = (facts.get("after") or {}).get("suspicion")
        return suspicion_name(Suspicion(after)) if after else _("không còn")
    if event.verb == "trace.recounted":
        before, after = facts["before"]["quantity"], facts["after"]["quantity"]
        return _("%(before)s thành %(after)s: %(reason)s", before=filters.number(before), after=filters.number(after),
                 reason=facts["reason"])  # fmt: skip
    said = facts.get("reason") or facts.get("tests")
    if said:
        return str(said)
    row = facts.get("after") if event.verb != "trace.removed" else facts.get("before")
    if event.verb in ("trace.registered", "trace.written", "trace.published") or not isinstance(row, dict):
        return ""
    return " · ".join(_said(name, value) for name, value in row.items() if value)


def _said(name: str, value: Any) -> str:
    """A fact of a row as people read it; the history keeps days and codes as the machine writes them."""
    if name == "parent":
        return filters.trace_code(value)
    return filters.day(date.fromisoformat(value)) if name.endswith("_on") else str(value)
