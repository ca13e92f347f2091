"""What buyers say: everybody reads it at the product, the buyer writes it behind the order's secret address."""

from flask import Blueprint, Response, abort, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import RadioField, SelectChoice, TextAreaField
from wtforms.validators import Length, StopValidation

from catalog.db import db
from catalog.errors import Conflict, Forbidden, Invalid, NotFound
from catalog.products import get_product
from checkout import orders, reviews
from checkout.orders import Order, OrderLine
from checkout.reviews import Review, ReviewState
from storefront import age, deeds, opinion_words
from storefront.deeds import KeyedForm
from storefront.extensions import limiter
from storefront.i18n import language
from storefront.keeping import kept
from storefront.outside import outside
from storefront.paging import paged
from storefront.shop.orders import keep_secret

bp = Blueprint("reviews", __name__)

A_PAGE = 10
_LINE = "/don-hang/<token>/danh-gia/<int(max=9999):position>"


class ReviewForm(KeyedForm):
    """Points, words, and whether the name is shown."""

    rating = RadioField(
        _l("Bạn cho mấy điểm?"),
        choices=[SelectChoice(str(rating), str(rating)) for rating in reviews.RATINGS],
        validate_choice=False,
    )
    words = TextAreaField(
        _l("Bạn thấy món này thế nào?"),
        validators=[Length(max=2 * reviews.LONGEST, message=_l("Viết nhiều nhất 2.000 ký tự"))],
    )
    named = RadioField(_l("Hiện tên bạn thế nào?"), choices=[], default="co", validate_choice=False)

    def name_choices(self, shown: str) -> None:
        """Points in words; the name as it would be shown, where there is one."""
        points = [
            SelectChoice(str(rating), _("%(n)s điểm: %(words)s", n=rating, words=opinion_words.rating_name(rating)))
            for rating in reviews.RATINGS
        ]
        self.rating.choices = points
        nameless = SelectChoice("khong", opinion_words.author(""))
        self.named.choices = [SelectChoice("co", shown), nameless] if shown else [nameless]
        if self.named.data not in [choice.value for choice in self.named.choices]:
            self.named.data = self.named.choices[0].value

    def validate_rating(self, field: RadioField) -> None:
        if field.data not in [str(rating) for rating in reviews.RATINGS]:
            raise StopValidation(_("Chọn từ 1 đến 5 điểm"))

    def refuse_long(self) -> None:
        """More than fits."""
        self.words.errors = [_("Viết nhiều nhất 2.000 ký tự")]


@bp.get("/san-pham/<slug>/danh-gia")
@kept
def index(slug: str) -> ResponseReturnValue:
    """All published reviews of a product, the newest first."""
    product = get_product(slug, alcohol=age.shows_alcohol())
    score = reviews.score_of(product.id)
    where = paged(score.count, A_PAGE)
    found = reviews.opinions(product.id, offset=where.offset, limit=A_PAGE)
    name = product.name_en if language() == "en" and product.name_en else product.name_vi
    return render_template("shop/reviews/index.html", product=product, name=name, opinions=found, where=where)


@bp.route(_LINE, methods=["GET", "POST"])
@limiter.limit("20 per minute", methods=["POST"])
def write(token: str, position: int) -> ResponseReturnValue:
    """The buyer writes a review of one line, or looks at the one they have written."""
    order, line = _line(token, position)
    review = reviews.of_order(order.id).get(line.id)
    form = ReviewForm()
    form.name_choices(reviews.shown_name(order.name))
    writable = review is None or review.state is ReviewState.REFUSED
    if request.method == "POST" and form.validate():
        try:
            return deeds.once(form.key.data, lambda: _write(token, position, form), actor=orders.subject_of(order))
        except Invalid:
            form.refuse_long()
        except Forbidden:
            form.form_errors = [_("Đây là hàng của chính chủ thể bạn tham gia, nên bạn không đánh giá được.")]
        except Conflict:
            flash(_("Món này đã được đánh giá rồi."), "error")
            order, line = _line(token, position)
            return _page(order, line, reviews.of_order(order.id).get(line.id), form, writable=False), 409
    return _page(order, line, review, form, writable=writable), 422 if form.errors else 200


@bp.post(f"{_LINE}/rut")
@limiter.limit("20 per minute")
def withdraw(token: str, position: int) -> ResponseReturnValue:
    """The buyer takes it back."""
    order, line = _line(token, position)
    review = reviews.of_order(order.id).get(line.id) or abort(404)
    key, number = deeds.sent_key(), review.id

    def deed() -> str:
        reviews.withdraw(db.session.get_one(Review, number), at=outside().now())
        flash(_("Đã rút đánh giá. Lời và tên của bạn đã được xóa."))
        return url_for("shop.orders.show", token=token)

    try:
        return deeds.once(key, deed, actor=orders.subject_of(order))
    except Conflict:
        flash(_("Đánh giá này đã được rút rồi."), "error")
        order, line = _line(token, position)
        form = ReviewForm()
        form.name_choices("")
        return _page(order, line, reviews.of_order(order.id).get(line.id), form, writable=False), 409


@bp.after_request
def keep_secret_too(response: Response) -> Response:
    """The pages behind an order's address are kept like the order's own."""
    return keep_secret(response) if request.view_args and "token" in request.view_args else response


def _write(token: str, position: int, form: ReviewForm) -> str:
    review = reviews.write(
        _order(token),
        position,
        rating=int(form.rating.data),
        words=form.words.data or "",
        named=form.named.data == "co",
        at=outside().now(),
    )
    waiting = review.state is ReviewState.WRITTEN
    flash(_("Cảm ơn bạn. Đánh giá sẽ hiện sau khi cán bộ đọc.") if waiting else _("Cảm ơn bạn. Đánh giá đã được đăng."))
    return url_for("shop.orders.show", token=token)


def _page(order: Order, line: OrderLine, review: Review | None, form: ReviewForm, *, writable: bool) -> str:
    if writable and review and request.method == "GET":
        form.rating.data, form.words.data = str(review.rating), review.words
    return render_template(
        "shop/reviews/write.html",
        order=order,
        line=line,
        name=line.name_en if language() == "en" else line.name_vi,
        review=review,
        form=form,
        writable=writable,
        told=opinion_words.to_buyer(review) if review else None,
        withdraw_key=deeds.new_key(),
    )


def _order(token: str) -> Order:
    order = orders.find_by_token(token)
    if order is None:
        raise NotFound("order")
    return order


def _line(token: str, position: int) -> tuple[Order, OrderLine]:
    """A line whose goods have arrived."""
    order = _order(token)
    line = next((line for line in order.lines if line.position == position), None)
    if line is None or line.id not in reviews.received(order.id):
        raise NotFound(f"line {position}")
    return order, line
