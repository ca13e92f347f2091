"""Reviews in words: points, names, states, and why something is not shown. Pages of every face say the same."""

from flask_babel import gettext as _

from checkout.reviews import Reason, Review, ReviewState, Score
from storefront import filters


def rating_name(rating: int) -> str:
    """``Rất hài lòng``…"""
    return {
        5: _("Rất hài lòng"),
        4: _("Hài lòng"),
        3: _("Tạm được"),
        2: _("Chưa hài lòng"),
        1: _("Rất không hài lòng"),
    }[rating]


def author(name: str) -> str:
    """``Nguyễn T.``, or what somebody is called who would not be named."""
    return name or _("Khách mua")


def score_words(score: Score) -> str:
    """``4,6/5 điểm · 12 lượt đánh giá``: points in words, for stars are the programme's. Empty without any."""
    if score.average is None:
        return ""
    average, count = filters.decimal(score.average), filters.number(score.count)
    return _("%(average)s/5 điểm · %(count)s lượt đánh giá", average=average, count=count)


def reason_name(reason: Reason) -> str:
    """``Không nói về sản phẩm``…"""
    return {
        Reason.OFF_TOPIC: _("Không nói về sản phẩm"),
        Reason.INSULT: _("Xúc phạm người khác"),
        Reason.PERSONAL_DATA: _("Lộ thông tin cá nhân của ai đó"),
        Reason.UNLAWFUL: _("Trái pháp luật"),
    }[reason]


def state_name(state: ReviewState) -> str:
    """``Chờ duyệt``…"""
    return {
        ReviewState.WRITTEN: _("Chờ duyệt"),
        ReviewState.PUBLISHED: _("Đã đăng"),
        ReviewState.REFUSED: _("Không đăng"),
        ReviewState.WITHDRAWN: _("Đã rút"),
    }[state]


def to_buyer(review: Review) -> str:
    """Where their review stands, in one sentence."""
    if review.state is ReviewState.REFUSED and review.reason:
        return _("Đánh giá của bạn chưa được đăng: %(reason)s.", reason=reason_name(review.reason).lower())
    return {
        ReviewState.WRITTEN: _("Bạn đã cho %(n)s/5 điểm. Lời bạn viết đang chờ cán bộ đọc.", n=review.rating),
        ReviewState.PUBLISHED: _("Bạn đã cho %(n)s/5 điểm, ai cũng đọc được.", n=review.rating),
        ReviewState.WITHDRAWN: _("Bạn đã rút đánh giá này."),
    }[review.state]
