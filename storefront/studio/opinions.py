"""What buyers say of one's own products, and the producer's answer. Who they are, nobody here learns."""

from dataclasses import dataclass

from flask import Blueprint, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import TextAreaField
from wtforms.validators import Length

from catalog.db import count_rows, db
from catalog.errors import Conflict, Invalid
from catalog.products import Product
from checkout import reviews
from checkout.reviews import Review, ReviewAnswer, ReviewState
from storefront.deeds import KeyedForm
from storefront.fields import KEY, Needed
from storefront.outside import outside
from storefront.paging import paged
from storefront.studio import bench

bp = Blueprint("opinions", __name__, url_prefix="/<producer>/danh-gia")

A_PAGE = 20


class AnswerForm(KeyedForm):
    """The producer's words."""

    words = TextAreaField(
        _l("Lời trả lời"),
        filters=[lambda value: (value or "").strip()],
        validators=[
            Needed(_l("Viết lời trả lời")),
            Length(max=2 * reviews.LONGEST, message=_l("Viết nhiều nhất 2.000 ký tự")),
        ],
    )

    def refuse(self, wrong: Invalid) -> None:
        """What the domain says of it."""
        long = wrong.reason == "too_long"
        self.words.errors = [_("Viết nhiều nhất 2.000 ký tự") if long else _("Viết lời trả lời")]


@dataclass(frozen=True, slots=True)
class Case:
    """A published review and what has been answered."""

    review: Review
    product: Product
    answer: ReviewAnswer | None

    @property
    def open(self) -> bool:
        """Whether an answer can be written."""
        return self.answer is None or self.answer.state is ReviewState.REFUSED


@bp.get("")
def index() -> str:
    """All published ones: first what is still to be answered."""
    found = reviews.of_producer(bench.here().id)
    total = count_rows(found)
    where = paged(total, A_PAGE)
    rows = [Case(*row) for row in db.session.execute(found.offset(where.offset).limit(A_PAGE))]
    return render_template("studio/opinions/index.html", rows=rows, where=where)


@bp.route(f"/<{KEY}:review_id>", methods=["GET", "POST"])
def answer(review_id: int) -> ResponseReturnValue:
    """One review; the producer answers it once."""
    case, form = _case(review_id), AnswerForm()
    if request.method == "POST" and form.validate():
        review = case.review

        def deed() -> str:
            reviews.answer(review, form.words.data, by=bench.me(), at=outside().now())
            flash(_("Đã gửi. Lời trả lời hiện ra sau khi cán bộ đọc."))
            return url_for("studio.opinions.index")

        try:
            return bench.once(form.key.data, deed)
        except Invalid as wrong:
            form.refuse(wrong)
        except Conflict:
            flash(_("Đánh giá này đã có lời trả lời, hoặc không còn được đăng."), "error")
            found = _case(review_id)
            return render_template("studio/opinions/answer.html", case=found, form=form), 409
        case = _case(review_id)
    elif case.answer is not None and request.method == "GET":
        form.words.data = case.answer.words
    return render_template("studio/opinions/answer.html", case=case, form=form), 422 if form.errors else 200


def _case(review_id: int) -> Case:
    return Case(*reviews.get_published(bench.here().id, review_id))
