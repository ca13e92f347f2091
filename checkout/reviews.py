"""Reviews: what buyers say of goods they have received, and what their producers answer.

A review belongs to one line of an order whose goods were handed over: one line, one review. Words wait for an officer,
who may refuse them only for a ``Reason``; a low rating is none, for Law 19/2023 forbids hiding what displeases. A rating
without words shows at once: there is nothing in it to judge. The producer answers a published review once, and that is
judged likewise. What was refused may be written anew; what the buyer withdraws is gone, words and name.

The score counts published reviews only. It is the buyers' opinion and has nothing to do with OCOP stars.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    Select,
    SmallInteger,
    Text,
    and_,
    case,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, mapped_column, relationship
from sqlalchemy.sql.elements import ColumnElement

from catalog import history, makers, sequence
from catalog.clock import vietnam_day
from catalog.db import Base, BigKey, UtcDateTime, count_rows, db, enum_column, text_column
from catalog.errors import Conflict, Forbidden, Invalid, NotFound
from catalog.makers import Maker
from catalog.memberships import Officer
from catalog.products import Product
from catalog.text import nfc
from checkout import orders
from checkout.orders import Fulfilment, FulfilmentPick, FulfilmentState, Order, OrderLine
from checkout.placing import BUYER

RATINGS = (5, 4, 3, 2, 1)
LONGEST = 2000
LONGEST_NOTE = 300
LONGEST_NAME = 24
RECEIVED = (FulfilmentState.HANDED_OVER, FulfilmentState.DELIVERED)
"""Where the goods of an outlet's share are with their buyer."""


class ReviewState(StrEnum):
    """How far something somebody wrote has come. Answers are never withdrawn."""

    WRITTEN = "written"
    PUBLISHED = "published"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


NEXT: dict[ReviewState, frozenset[ReviewState]] = {
    ReviewState.WRITTEN: frozenset({ReviewState.PUBLISHED, ReviewState.REFUSED, ReviewState.WITHDRAWN}),
    ReviewState.PUBLISHED: frozenset({ReviewState.REFUSED, ReviewState.WITHDRAWN}),
    ReviewState.REFUSED: frozenset({ReviewState.WRITTEN, ReviewState.PUBLISHED, ReviewState.WITHDRAWN}),
    ReviewState.WITHDRAWN: frozenset(),
}


class Reason(StrEnum):
    """The only reasons for not showing what somebody wrote. That it displeases is not among them."""

    OFF_TOPIC = "off_topic"
    INSULT = "insult"
    PERSONAL_DATA = "personal_data"
    UNLAWFUL = "unlawful"


class Review(Base):
    """One buyer's opinion of one line. ``shown_name``: ``Nguyễn T.``, empty for who would not be named.

    ``decided_by`` is ``system`` for a rating without words. ``note``: an officer's words about a refusal.
    ``version`` grows with every step, so that nobody judges what they have not read.
    """

    __tablename__ = "reviews"
    __table_args__ = (
        CheckConstraint("rating BETWEEN 1 AND 5", name="rating_of_five"),
        CheckConstraint("(state = 'refused') = (reason IS NOT NULL)", name="refused_for_a_reason"),
        Index("ix_reviews_product_id_state", "product_id", "state", "written_at"),
        Index("ix_reviews_state_written_at", "state", "written_at"),
    )

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    line_id: Mapped[int] = mapped_column(ForeignKey("order_lines.id"), unique=True)
    product_id: Mapped[int] = mapped_column(ForeignKey("products.id"))
    state: Mapped[ReviewState] = mapped_column(enum_column(ReviewState))
    rating: Mapped[int] = mapped_column(SmallInteger)
    words: Mapped[str] = mapped_column(Text, default="")
    shown_name: Mapped[str] = mapped_column(text_column(60), default="")
    language: Mapped[str] = mapped_column(text_column(2))
    written_at: Mapped[datetime] = mapped_column(UtcDateTime)
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    decided_by: Mapped[str] = mapped_column(text_column(64), default="")
    reason: Mapped[Reason | None] = mapped_column(enum_column(Reason))
    note: Mapped[str] = mapped_column(text_column(LONGEST_NOTE), default="")
    version: Mapped[int] = mapped_column(Integer, default=1)

    line: Mapped[OrderLine] = relationship(lazy="raise_on_sql")
    product: Mapped[Product] = relationship(lazy="raise_on_sql")


class ReviewAnswer(Base):
    """What the producer says to it. ``answered_by``: the member who wrote it."""

    __tablename__ = "review_answers"
    __table_args__ = (
        CheckConstraint("(state = 'refused') = (reason IS NOT NULL)", name="refused_for_a_reason"),
        Index("ix_review_answers_state_answered_at", "state", "answered_at"),
    )

    review_id: Mapped[int] = mapped_column(ForeignKey("reviews.id"), primary_key=True, autoincrement=False)
    state: Mapped[ReviewState] = mapped_column(enum_column(ReviewState))
    words: Mapped[str] = mapped_column(Text)
    answered_at: Mapped[datetime] = mapped_column(UtcDateTime)
    answered_by: Mapped[str] = mapped_column(text_column(64))
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    decided_by: Mapped[str] = mapped_column(text_column(64), default="")
    reason: Mapped[Reason | None] = mapped_column(enum_column(Reason))
    note: Mapped[str] = mapped_column(text_column(LONGEST_NOTE), default="")
    version: Mapped[int] = mapped_column(Integer, default=1)


@dataclass(frozen=True, slots=True)
class Score:
    """How published ratings spread. counts: of five points, of four… down to one."""

    counts: tuple[int, int, int, int, int] = (0, 0, 0, 0, 0)

    @property
    def count(self) -> int:
        """All of them."""
        return sum(self.counts)

    @property
    def average(self) -> Decimal | None:
        """To a tenth of a point, half up; None without any."""
        if not self.count:
            return None
        points = sum(rating * count for rating, count in zip(RATINGS, self.counts, strict=True))
        return (Decimal(points) / self.count).quantize(Decimal("0.1"), ROUND_HALF_UP)

    @property
    def rows(self) -> tuple[tuple[int, int, int], ...]:
        """(rating, how many, their share in percent), five points first."""
        whole = self.count or 1
        shares = (-(-count * 100 // whole) for count in self.counts)
        return tuple(zip(RATINGS, self.counts, shares, strict=True))


@dataclass(frozen=True, slots=True)
class Opinion:
    """A published review as everybody may read it. name: empty for a buyer who would not be named."""

    rating: int
    words: str
    name: str
    language: str
    on: date
    answer: str | None
    answered_on: date | None


@dataclass(frozen=True, slots=True)
class Opinions:
    """Some of a product's published reviews, newest first, and the score of all."""

    score: Score
    shown: tuple[Opinion, ...]


def opinions(product_id: int, *, offset: int = 0, limit: int = 10) -> Opinions:
    """What buyers say of a product, in one query. offset: less than there are, or there seem to be none."""
    spread = (func.sum(case((Review.rating == rating, 1), else_=0)).over() for rating in RATINGS)
    rows = db.session.execute(_published(product_id).add_columns(*spread).offset(offset).limit(limit)).all()
    if not rows:
        return Opinions(Score(), ())
    five, four, three, two, one = (int(count) for count in rows[0][2:])
    return Opinions(Score((five, four, three, two, one)), tuple(_opinion(row[0], row[1]) for row in rows))


def score_of(product_id: int) -> Score:
    """Of its published reviews."""
    published = and_(Review.product_id == product_id, Review.state == ReviewState.PUBLISHED)
    rows = db.session.execute(select(Review.rating, func.count()).where(published).group_by(Review.rating))
    found = {rating: count for rating, count in rows}
    five, four, three, two, one = (found.get(rating, 0) for rating in RATINGS)
    return Score((five, four, three, two, one))


def arrived() -> Select[int]:
    """Keys of lines with a unit that was handed over."""
    return (
        select(FulfilmentPick.line_id)
        .join(Fulfilment, Fulfilment.id == FulfilmentPick.fulfilment_id)
        .where(Fulfilment.state.in_(RECEIVED))
    )


def received(order_id: int) -> frozenset[int]:
    """Keys of the lines of which the buyer has got something."""
    return frozenset(db.session.scalars(arrived().where(Fulfilment.order_id == order_id)))


def of_order(order_id: int) -> dict[int, Review]:
    """Line → what its buyer has said of it."""
    query = select(Review).join(OrderLine, OrderLine.id == Review.line_id).where(OrderLine.order_id == order_id)
    return {review.line_id: review for review in db.session.scalars(query)}


def of_producer(producer_id: int) -> Select[Review, Product, ReviewAnswer]:
    """Published reviews of a producer's products, with the answer or None; those to be answered first, then the newest."""
    return (
        select(Review, Product, ReviewAnswer)
        .join(Product, Product.id == Review.product_id)
        .outerjoin(ReviewAnswer, ReviewAnswer.review_id == Review.id)
        .where(Product.producer_id == producer_id, Review.state == ReviewState.PUBLISHED)
        .order_by(_open().desc(), Review.written_at.desc(), Review.id.desc())
    )


def count_to_answer(producer_id: int) -> int:
    """How many of them nobody has answered, or with words that were refused."""
    return count_rows(of_producer(producer_id).where(_open()))


def seen_by(officer: Officer) -> Select[Review, Product, ReviewAnswer]:
    """All reviews of products in an officer's communes but the withdrawn, oldest first."""
    return (
        select(Review, Product, ReviewAnswer)
        .join(Product, Product.id == Review.product_id)
        .outerjoin(ReviewAnswer, ReviewAnswer.review_id == Review.id)
        .where(officer.within(Product.commune_code), Review.state != ReviewState.WITHDRAWN)
        .order_by(Review.written_at, Review.id)
    )


def to_judge() -> ColumnElement[bool]:
    """Of ``seen_by``: the review itself waits for an officer, or the answer to a published one does."""
    answer = and_(Review.state == ReviewState.PUBLISHED, ReviewAnswer.state == ReviewState.WRITTEN)
    return or_(Review.state == ReviewState.WRITTEN, answer)


def count_waiting(officer: Officer) -> int:
    """How many reviews and answers wait for this officer's judgement."""
    return count_rows(seen_by(officer).where(to_judge()))


def get_seen(officer: Officer, review_id: int) -> tuple[Review, Product, ReviewAnswer | None]:
    """One of ``seen_by``, as it is now. Raises NotFound, the same for another commune's and an unknown one."""
    query = seen_by(officer).where(Review.id == review_id).execution_options(populate_existing=True)
    row = db.session.execute(query).first()
    if row is None:
        raise NotFound(f"review {review_id}")
    return row[0], row[1], row[2]


def get_published(producer_id: int, review_id: int) -> tuple[Review, Product, ReviewAnswer | None]:
    """One of ``of_producer``, as it is now. Raises NotFound."""
    query = of_producer(producer_id).where(Review.id == review_id).execution_options(populate_existing=True)
    row = db.session.execute(query).first()
    if row is None:
        raise NotFound(f"review {review_id}")
    return row[0], row[1], row[2]


def concerns(review: Review, user_id: int) -> bool:
    """Whether somebody should leave the judgement to others: it is their own opinion, or of their own goods."""
    bought = select(Order.customer_id).join(OrderLine, OrderLine.order_id == Order.id)
    if db.session.scalar(bought.where(OrderLine.id == review.line_id)) == user_id:
        return True
    return makers.is_member(user_id, db.session.get_one(Product, review.product_id).producer_id)


def shown_name(name: str) -> str:
    """``Nguyễn Thị Thử`` as ``Nguyễn T.``; empty for what is no name."""
    words = [word for word in nfc(name).split(" ") if word and all(c.isalpha() or c in "'’.-" for c in word)]
    if not words or len(words) < len(nfc(name).split(" ")) or not words[-1][0].isalpha():
        return ""
    initial = f"{words[-1][0].upper()}."
    return f"{words[0]} {initial}" if len(words) > 1 and len(words[0]) <= LONGEST_NAME else initial


def write(order: Order, position: int, *, rating: int, words: str, named: bool, at: datetime) -> Review:
    """The buyer says what they think of one line, for the first time or after a refusal.

    rating: whole points, 1 to 5.    words: plain text, at most ``LONGEST`` signs, may be empty.    named: as
    ``shown_name`` of the order's name.

    Raises NotFound for the position, Forbidden for one's own goods, Invalid("rating" or "words", …), Conflict while
    the goods have not arrived and when something has been said of the line already.
    """
    line = next((line for line in order.lines if line.position == position), None)
    if line is None:
        raise NotFound(f"{order.reference} line {position}")
    if rating not in RATINGS:
        raise Invalid("rating", "range")
    said = _plain(words, "words")
    if line.id not in received(order.id):
        raise Conflict(f"{order.reference} line {position}: not received")
    if order.customer_id is not None and makers.is_member(order.customer_id, line.product.producer_id):
        raise Forbidden(f"user {order.customer_id}: own goods")
    state = ReviewState.WRITTEN if said else ReviewState.PUBLISHED
    values: dict[str, Any] = {
        "rating": rating,
        "words": said,
        "shown_name": shown_name(order.name) if named else "",
        "written_at": at,
        "decided_at": None if said else at,
        "decided_by": "" if said else orders.SYSTEM,
    }
    before = db.session.scalar(select(Review).where(Review.line_id == line.id))
    if before is None:
        review = Review(
            line_id=line.id, product_id=line.product_id, language=order.language, state=state, note="", **values
        )
        try:
            with db.session.begin_nested():
                db.session.add(review)
        except IntegrityError:
            raise Conflict(f"{order.reference} line {position}: said already") from None
    elif before.state is ReviewState.REFUSED:
        review = before
        _move(review, state, actor=BUYER, at=at, reason=None, note="", **values)
        return review
    else:
        raise Conflict(f"{order.reference} line {position}: said already")
    _record("written", review.id, before=None, after=state, actor=BUYER, at=at, rating=rating)
    if state is ReviewState.PUBLISHED:
        sequence.advance()
    return review


def withdraw(review: Review, *, at: datetime) -> None:
    """The buyer takes it back: words and name are gone. Raises Conflict when it is gone already."""
    gone: dict[str, Any] = {"words": "", "shown_name": "", "reason": None, "note": ""}
    _move(review, ReviewState.WITHDRAWN, actor=BUYER, at=at, **gone)


def publish(review: Review, *, version: int, by: Officer, at: datetime) -> None:
    """Everybody may read it. version: the one the officer has read.

    Raises NotFound outside the officer's communes, Forbidden where they are concerned themselves, Conflict when it has
    changed since or cannot be published.
    """
    _must_judge(review, by)
    judged = {"decided_at": at, "decided_by": by.actor, "reason": None, "note": ""}
    _move(review, ReviewState.PUBLISHED, version=version, actor=by.actor, at=at, **judged)


def refuse(review: Review, reason: Reason, note: str = "", *, version: int, by: Officer, at: datetime) -> None:
    """Nobody reads it, or nobody does any more; the buyer reads why. Raises as ``publish``, and Invalid("note", …)."""
    _must_judge(review, by)
    judged = {"decided_at": at, "decided_by": by.actor, "reason": reason, "note": _plain(note, "note", LONGEST_NOTE)}
    _move(review, ReviewState.REFUSED, version=version, actor=by.actor, at=at, **judged)


def answer(review: Review, words: str, *, by: Maker, at: datetime) -> None:
    """The producer answers a published review of their product, for the first time or after a refusal.

    Raises NotFound for another producer's, Invalid("words", …), Conflict when it is no longer published or there is an
    answer already.
    """
    product = db.session.get_one(Product, review.product_id)
    if product.producer_id not in by.producers:
        raise NotFound(f"review {review.id}")
    said = _plain(words, "words")
    if not said:
        raise Invalid("words", "required")
    still = select(Review.id).where(Review.id == review.id, Review.state == ReviewState.PUBLISHED).with_for_update()
    if db.session.scalar(still) is None:
        raise Conflict(f"review {review.id}: not published")
    values: dict[str, Any] = {
        "words": said,
        "answered_at": at,
        "answered_by": by.actor,
        "decided_at": None,
        "decided_by": "",
    }
    before = db.session.get(ReviewAnswer, review.id, populate_existing=True)
    if before is not None:
        anew = {"reason": None, "note": ""} | values
        _move(before, ReviewState.WRITTEN, actor=by.actor, at=at, **anew)
        return
    try:
        with db.session.begin_nested():
            db.session.add(ReviewAnswer(review_id=review.id, state=ReviewState.WRITTEN, note="", **values))
    except IntegrityError:
        raise Conflict(f"review {review.id}: answered already") from None
    _record("answer_written", review.id, before=None, after=ReviewState.WRITTEN, actor=by.actor, at=at)


def publish_answer(review: Review, *, version: int, by: Officer, at: datetime) -> None:
    """Everybody may read the answer. version: of the answer. Raises as ``publish``."""
    _must_judge(review, by)
    judged = {"decided_at": at, "decided_by": by.actor, "reason": None, "note": ""}
    _move(_answer(review), ReviewState.PUBLISHED, version=version, actor=by.actor, at=at, **judged)


def refuse_answer(review: Review, reason: Reason, note: str = "", *, version: int, by: Officer, at: datetime) -> None:
    """Nobody reads the answer; the producer reads why. Raises as ``refuse``."""
    _must_judge(review, by)
    judged = {"decided_at": at, "decided_by": by.actor, "reason": reason, "note": _plain(note, "note", LONGEST_NOTE)}
    _move(_answer(review), ReviewState.REFUSED, version=version, actor=by.actor, at=at, **judged)


def _published(product_id: int) -> Select[Review, ReviewAnswer]:
    answered = and_(ReviewAnswer.review_id == Review.id, ReviewAnswer.state == ReviewState.PUBLISHED)
    query = select(Review, ReviewAnswer).outerjoin(ReviewAnswer, answered)
    query = query.where(Review.product_id == product_id, Review.state == ReviewState.PUBLISHED)
    return query.order_by(Review.written_at.desc(), Review.id.desc())


def _opinion(review: Review, answer: ReviewAnswer | None) -> Opinion:
    return Opinion(
        rating=review.rating,
        words=review.words,
        name=review.shown_name,
        language=review.language,
        on=vietnam_day(review.written_at),
        answer=answer.words if answer else None,
        answered_on=vietnam_day(answer.answered_at) if answer else None,
    )


def _open() -> ColumnElement[bool]:
    return or_(ReviewAnswer.review_id.is_(None), ReviewAnswer.state == ReviewState.REFUSED)


def _must_judge(review: Review, by: Officer) -> None:
    product = db.session.get_one(Product, review.product_id)
    by.must_see(product.commune_code)
    if concerns(review, by.user_id):
        raise Forbidden(f"{by.actor}: concerned by review {review.id}")


def _answer(review: Review) -> ReviewAnswer:
    found = db.session.get(ReviewAnswer, review.id, populate_existing=True)
    if found is None:
        raise NotFound(f"answer to review {review.id}")
    return found


def _move(
    written: Review | ReviewAnswer,
    to: ReviewState,
    *,
    version: int | None = None,
    actor: str,
    at: datetime,
    **values: object,
) -> None:
    """Of two who move it at once, or judge different versions, one does; the other hears Conflict."""
    kind: type[Review] | type[ReviewAnswer]
    if isinstance(written, Review):
        kind, key, review_id, what = Review, Review.id, written.id, ""
    else:
        kind, key, review_id, what = ReviewAnswer, ReviewAnswer.review_id, written.review_id, "answer_"
    was, now = written.state, written.version
    if to not in NEXT[was] or version not in (None, now):
        raise Conflict(f"review {review_id}: {what}{was} -> {to}")
    moved = update(kind).where(key == review_id, kind.version == now)
    moved = moved.values(state=to, version=now + 1, **values).returning(key)
    if db.session.scalar(moved.execution_options(synchronize_session=False)) is None:
        raise Conflict(f"review {review_id}: no longer {what}{was}")
    db.session.refresh(written)
    reason = written.reason.value if written.reason else None
    _record(f"{what}{to.value}", review_id, before=was, after=to, actor=actor, at=at, reason=reason)
    if ReviewState.PUBLISHED in (was, to):
        sequence.advance()


def _record(
    what: str,
    review_id: int,
    *,
    before: ReviewState | None,
    after: ReviewState,
    actor: str,
    at: datetime,
    **facts: object,
) -> None:
    """Without the words: they belong to who wrote them, who may take them back."""
    states = {"before": before.value if before else None, "after": after.value}
    history.record(f"review.{what}", f"review:{review_id}", actor=actor, at=at, **states, **facts)
    db.session.flush()


def _plain(text: str, field: str, most: int = LONGEST) -> str:
    """Composed letters in lines; paragraphs parted by one empty line. Raises Invalid(field, "too_long")."""
    lines = "\n".join(nfc(line) for line in text.splitlines())
    said = re.sub(r"\n{3,}", "\n\n", lines).strip()
    if len(said) > most:
        raise Invalid(field, "too_long", most=most)
    return said
