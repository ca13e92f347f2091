"""Pages of the shop as the office keeps them: every approved change, and whether shoppers see the page at all."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from flask import Blueprint, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from wtforms import TextAreaField
from wtforms.validators import Length

from catalog import history, makers, places, publishing, revisions
from catalog.db import db
from catalog.errors import Conflict, NotFound
from catalog.history import Event
from catalog.page_fields import PageKind
from catalog.pages import Page, subject_of
from catalog.producers import Producer
from catalog.products import Product, ProductState
from catalog.publishing import LONGEST_REASON, NEXT
from catalog.revisions import Revision, RevisionState
from catalog.text import fold
from storefront import actors, page_words
from storefront.deeds import KeyedForm
from storefront.fields import Needed, tidy
from storefront.office import bureau
from storefront.outside import outside
from storefront.paging import paged

bp = Blueprint("pages", __name__, url_prefix="/trang")

A_PAGE = 40
SHOWN = 100
"""Revisions of one page, the latest."""
PRODUCT, PRODUCER = "san-pham", "chu-the"
_ADDRESS = f'/<any("{PRODUCT}", "{PRODUCER}"):kind>/<code>'


class RetireForm(KeyedForm):
    """Why shoppers are not to see it."""

    reason = TextAreaField(
        _l("Lý do"),
        filters=[tidy],
        validators=[
            Needed(_l("Viết lý do; nó ở lại trong lịch sử của trang")),
            Length(max=LONGEST_REASON, message=_l("Lý do dài quá %(max)d ký tự")),
        ],
    )


@dataclass(frozen=True, slots=True)
class Found:
    """A page in the list. kind: as in addresses.    state: in words; empty for a producer's."""

    kind: str
    code: str
    name: str
    place: str
    state: str


@dataclass(frozen=True, slots=True)
class Step:
    """An approved change. fields: names of what it changed."""

    revision: Revision
    fields: list[str]
    by: str
    sent_by: str


@dataclass(frozen=True, slots=True)
class Deed:
    """The page was taken out of the shop, or put back."""

    event: Event
    words: str
    by: str


@bp.get("")
def index() -> str:
    """Pages of the officer's communes, found by words of a name or by a code."""
    asked = tidy(request.args.get("q"))[:100]
    found = _found(asked)
    paging = paged(len(found), A_PAGE)
    shown = found[paging.offset : paging.offset + A_PAGE]
    return render_template("office/pages/index.html", found=shown, asked=asked, paging=paging)


@bp.get(_ADDRESS)
def show(kind: str, code: str) -> str:
    """One page: what shoppers see of it, and how it came to be so."""
    return _page(_seen(kind, code), RetireForm(formdata=None))


@bp.post(f"{_ADDRESS}/go")
def retire(kind: str, code: str) -> ResponseReturnValue:
    """Shoppers see it no longer."""
    product, form = _product(kind, code), RetireForm()
    if not form.validate():
        return _page(product, form), 422
    words = _("Đã gỡ trang. Khách không thấy và không mua được nữa.")
    return _do(product, form, lambda p: publishing.retire(p, form.reason.data or "", by=bureau.me(), at=_now()), words)


@bp.post(f"{_ADDRESS}/dang")
def publish(kind: str, code: str) -> ResponseReturnValue:
    """Shoppers see it again."""
    product, form = _product(kind, code), KeyedForm()
    if not form.validate():
        flash(_("Trang này đã cũ, hãy xem lại rồi bấm lần nữa."), "error")
        return _page(product, RetireForm(formdata=None)), 422
    words = _("Đã đăng lại trang.")
    return _do(product, form, lambda p: publishing.publish(p, by=bureau.me(), at=_now()), words)


def _do(product: Product, form: KeyedForm, act: Callable[[Product], None], words: str) -> ResponseReturnValue:
    code = product.code

    def deed() -> str:
        act(_product(PRODUCT, code))
        flash(words)
        return url_for("office.pages.show", kind=PRODUCT, code=code)

    try:
        return bureau.once(form.key.data or "", deed)
    except Conflict:
        flash(_("Trang không còn ở tình trạng bạn vừa thấy: có người đã đổi. Đây là bây giờ."), "error")
        return _page(_seen(PRODUCT, code), RetireForm(formdata=None)), 409


def _now() -> datetime:
    return outside().now()


def _seen(kind: str, code: str) -> Page:
    """Raises NotFound for one outside the officer's communes, the same as for an unknown one."""
    page: Page | None
    if kind == PRODUCT:
        page = db.session.scalar(select(Product).where(Product.code == code.upper()))
    else:
        page = db.session.scalar(select(Producer).where(Producer.code == code.upper()))
    if page is None:
        raise NotFound(code)
    bureau.me().must_see(page.commune_code)
    return page


def _product(kind: str, code: str) -> Product:
    page = _seen(kind, code)
    if not isinstance(page, Product):
        raise NotFound(code)
    return page


def _found(asked: str) -> list[Found]:
    me = bureau.me()
    products = select(Product.code, Product.name_vi, Product.commune_code, Product.state)
    producers = select(Producer.code, Producer.name_vi, Producer.commune_code)
    rows = [
        (PRODUCT, code, name, commune, page_words.page_state_name(state))
        for code, name, commune, state in db.session.execute(products.where(me.within(Product.commune_code)))
    ]
    rows += [
        (PRODUCER, code, name, commune, "")
        for code, name, commune in db.session.execute(producers.where(me.within(Producer.commune_code)))
    ]
    return [
        Found(kind, code, name, places.get_commune(commune).full_name, state)
        for kind, code, name, commune, state in sorted(rows, key=lambda row: (row[0], row[1]))
        if not asked or _has(f"{name} {code}", asked)
    ]


def _has(text: str, asked: str) -> bool:
    """``text.has_words``, with the names of a large programme folded once."""
    words = _folded(text)
    return all(any(word.startswith(w) for word in words) for w in _folded(asked))


@lru_cache(maxsize=65_536)
def _folded(text: str) -> tuple[str, ...]:
    return tuple(word for word in re.split(r"[^a-z0-9]+", fold(text)) if word)


def _page(page: Page, form: RetireForm) -> str:
    product = page if isinstance(page, Product) else None
    found = list(db.session.scalars(revisions.history_of(page).limit(SHOWN)))
    events = [e for e in db.session.scalars(history.of(subject_of(page))) if e.verb in _DEEDS]
    names = actors.names(
        [r.decided_by or r.created_by for r in found]
        + [r.submitted_by or r.created_by for r in found]
        + [event.actor for event in events]
    )
    approved = [r for r in found if r.state is RevisionState.APPROVED]
    kind = PageKind.PRODUCT if product else PageKind.PRODUCER
    return render_template(
        "office/pages/show.html",
        page=page,
        product=product,
        kind=PRODUCT if kind is PageKind.PRODUCT else PRODUCER,
        place=places.get_commune(page.commune_code).full_name,
        state_name=page_words.page_state_name(product.state) if product else "",
        steps=[
            Step(r, [page_words.field_name(name) for name in r.values], names[r.decided_by], names[r.submitted_by])
            for r in approved
        ],
        waiting=next((r for r in found if r.state is RevisionState.SUBMITTED), None),
        deeds=[Deed(e, _DEEDS[e.verb](), names[e.actor]) for e in reversed(events)],
        form=form,
        plain=KeyedForm(formdata=None),
        can_retire=product is not None and ProductState.RETIRED in NEXT[product.state],
        can_publish=product is not None and ProductState.PUBLISHED in NEXT[product.state],
        own=makers.is_member(bureau.me().user_id, product.producer_id if product else page.id),
        shown=SHOWN,
    )


_DEEDS = {
    "product.retired": lambda: _("Gỡ khỏi gian hàng"),
    "product.published": lambda: _("Đăng lại"),
}
