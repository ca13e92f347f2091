"""Applications of producers: the officer of their commune verifies, then accepts or refuses them."""

from dataclasses import dataclass
from datetime import timedelta

from flask import Blueprint, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, RadioField, SelectChoice, TextAreaField
from wtforms.validators import InputRequired, Length

from catalog import applications, places
from catalog.applications import (
    LONGEST_REASON,
    AlreadyDecided,
    Application,
    ApplicationState,
    HasMembers,
    Namesake,
)
from catalog.clock import vietnam_day
from catalog.db import count_rows, db
from catalog.errors import Invalid
from catalog.producers import Producer
from storefront import actors, filters
from storefront.deeds import KeyedForm
from storefront.fields import Needed, tidy
from storefront.office import bureau
from storefront.outside import outside
from storefront.paging import paged

bp = Blueprint("applications", __name__, url_prefix="/ho-so")

A_PAGE = 40
LATE = timedelta(days=7)
"""Whoever has waited longer than this stands out."""
NEW = "new"
"""The choice of ``existing`` that makes a new producer: no producer's code is in small letters."""


class AcceptForm(KeyedForm):
    """Which producer it is, and that somebody has looked."""

    existing = RadioField(_l("Chủ thể này là"), validate_choice=False, default=NEW)
    verified = BooleanField(
        _l("Tôi đã đối chiếu số đăng ký, nơi làm và người liên hệ"),
        validators=[InputRequired(_l("Đối chiếu xong hãy đánh dấu ô này"))],
    )

    def offer(self, found: list[Namesake]) -> None:
        """A new one, or one of those that it may be."""
        known = [SelectChoice(n.producer.code, f"{n.producer.code} {n.producer.name_vi}") for n in found]
        self.existing.choices = [SelectChoice(NEW, _("Chủ thể mới")), *known]

    @property
    def code(self) -> str | None:
        """Of the producer chosen; None for a new one."""
        return None if self.existing.data in (NEW, "", None) else str(self.existing.data)


class RefuseForm(KeyedForm):
    """Why not."""

    reason = TextAreaField(
        _l("Lý do"),
        filters=[tidy],
        validators=[
            Needed(_l("Viết lý do, người nộp đọc được nguyên văn")),
            Length(max=LONGEST_REASON, message=_l("Lý do dài quá %(max)d ký tự")),
        ],
    )


@dataclass(frozen=True, slots=True)
class Row:
    """One application in the list. days: that it has waited, or 0 once answered."""

    application: Application
    place: str
    days: int
    late: bool


@bp.get("")
def index() -> str:
    """Those that wait, the oldest first; or those answered, the latest first."""
    answered = request.args.get("muc") == "xong"
    me, now = bureau.me(), outside().now()
    waiting, done = applications.waiting(me), applications.decided(me)
    counts = [count_rows(waiting), count_rows(done)]
    paging = paged(counts[answered], A_PAGE)
    shown = db.session.scalars((done if answered else waiting).limit(A_PAGE).offset(paging.offset))
    today = vietnam_day(now)
    rows = [Row(a, _place(a), (today - vietnam_day(a.received_at)).days, now - a.received_at > LATE) for a in shown]
    return render_template("office/applications/index.html", rows=rows, answered=answered, counts=counts, paging=paging)


@bp.get("/<reference>")
def show(reference: str) -> str:
    """One application, and what can be answered."""
    return _page(_seen(reference), AcceptForm(formdata=None), RefuseForm(formdata=None))


@bp.post("/<reference>/nhan")
def accept(reference: str) -> ResponseReturnValue:
    """Take the producer in; the letter with the link goes out."""
    application, form = _seen(reference), AcceptForm()
    form.offer(applications.namesakes(application))
    if form.validate():
        try:
            return bureau.once(form.key.data or "", lambda: _accept(application, form.code))
        except AlreadyDecided as decided:
            return _too_late(reference, decided)
        except HasMembers as busy:
            form.existing.errors = [
                _("%(code)s đã có người viết; hãy nhờ họ mời người này, và trả hồ sơ.", code=busy.code)
            ]
        except Invalid as wrong:
            form.existing.errors = [_existing_words(wrong)]
    return _page(_seen(reference), form, RefuseForm(formdata=None)), 422


@bp.post("/<reference>/tra")
def refuse(reference: str) -> ResponseReturnValue:
    """Send it back with a reason."""
    application, form = _seen(reference), RefuseForm()
    if form.validate():
        try:
            return bureau.once(form.key.data or "", lambda: _refuse(application, form.reason.data or ""))
        except AlreadyDecided as decided:
            return _too_late(reference, decided)
    return _page(_seen(reference), AcceptForm(formdata=None), form), 422


def _seen(reference: str) -> Application:
    application = applications.get_application(reference)
    bureau.me().must_see(application.commune_code)
    return application


def _accept(application: Application, code: str | None) -> str:
    producer = applications.accept(application, existing=code, by=bureau.me(), at=outside().now())
    flash(_("Đã nhận %(name)s, mã %(code)s. Thư mời đang gửi đến %(email)s.", name=producer.name_vi,
            code=producer.code, email=application.email))  # fmt: skip
    return url_for("office.applications.show", reference=application.reference)


def _refuse(application: Application, reason: str) -> str:
    applications.refuse(application, reason, by=bureau.me(), at=outside().now())
    flash(_("Đã trả hồ sơ; thư đang gửi đến %(email)s.", email=application.email))
    return url_for("office.applications.show", reference=application.reference)


def _too_late(reference: str, decided: AlreadyDecided) -> ResponseReturnValue:
    """Another officer was quicker: say who and when, and show what they answered."""
    who = actors.names([decided.by])[decided.by]
    moment = filters.moment(decided.at) if decided.at else ""
    if decided.state is ApplicationState.ACCEPTED:
        flash(
            _("%(who)s đã nhận hồ sơ này lúc %(moment)s. Câu trả lời của bạn không được ghi.", who=who, moment=moment),
            "error",
        )
    else:
        flash(
            _("%(who)s đã trả hồ sơ này lúc %(moment)s. Câu trả lời của bạn không được ghi.", who=who, moment=moment),
            "error",
        )
    return _page(_seen(reference), AcceptForm(formdata=None), RefuseForm(formdata=None)), 409


def _page(application: Application, accept_form: AcceptForm, refuse_form: RefuseForm) -> str:
    found = applications.namesakes(application) if application.state is ApplicationState.RECEIVED else []
    accept_form.offer(found)
    if not accept_form.is_submitted():
        accept_form.existing.data = next((n.producer.code for n in found if n.same_number), NEW)
    producer = db.session.get(Producer, application.producer_id) if application.producer_id else None
    return render_template(
        "office/applications/show.html",
        application=application,
        place=_place(application),
        accept_form=accept_form,
        refuse_form=refuse_form,
        hints={n.producer.code: _hint(n) for n in found},
        who=actors.names([application.decided_by])[application.decided_by] if application.decided_by else "",
        producer=producer,
    )


def _hint(found: Namesake) -> str:
    place = places.get_commune(found.producer.commune_code).full_name
    number = _("cùng số đăng ký") if found.same_number else _("chưa có số đăng ký")
    people = _("đã có %(n)s người viết", n=found.members) if found.members else _("chưa có người viết")
    return f"{place}; {number}; {people}"


def _place(application: Application) -> str:
    return places.get_commune(application.commune_code).full_name


def _existing_words(wrong: Invalid) -> str:
    if wrong.reason == "taken":
        return _("Số đăng ký này là của %(code)s; hãy chọn chủ thể ấy, hoặc trả hồ sơ", code=wrong.facts["code"])
    return _("Chủ thể này không chọn được nữa; hãy xem lại danh sách")
