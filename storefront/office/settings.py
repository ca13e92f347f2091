"""What the programme has laid down: every setting with its history, and the way to lay down another value.

A change is looked at before it is written: the first button only shows what would be different. Only officers of the
whole programme find these pages.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import Any

from flask import Blueprint, Response, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import Field, FileField, HiddenField, RadioField, SelectChoice, StringField, TextAreaField

from catalog import rulebook
from catalog.clock import vietnam_day
from catalog.errors import Conflict, Invalid, NotFound
from catalog.importing.changes import BadFile
from catalog.rulebook import LONGEST_NOTE, Laid, Setting
from checkout import regulations
from checkout.exchange import CURRENCIES
from checkout.kinds import MOST_BYTES, Foreign, OneOf, Sheet
from storefront import actors, imports, programme, setting_words
from storefront.deeds import KeyedForm
from storefront.fields import DayField, tidy
from storefront.office import bureau
from storefront.outside import outside
from storefront.setting_words import Difference

bp = Blueprint("settings", __name__, url_prefix="/cai-dat")

SHOWN_PROBLEMS = 50


class ChangeForm(KeyedForm):
    """From when, and why. seen: how many entries the page showed."""

    seen = HiddenField()
    begins_on = DayField(_l("Có hiệu lực từ ngày"), default=lambda: vietnam_day(outside().now()))
    note = StringField(_l("Căn cứ, lý do"), filters=[tidy])

    def refuse(self, wrong: Invalid) -> None:
        """Say it beside its field."""
        self[wrong.field].errors = [setting_words.refusal(wrong)]


class LineForm(ChangeForm):
    """One line."""

    value = StringField(filters=[tidy])


class ChoiceForm(ChangeForm):
    """One of a few."""

    value = RadioField(validate_choice=False)


class RateForm(ChangeForm):
    """A rate of exchange."""

    vnd = StringField(_l("Đồng cho một đơn vị"), filters=[tidy])
    margin = StringField(_l("Biên dự phòng, phần trăm"), filters=[tidy])
    source = StringField(_l("Nguồn"), filters=[tidy])


class SheetForm(ChangeForm):
    """A table, typed or from a file; a file that is given counts."""

    value = TextAreaField()
    file = FileField(_l("Hoặc chọn tệp CSV"))

    def take_file(self) -> None:
        """Put the file's text in the place of what was typed."""
        if not request.files.get("file"):
            return
        data = request.files["file"].read(MOST_BYTES + 1)
        try:
            self.value.data = data.decode("utf-8-sig")
        except UnicodeDecodeError:
            self.file.errors = [_("Đây không phải tệp CSV mã UTF-8; trong Excel hãy lưu thành “CSV UTF-8”")]


@dataclass(frozen=True, slots=True)
class Line:
    """A setting in the list. laid: whether anything counts.    planned: what is going to, with its day.    old: a rate that needs a look."""

    name: str
    label: str
    value: str
    begins_on: date | None
    laid: bool
    by: str
    planned: tuple[str, date] | None
    old: bool


@dataclass(frozen=True, slots=True)
class Past:
    """An entry of the history. state: ``past``, ``now`` or ``planned``.    at: None for what stood before any."""

    begins_on: date | None
    changes: Sequence[Difference]
    at: datetime | None
    by: str
    note: str
    state: str


@bp.before_request
def programme_only() -> None:
    """Others have nothing here, and are not told that there is something."""
    if not bureau.me().province:
        raise NotFound("settings")


@bp.get("")
def index() -> str:
    """Everything that can be laid down, with what counts now."""
    lines = _lines()
    grouped = groupby(lines, key=lambda line: regulations.SETTINGS[line.name].section)
    return render_template(
        "office/settings/index.html",
        sections=[(setting_words.section_name(section), list(found)) for section, found in grouped],
        old=[line.label for line in lines if line.old],
    )


@bp.get("/<name>")
def show(name: str) -> str:
    """One setting: what counts, a form for another value, and the history."""
    setting = _setting(name)
    return _page(setting, _form(setting, filled=True))


@bp.post("/<name>/xem")
def check(name: str) -> ResponseReturnValue:
    """What the change would do. Nothing is written; ``sua`` leads back to the form as it was filled."""
    setting = _setting(name)
    form = _form(setting)
    if not form.validate():
        return _page(setting, form), 422
    if isinstance(form, SheetForm):
        form.take_file()
    if "sua" in request.form and not form.errors:
        return _page(setting, form)
    laid = None if form.errors else _proposed(setting, form)
    if laid is None:
        return _page(setting, form), 422
    before = programme.book().value(setting.name, at=laid.begins_at or outside().now())
    return render_template(
        "office/settings/check.html",
        form=form,
        name=setting.name,
        label=setting_words.name(setting.name),
        fields=setting.kind.fields,
        begins_on=laid.begins_on,
        at_once=laid.begins_at == outside().now() or laid.begins_on == vietnam_day(outside().now()),
        note=laid.note,
        changes=setting_words.differences(setting, before, laid.value),
    )


@bp.post("/<name>")
def lay_down(name: str) -> ResponseReturnValue:
    """Write it into the book."""
    setting = _setting(name)
    form = _form(setting)
    if not form.validate():
        return _page(setting, form), 422

    def deed() -> str:
        rulebook.lay_down(
            setting,
            _written(setting, form),
            seen=_number(form.seen.data),
            standing=programme.book(),
            begins_on=form.begins_on.data,
            note=form.note.data,
            by=bureau.me(),
            at=outside().now(),
        )
        flash(_("Đã ghi vào sổ."))
        return url_for("office.settings.show", name=setting.name)

    try:
        return bureau.once(form.key.data, deed)
    except Conflict:
        programme.look_again()
        flash(
            _("Một cán bộ khác vừa ghi thay đổi cho mục này. Hãy xem lại lịch sử bên dưới rồi ghi tiếp nếu vẫn cần."),
            "error",
        )
        form.seen.data = str(programme.book().seen(setting.name))
        return _page(setting, form), 409
    except Invalid as wrong:
        form.refuse(wrong)
    except BadFile as bad:
        _tell(form, bad)
    return _page(setting, form), 422


@bp.get("/<name>/bang")
def table(name: str) -> Response:
    """A table as it counts now, as a file to change and send back. Not found for what is no table."""
    setting = _setting(name)
    if not isinstance(setting.kind, Sheet):
        raise NotFound("no table")
    at = outside().now()
    text = setting.kind.written(programme.book().value(name, at=at), today=vietnam_day(at))["value"]
    headers = {"Content-Disposition": f'attachment; filename="{name}-{vietnam_day(at)}.csv"'}
    return Response(f"\ufeff{text}", mimetype="text/csv", headers=headers)


def _setting(name: str) -> Setting:
    found = regulations.SETTINGS.get(name)
    if found is None:
        raise NotFound(f"setting {name}")
    return found


def _form(setting: Setting, *, filled: bool = False) -> ChangeForm:
    """Empty but for what was sent; filled: with what counts now."""
    kinds: dict[type[Any], type[ChangeForm]] = {OneOf: ChoiceForm, Foreign: RateForm, Sheet: SheetForm}
    form = kinds.get(type(setting.kind), LineForm)()
    if isinstance(form, ChoiceForm):
        form.value.choices = [SelectChoice(*pair) for pair in setting_words.choice_names(setting)]
    if not isinstance(form, RateForm):
        _value(form).label.text = setting_words.name(setting.name)
    if filled:
        at = outside().now()
        book = programme.book()
        form.seen.data = str(book.seen(setting.name))
        standing = book.value(setting.name, at=at)
        for field, text in setting.kind.written(standing, today=vietnam_day(at)).items():
            form[field].data = text
    return form


def _value(form: ChangeForm) -> Field:
    field: Field = form["value"]
    return field


def _written(setting: Setting, form: ChangeForm) -> Mapping[str, str]:
    return {field: form[field].data or "" for field in setting.kind.fields}


def _proposed(setting: Setting, form: ChangeForm) -> Laid | None:
    """What would be written; None when something is wrong, which the form then says."""
    try:
        return rulebook.propose(
            setting,
            _written(setting, form),
            standing=programme.book(),
            begins_on=form.begins_on.data,
            note=form.note.data,
            at=outside().now(),
        )
    except Invalid as wrong:
        form.refuse(wrong)
    except BadFile as bad:
        _tell(form, bad)
    return None


def _tell(form: ChangeForm, bad: BadFile) -> None:
    _value(form).errors = [imports.sentence(problem) for problem in bad.problems[:SHOWN_PROBLEMS]]


def _number(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) < 9 else -1


def _page(setting: Setting, form: ChangeForm) -> str:
    at, book = outside().now(), programme.book()
    laid = book.find_in_force(setting.name, at=at)
    entries = book.of(setting.name)
    names = actors.names(entry.actor for entry in entries if entry.actor)
    kind = setting.kind
    return render_template(
        "office/settings/show.html",
        form=form,
        name=setting.name,
        label=setting_words.name(setting.name),
        hint=setting_words.hint(setting.name),
        value=setting_words.value_words(setting, laid.value if laid else None),
        rows=setting_words.rows_words(setting, laid.value if laid else None),
        begins_on=laid.begins_on if laid else None,
        by=names.get(laid.actor, "") if laid else "",
        columns=list(kind.columns) if isinstance(kind, Sheet) else [],
        unit=getattr(kind, "unit", ""),
        longest_note=LONGEST_NOTE,
        past=_history(setting, entries, names, laid, at),
    )


def _history(
    setting: Setting, entries: Sequence[Laid], names: Mapping[str, str], in_force: Laid | None, at: datetime
) -> list[Past]:
    """The last to begin first. Each beside what counted until then among those written before it."""
    found = []
    for place, entry in enumerate(entries):
        before = [other for other in entries[:place] if other.number <= entry.number]
        planned = entry.begins_at is not None and entry.begins_at > at
        found.append(
            Past(
                begins_on=entry.begins_on,
                changes=setting_words.differences(setting, before[-1].value if before else None, entry.value),
                at=entry.at,
                by=names.get(entry.actor, ""),
                note=entry.note,
                state="planned" if planned else "now" if entry is in_force else "past",
            )
        )
    return found[::-1]


def _lines() -> list[Line]:
    at, book = outside().now(), programme.book()
    today = vietnam_day(at)
    names = actors.names({entry.actor for name in regulations.SETTINGS for entry in book.of(name) if entry.actor})
    exchange, lines = programme.exchange(), []
    old = {regulations.rate_name(code) for code in CURRENCIES if exchange.is_old(code, today)}
    for setting in regulations.SETTINGS.values():
        laid = book.find_in_force(setting.name, at=at)
        coming = [entry for entry in book.of(setting.name) if entry.begins_at and entry.begins_at > at]
        lines.append(
            Line(
                name=setting.name,
                label=setting_words.name(setting.name),
                value=setting_words.value_words(setting, laid.value if laid else None),
                begins_on=laid.begins_on if laid else None,
                laid=laid is not None,
                by=names.get(laid.actor, "") if laid else "",
                planned=_planned(setting, coming),
                old=setting.name in old,
            )
        )
    return lines


def _planned(setting: Setting, coming: Sequence[Laid]) -> tuple[str, date] | None:
    if not coming or coming[0].begins_on is None:
        return None
    day = coming[0].begins_on
    return setting_words.value_words(setting, [entry for entry in coming if entry.begins_on == day][-1].value), day
