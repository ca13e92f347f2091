"""The log of support visits: who went where, what they found, what follows; and how often each locality was visited."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from flask import Blueprint, Response, flash, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import Select
from wtforms import HiddenField, SelectField, StringField, TextAreaField

from catalog import goals, visits
from catalog.db import count_rows, db
from catalog.errors import Conflict, Invalid
from catalog.producers import Producer
from catalog.visits import Visit, VisitFacts
from storefront import programme_words, spreadsheets
from storefront.deeds import KeyedForm
from storefront.extensions import limiter
from storefront.fields import KEY, DayField, tidy, whole
from storefront.office import bureau, log_fields
from storefront.outside import outside
from storefront.paging import paged
from storefront.spreadsheets import Cell

bp = Blueprint("visits", __name__, url_prefix="/tham")

A_PAGE = 30
AT_ONCE = 500
ENOUGH = 2


class VisitForm(KeyedForm):
    """What somebody writes down."""

    visited_on = DayField(_l("Ngày đi"))
    commune_code = SelectField(_l("Xã, phường"), validate_choice=False)
    producer = StringField(_l("Chủ thể"), filters=[tidy])
    who = StringField(_l("Ai đi"), filters=[tidy])
    found = TextAreaField(_l("Đã thấy gì"), filters=[tidy])
    follows = TextAreaField(_l("Việc tiếp theo"), filters=[tidy])

    def facts(self) -> VisitFacts | None:
        """What was typed; None, and a word beside the field, where a producer or day cannot be read."""
        try:
            producer_id = log_fields.find_producer(self.producer.data, bureau.me())
        except Invalid as error:
            self.producer.errors = [log_fields.producer_problem(error)]
            return None
        if self.visited_on.data is None:
            self.visited_on.errors = [_("Ghi ngày đi")]
            return None
        return VisitFacts(
            commune_code=self.commune_code.data or "",
            producer_id=producer_id,
            visited_on=self.visited_on.data,
            who=self.who.data,
            found=self.found.data,
            follows=self.follows.data,
        )

    def refuse(self, error: Invalid) -> None:
        """Put what is wrong beside its field."""
        field = {"producer_id": self.producer}.get(error.field) or self._fields[error.field]
        field.errors = [programme_words.problem(error)]


class CorrectForm(VisitForm):
    """The same, and why it is put right."""

    reason = StringField(_l("Vì sao sửa"), filters=[tidy])
    version = HiddenField()


@bp.get("")
def index() -> str:
    """The newest first, narrowed by commune and year; and how many localities were visited twice this year."""
    area, years = goals.area(bureau.me()), log_fields.years()
    commune, year = log_fields.asked_commune(), log_fields.asked_year(years)
    query = _chosen(commune, year)
    total = count_rows(query)
    paging = paged(total, A_PAGE)
    of_year = year or years[0]
    counts = visits.count_by_commune(
        [each.code for each in area], from_on=date(of_year, 1, 1), to_on=date(of_year, 12, 31)
    )
    return render_template(
        "office/visits/index.html",
        rows=db.session.execute(query.offset(paging.offset).limit(A_PAGE)).all(),
        paging=paging,
        communes=area,
        commune=commune,
        years=years,
        year=year,
        of_year=of_year,
        enough=sum(count >= ENOUGH for count in counts.values()),
        commune_name=log_fields.commune_name,
    )


@bp.get("/tep")
@limiter.limit("30 per minute")
def file() -> Response:
    """The same list as CSV."""
    query = _chosen(log_fields.asked_commune(), log_fields.asked_year(log_fields.years()))
    heads = [_("Ngày đi"), _("Xã, phường"), _("Chủ thể"), _("Ai đi"), _("Đã thấy gì"), _("Việc tiếp theo")]
    return spreadsheets.csv_file("tham", heads, _rows(query))


@bp.route("/moi", methods=["GET", "POST"])
def new() -> ResponseReturnValue:
    """Write a visit down."""
    form = VisitForm(visited_on=log_fields.today(), commune_code=log_fields.asked_commune())
    form.commune_code.choices = log_fields.communes()
    if form.validate_on_submit() and (facts := form.facts()):
        try:
            return bureau.once(form.key.data, lambda: _record(facts))
        except Invalid as error:
            form.refuse(error)
    return render_template("office/visits/new.html", form=form), 422 if form.errors else 200


@bp.get(f"/<{KEY}:visit_id>")
def show(visit_id: int) -> str:
    """One visit, with what was corrected in it."""
    visit = visits.get_visit(visit_id, bureau.me())
    return render_template(
        "office/visits/show.html",
        visit=visit,
        producer=db.session.get(Producer, visit.producer_id) if visit.producer_id else None,
        commune=log_fields.commune_name(visit.commune_code),
        deeds=log_fields.deeds_of(visits.subject_of(visit), _labels()),
    )


@bp.route(f"/<{KEY}:visit_id>/sua", methods=["GET", "POST"])
def correct(visit_id: int) -> ResponseReturnValue:
    """Put right what was written, and say why."""
    visit = visits.get_visit(visit_id, bureau.me())
    producer = db.session.get(Producer, visit.producer_id) if visit.producer_id else None
    form = CorrectForm(obj=visit, producer=f"{producer.code} {producer.name_vi}" if producer else "")
    form.commune_code.choices = log_fields.communes()
    if form.validate_on_submit() and (facts := form.facts()):
        try:
            return bureau.once(form.key.data, lambda: _correct(visit_id, facts, form))
        except Invalid as error:
            form.refuse(error)
        except Conflict:
            form.form_errors.append(_("Người khác vừa sửa lượt này: hãy xem lại rồi sửa lần nữa"))
    return render_template("office/visits/correct.html", form=form, visit=visit), 422 if form.errors else 200


def _record(facts: VisitFacts) -> str:
    visit = visits.record(facts, by=bureau.me(), at=outside().now())
    flash(_("Đã ghi lượt hỗ trợ."))
    return url_for("office.visits.show", visit_id=visit.id)


def _correct(visit_id: int, facts: VisitFacts, form: CorrectForm) -> str:
    visit = visits.get_visit(visit_id, bureau.me())
    version = whole(form.version.data) or 0
    visits.correct(visit, facts, reason=form.reason.data, version=version, by=bureau.me(), at=outside().now())
    flash(_("Đã sửa. Bản cũ còn trong lịch sử."))
    return url_for("office.visits.show", visit_id=visit_id)


def _rows(query: Any) -> Iterator[tuple[Cell, ...]]:
    for visit, producer in db.session.execute(query.execution_options(yield_per=AT_ONCE)):
        yield (
            visit.visited_on, log_fields.commune_name(visit.commune_code), producer.name_vi if producer else None,
            visit.who, visit.found, visit.follows,
        )  # fmt: skip


def _chosen(commune: str, year: int | None) -> Select[Any]:
    query: Any = visits.visits(bureau.me())
    if commune:
        query = query.where(Visit.commune_code == commune)
    if year:
        query = query.where(Visit.visited_on >= date(year, 1, 1), Visit.visited_on <= date(year, 12, 31))
    return query


def _labels() -> dict[str, str]:
    return {
        "visited_on": _("Ngày đi"),
        "commune_code": _("Xã, phường"),
        "producer_id": _("Chủ thể"),
        "who": _("Ai đi"),
        "found": _("Đã thấy gì"),
        "follows": _("Việc tiếp theo"),
    }
