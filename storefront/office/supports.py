"""The log of support: what was given to whom, how much, and out of which fund."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from flask import Blueprint, Response, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import Select, func
from wtforms import HiddenField, SelectChoice, SelectField, StringField, TextAreaField

from catalog import goals, supports
from catalog.db import db
from catalog.errors import Conflict, Invalid
from catalog.producers import Producer
from catalog.supports import Support, SupportFacts, SupportKind
from storefront import cash, programme_words, spreadsheets
from storefront.deeds import KeyedForm
from storefront.extensions import limiter
from storefront.fields import KEY, DayField, tidy, whole
from storefront.filters import number
from storefront.office import bureau, log_fields
from storefront.outside import outside
from storefront.paging import paged
from storefront.spreadsheets import Cell

bp = Blueprint("supports", __name__, url_prefix="/ho-tro")

A_PAGE = 30
AT_ONCE = 500


class SupportForm(KeyedForm):
    """What somebody writes down."""

    kind = SelectField(_l("Hỗ trợ gì"), choices=[kind.value for kind in SupportKind])
    given_on = DayField(_l("Ngày"))
    commune_code = SelectField(_l("Xã, phường"), validate_choice=False)
    producer = StringField(_l("Chủ thể"), filters=[tidy])
    amount = StringField(_l("Số tiền"), filters=[tidy])
    fund = StringField(_l("Nguồn kinh phí"), filters=[tidy])
    what = TextAreaField(_l("Nội dung"), filters=[tidy])

    def offer(self) -> None:
        """Name the kinds and the officer's communes."""
        self.kind.choices = [SelectChoice(kind.value, programme_words.support_kind_name(kind)) for kind in SupportKind]
        self.commune_code.choices = log_fields.communes()

    def facts(self) -> SupportFacts | None:
        """What was typed; None, and a word beside each field that cannot be read."""
        producer_id = amount = None
        try:
            producer_id = log_fields.find_producer(self.producer.data, bureau.me())
        except Invalid as error:
            self.producer.errors = [log_fields.producer_problem(error)]
        try:
            amount = cash.read(self.amount.data).minor if self.amount.data else None
        except Invalid as error:
            self.amount.errors = [cash.words(error)]
        if self.given_on.data is None:
            self.given_on.errors = [_("Ghi ngày hỗ trợ")]
        if self.errors:
            return None
        return SupportFacts(
            kind=SupportKind(self.kind.data),
            commune_code=self.commune_code.data or "",
            producer_id=producer_id,
            given_on=self.given_on.data,
            amount=amount,
            fund=self.fund.data,
            what=self.what.data,
        )

    def refuse(self, error: Invalid) -> None:
        """Put what is wrong beside its field."""
        field = {"producer_id": self.producer}.get(error.field) or self._fields[error.field]
        field.errors = [programme_words.problem(error)]


class CorrectForm(SupportForm):
    """The same, and why it is put right."""

    reason = StringField(_l("Vì sao sửa"), filters=[tidy])
    version = HiddenField()


@bp.get("")
def index() -> str:
    """The newest first, narrowed by commune, year and kind, with their sum."""
    years = log_fields.years()
    commune, year, kind = log_fields.asked_commune(), log_fields.asked_year(years), _asked_kind()
    query = _chosen(commune, year, kind)
    counted = query.order_by(None).with_only_columns(
        func.count(), func.sum(Support.amount), func.count(Support.amount), maintain_column_froms=True
    )
    total, amount, priced = db.session.execute(counted).one()
    paging = paged(total, A_PAGE)
    return render_template(
        "office/supports/index.html",
        rows=db.session.execute(query.offset(paging.offset).limit(A_PAGE)).all(),
        paging=paging,
        amount=int(amount or 0),
        unpriced=total - priced,
        communes=goals.area(bureau.me()),
        commune=commune,
        years=years,
        year=year,
        kinds=[(kind.value, programme_words.support_kind_name(kind)) for kind in SupportKind],
        kind=kind.value if kind else "",
        kind_name=programme_words.support_kind_name,
        commune_name=log_fields.commune_name,
    )


@bp.get("/tep")
@limiter.limit("30 per minute")
def file() -> Response:
    """The same list as CSV."""
    query = _chosen(log_fields.asked_commune(), log_fields.asked_year(log_fields.years()), _asked_kind())
    heads = [
        _("Ngày"), _("Hỗ trợ gì"), _("Xã, phường"), _("Chủ thể"), _("Số tiền (₫)"), _("Nguồn kinh phí"), _("Nội dung"),
    ]  # fmt: skip
    return spreadsheets.csv_file("ho-tro", heads, _rows(query))


@bp.route("/moi", methods=["GET", "POST"])
def new() -> ResponseReturnValue:
    """Write support down."""
    form = SupportForm(given_on=log_fields.today(), commune_code=log_fields.asked_commune())
    form.offer()
    if form.validate_on_submit() and (facts := form.facts()):
        try:
            return bureau.once(form.key.data, lambda: _record(facts))
        except Invalid as error:
            form.refuse(error)
    return render_template("office/supports/new.html", form=form), 422 if form.errors else 200


@bp.get(f"/<{KEY}:support_id>")
def show(support_id: int) -> str:
    """One act of support, with what was corrected in it."""
    support = supports.get_support(support_id, bureau.me())
    return render_template(
        "office/supports/show.html",
        support=support,
        producer=db.session.get(Producer, support.producer_id) if support.producer_id else None,
        commune=log_fields.commune_name(support.commune_code),
        kind_name=programme_words.support_kind_name,
        deeds=log_fields.deeds_of(supports.subject_of(support), _labels()),
    )


@bp.route(f"/<{KEY}:support_id>/sua", methods=["GET", "POST"])
def correct(support_id: int) -> ResponseReturnValue:
    """Put right what was written, and say why."""
    support = supports.get_support(support_id, bureau.me())
    producer = db.session.get(Producer, support.producer_id) if support.producer_id else None
    form = CorrectForm(
        kind=support.kind.value,
        given_on=support.given_on,
        commune_code=support.commune_code,
        producer=f"{producer.code} {producer.name_vi}" if producer else "",
        amount="" if support.amount is None else number(support.amount),
        fund=support.fund,
        what=support.what,
        version=str(support.version),
    )
    form.offer()
    if form.validate_on_submit() and (facts := form.facts()):
        try:
            return bureau.once(form.key.data, lambda: _correct(support_id, facts, form))
        except Invalid as error:
            form.refuse(error)
        except Conflict:
            form.form_errors.append(_("Người khác vừa sửa mục này: hãy xem lại rồi sửa lần nữa"))
    return render_template("office/supports/correct.html", form=form, support=support), 422 if form.errors else 200


def _record(facts: SupportFacts) -> str:
    support = supports.record(facts, by=bureau.me(), at=outside().now())
    flash(_("Đã ghi hỗ trợ."))
    return url_for("office.supports.show", support_id=support.id)


def _correct(support_id: int, facts: SupportFacts, form: CorrectForm) -> str:
    support = supports.get_support(support_id, bureau.me())
    version = whole(form.version.data) or 0
    supports.correct(support, facts, reason=form.reason.data, version=version, by=bureau.me(), at=outside().now())
    flash(_("Đã sửa. Bản cũ còn trong lịch sử."))
    return url_for("office.supports.show", support_id=support_id)


def _rows(query: Any) -> Iterator[tuple[Cell, ...]]:
    for support, producer in db.session.execute(query.execution_options(yield_per=AT_ONCE)):
        yield (
            support.given_on, programme_words.support_kind_name(support.kind),
            log_fields.commune_name(support.commune_code), producer.name_vi if producer else None, support.amount,
            support.fund, support.what,
        )  # fmt: skip


def _asked_kind() -> SupportKind | None:
    text = request.args.get("loai", "")
    return SupportKind(text) if text in {kind.value for kind in SupportKind} else None


def _chosen(commune: str, year: int | None, kind: SupportKind | None) -> Select[Any]:
    query: Any = supports.supports(bureau.me())
    if commune:
        query = query.where(Support.commune_code == commune)
    if year:
        query = query.where(Support.given_on >= date(year, 1, 1), Support.given_on <= date(year, 12, 31))
    if kind:
        query = query.where(Support.kind == kind)
    return query


def _labels() -> dict[str, str]:
    return {
        "kind": _("Hỗ trợ gì"),
        "given_on": _("Ngày"),
        "commune_code": _("Xã, phường"),
        "producer_id": _("Chủ thể"),
        "amount": _("Số tiền"),
        "fund": _("Nguồn kinh phí"),
        "what": _("Nội dung"),
    }
