"""Judging what buyers and producers write: an officer lets it stand, or refuses it for one of four reasons.

A low rating is no reason, and nothing here changes a word: it is shown as it was written, or not at all.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from flask import Blueprint, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.sql.elements import ColumnElement
from wtforms import HiddenField, RadioField, SelectChoice, TextAreaField
from wtforms.validators import Length, StopValidation, ValidationError

from catalog.db import count_rows, db
from catalog.errors import Conflict
from catalog.products import Product
from checkout import reviews
from checkout.reviews import Reason, Review, ReviewAnswer, ReviewState
from storefront import opinion_words
from storefront.deeds import KeyedForm
from storefront.fields import KEY, tidy, whole
from storefront.office import bureau
from storefront.outside import outside
from storefront.paging import paged

bp = Blueprint("opinions", __name__, url_prefix="/danh-gia")

A_PAGE = 20
_ANSWER = "tl-"
"""Before the names of the answer's fields: both can be judged on one page."""
F = TypeVar("F", bound="JudgeForm")
TABS: dict[str, Callable[[], ColumnElement[bool]]] = {
    "cho": reviews.to_judge,
    "da-dang": lambda: Review.state == ReviewState.PUBLISHED,
    "khong-dang": lambda: Review.state == ReviewState.REFUSED,
}


class JudgeForm(KeyedForm):
    """A button, and the version that was read."""

    version = HiddenField()

    def validate_version(self, field: HiddenField) -> None:
        if whole(field.data) is None:
            raise ValidationError(_("Trang này đã cũ, hãy tải lại rồi gửi lần nữa"))

    @property
    def seen(self) -> int:
        """The version that was read."""
        return whole(self.version.data) or 0


class RefuseForm(JudgeForm):
    """Why it is not shown."""

    reason = RadioField(
        _l("Vì sao không đăng?"),
        choices=[SelectChoice(reason.value, reason.value) for reason in Reason],
        validate_choice=False,
    )
    note = TextAreaField(
        _l("Ghi thêm cho người viết"),
        filters=[tidy],
        validators=[Length(max=reviews.LONGEST_NOTE, message=_l("Viết nhiều nhất 300 ký tự"))],
    )

    def name_reasons(self) -> "RefuseForm":
        """The reasons in words."""
        self.reason.choices = [SelectChoice(reason.value, opinion_words.reason_name(reason)) for reason in Reason]
        return self

    def validate_reason(self, field: RadioField) -> None:
        if field.data not in [reason.value for reason in Reason]:
            raise StopValidation(_("Chọn một lý do; chê sản phẩm không phải là lý do"))


@dataclass(frozen=True, slots=True)
class Case:
    """What is to be judged."""

    review: Review
    product: Product
    answer: ReviewAnswer | None


@bp.get("")
def index() -> str:
    """What waits, the oldest first; what is shown and what is not, the newest first."""
    asked = request.args.get("xem", "")
    tab = asked if asked in TABS else "cho"
    found = reviews.seen_by(bureau.me()).where(TABS[tab]())
    total = count_rows(found)
    where = paged(total, A_PAGE)
    if tab != "cho":
        found = found.order_by(None).order_by(Review.written_at.desc(), Review.id.desc())
    rows = [Case(*row) for row in db.session.execute(found.offset(where.offset).limit(A_PAGE))]
    return render_template("office/opinions/index.html", rows=rows, tab=tab, where=where)


@bp.get(f"/<{KEY}:review_id>")
def show(review_id: int) -> str:
    """One review, its answer, and what can be done with each."""
    return _page(review_id)


@bp.post(f"/<{KEY}:review_id>/dang")
def publish(review_id: int) -> ResponseReturnValue:
    """It may be read by everybody."""
    review = _case(review_id).review

    def deed(form: JudgeForm) -> None:
        reviews.publish(review, version=form.seen, by=bureau.me(), at=outside().now())
        flash(_("Đã đăng."))

    return _judge(review_id, JudgeForm(), deed)


@bp.post(f"/<{KEY}:review_id>/khong-dang")
def refuse(review_id: int) -> ResponseReturnValue:
    """It is not shown, or no longer; who wrote it reads why."""
    review = _case(review_id).review

    def deed(form: RefuseForm) -> None:
        reason, by = Reason(form.reason.data), bureau.me()
        reviews.refuse(review, reason, form.note.data, version=form.seen, by=by, at=outside().now())
        flash(_("Không đăng. Người viết thấy lý do ở trang đơn hàng và sửa lại được."))

    return _judge(review_id, RefuseForm().name_reasons(), deed)


@bp.post(f"/<{KEY}:review_id>/tra-loi/dang")
def publish_answer(review_id: int) -> ResponseReturnValue:
    """The answer may be read by everybody."""
    review = _case(review_id).review

    def deed(form: JudgeForm) -> None:
        reviews.publish_answer(review, version=form.seen, by=bureau.me(), at=outside().now())
        flash(_("Đã đăng lời trả lời."))

    return _judge(review_id, JudgeForm(prefix=_ANSWER), deed)


@bp.post(f"/<{KEY}:review_id>/tra-loi/khong-dang")
def refuse_answer(review_id: int) -> ResponseReturnValue:
    """The answer is not shown, or no longer; the producer reads why."""
    review = _case(review_id).review

    def deed(form: RefuseForm) -> None:
        reason, by = Reason(form.reason.data), bureau.me()
        reviews.refuse_answer(review, reason, form.note.data, version=form.seen, by=by, at=outside().now())
        flash(_("Không đăng lời trả lời. Chủ thể thấy lý do và viết lại được."))

    return _judge(review_id, RefuseForm(prefix=_ANSWER).name_reasons(), deed)


def _judge(review_id: int, form: F, deed: Callable[[F], None]) -> ResponseReturnValue:
    if not form.validate():
        told = form if isinstance(form, RefuseForm) and not (form.key.errors or form.version.errors) else None
        if told is None:
            flash(_("Trang này đã cũ, hãy xem lại rồi bấm lần nữa."), "error")
        return _page(review_id, told), 422

    def act() -> str:
        deed(form)
        return url_for("office.opinions.index")

    try:
        return bureau.once(form.key.data, act)
    except Conflict:
        flash(_("Người khác vừa xử lý hoặc người viết vừa sửa. Hãy đọc lại rồi quyết."), "error")
        return _page(review_id), 409


def _case(review_id: int) -> Case:
    return Case(*reviews.get_seen(bureau.me(), review_id))


def _page(review_id: int, told: RefuseForm | None = None) -> str:
    """told: the form that was sent with something wrong in it."""
    case = _case(review_id)
    forms = {prefix: RefuseForm(formdata=None, prefix=prefix).name_reasons() for prefix in ("", _ANSWER)}
    if told is not None:
        forms[told._prefix] = told
    return render_template(
        "office/opinions/show.html",
        case=case,
        answer=case.answer if case.review.state is ReviewState.PUBLISHED else None,
        form=forms[""],
        reply_form=forms[_ANSWER],
        concerned=reviews.concerns(case.review, bureau.me().user_id),
    )
