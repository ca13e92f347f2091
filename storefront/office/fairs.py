"""The calendar of events: draft, publish, change, cancel; and who takes part with which products."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from wtforms import HiddenField, SelectChoice, SelectField, StringField, TextAreaField

from catalog import fairs
from catalog.clock import vietnam_day
from catalog.db import count_rows, db
from catalog.errors import Conflict, Invalid, NotFound
from catalog.fairs import NEXT, Fair, FairFacts, FairKind, FairState
from catalog.producers import Producer
from catalog.products import Product, ProductState
from storefront import programme_words
from storefront.deeds import KeyedForm
from storefront.fields import DayField, tidy, whole
from storefront.office import bureau, log_fields
from storefront.outside import outside
from storefront.paging import paged

bp = Blueprint("fairs", __name__, url_prefix="/su-kien")

A_PAGE = 30
MOST_FOUND = 8


class FairForm(KeyedForm):
    """What somebody writes down of an event."""

    kind = SelectField(_l("Loại"), choices=[kind.value for kind in FairKind])
    name_vi = StringField(_l("Tên sự kiện"), filters=[tidy])
    name_en = StringField(_l("Tên tiếng Anh"), filters=[tidy])
    starts_on = DayField(_l("Từ ngày"))
    ends_on = DayField(_l("Đến hết ngày"))
    place_vi = StringField(_l("Nơi diễn ra"), filters=[tidy])
    commune_code = SelectField(_l("Xã, phường"), validate_choice=False)
    organiser_vi = StringField(_l("Đơn vị tổ chức"), filters=[tidy])
    link = StringField(_l("Trang của đơn vị tổ chức"), filters=[tidy])
    description_vi = TextAreaField(_l("Giới thiệu"))
    description_en = TextAreaField(_l("Giới thiệu tiếng Anh"))
    version = HiddenField()

    def offer(self) -> None:
        """Name the kinds and the officer's communes."""
        self.kind.choices = [SelectChoice(kind.value, programme_words.fair_kind_name(kind)) for kind in FairKind]
        first, *rest = log_fields.communes()
        elsewhere = SelectChoice("", _("Nơi khác")) if bureau.me().province else first
        self.commune_code.choices = [elsewhere, *rest]

    def facts(self) -> FairFacts | None:
        """What was typed; None, and a word beside the field, where a day is missing."""
        for field in (self.starts_on, self.ends_on):
            if field.data is None:
                field.errors = [_("Ghi ngày")]
        if self.errors:
            return None
        return FairFacts(
            kind=FairKind(self.kind.data),
            name_vi=self.name_vi.data,
            name_en=self.name_en.data,
            starts_on=self.starts_on.data,
            ends_on=self.ends_on.data,
            place_vi=self.place_vi.data,
            commune_code=self.commune_code.data or "",
            organiser_vi=self.organiser_vi.data,
            link=self.link.data,
            description_vi=self.description_vi.data or "",
            description_en=self.description_en.data or "",
        )

    def refuse(self, error: Invalid) -> None:
        """Put what is wrong beside its field."""
        self._fields[error.field].errors = [programme_words.problem(error)]


class CancelForm(KeyedForm):
    """Why it does not take place."""

    reason = StringField(_l("Vì sao hủy"), filters=[tidy])


class StepForm(KeyedForm):
    """A button: ``buoc`` is where the event goes."""


class TakePartForm(KeyedForm):
    """A button beside a product or a producer."""


@dataclass(frozen=True, slots=True)
class Found:
    """Something that could take part. kind: ``product`` or ``producer``.    inside: it does already."""

    kind: str
    code: str
    name: str
    note: str
    inside: bool


@bp.get("")
def index() -> str:
    """Those that the officer looks after, the latest first."""
    query: Any = fairs.fairs(bureau.me())
    state = request.args.get("tt", "")
    if state in set(FairState):
        query = query.where(Fair.state == state)
    paging = paged(count_rows(query), A_PAGE)
    found = list(db.session.scalars(query.offset(paging.offset).limit(A_PAGE)))
    return render_template(
        "office/fairs/index.html",
        fairs=found,
        counts=fairs.count_of([fair.id for fair in found]),
        paging=paging,
        entries=[
            (_("Tất cả"), url_for("office.fairs.index"), None, state not in set(FairState)),
            *(
                (
                    programme_words.fair_state_name(each),
                    url_for("office.fairs.index", tt=each.value),
                    None,
                    state == each,
                )
                for each in FairState
            ),
        ],
    )


@bp.route("/moi", methods=["GET", "POST"])
def new() -> ResponseReturnValue:
    """Write an event down; nobody but officers sees it yet."""
    today = vietnam_day(outside().now())
    form = FairForm(starts_on=today, ends_on=today)
    form.offer()
    if form.validate_on_submit() and (facts := form.facts()):
        try:
            return bureau.once(form.key.data, lambda: _draft(facts))
        except Invalid as error:
            form.refuse(error)
    return render_template("office/fairs/new.html", form=form), 422 if form.errors else 200


@bp.get("/<slug>")
def show(slug: str) -> str:
    """One event: its facts, its next steps, who takes part, and a search for who could (``tim``)."""
    return _shown(fairs.get_fair(slug, bureau.me()), CancelForm(formdata=None))


@bp.route("/<slug>/sua", methods=["GET", "POST"])
def edit(slug: str) -> ResponseReturnValue:
    """Write it anew; what is public changes at once."""
    fair = fairs.get_fair(slug, bureau.me())
    form = FairForm(obj=fair)
    form.offer()
    if form.validate_on_submit() and (facts := form.facts()):
        version = whole(form.version.data) or 0
        try:
            return bureau.once(form.key.data, lambda: _change(slug, facts, version))
        except Invalid as error:
            form.refuse(error)
        except Conflict:
            form.form_errors.append(_("Sự kiện này vừa được người khác sửa hoặc hủy: hãy xem lại rồi sửa lần nữa"))
    return render_template("office/fairs/edit.html", form=form, fair=fair), 422 if form.errors else 200


@bp.post("/<slug>/buoc")
def step(slug: str) -> ResponseReturnValue:
    """Publish it, or take it back to a draft (``buoc``)."""
    fairs.get_fair(slug, bureau.me())
    form = StepForm()
    verbs: dict[str, Callable[..., None]] = {"published": fairs.publish, "draft": fairs.withdraw}
    verb = verbs.get(request.form.get("buoc", ""))
    cancel_form = CancelForm(formdata=None)
    if form.validate() and verb:
        try:
            return bureau.once(form.key.data, lambda: _step(slug, verb))
        except Conflict:
            cancel_form.form_errors.append(_("Sự kiện này vừa được người khác chuyển bước: hãy xem lại"))
    return _shown(fairs.get_fair(slug, bureau.me()), cancel_form), 422


@bp.post("/<slug>/huy")
def cancel(slug: str) -> ResponseReturnValue:
    """It does not take place; the public is told so."""
    fairs.get_fair(slug, bureau.me())
    form = CancelForm()
    if form.validate():
        try:
            return bureau.once(form.key.data, lambda: _cancel(slug, form.reason.data))
        except Invalid as error:
            form.reason.errors = [programme_words.problem(error)]
        except Conflict:
            form.form_errors.append(_("Sự kiện này vừa được người khác chuyển bước: hãy xem lại"))
    return _shown(fairs.get_fair(slug, bureau.me()), form), 422


@bp.post("/<slug>/tham-gia")
def take_part(slug: str) -> ResponseReturnValue:
    """A product or producer takes part (``them``), or does not after all (``bo``): ``product:CODE``, ``producer:CODE``."""
    fair, form = fairs.get_fair(slug, bureau.me()), TakePartForm()
    adding = "them" in request.form
    kind, _colon, code = request.form.get("them" if adding else "bo", "").partition(":")
    if not form.validate() or kind not in ("product", "producer"):
        return _shown(fair, CancelForm(formdata=None)), 422
    thing = _thing(kind, code)
    return bureau.once(form.key.data, lambda: _take_part(slug, thing, adding=adding))


def _draft(facts: FairFacts) -> str:
    fair = fairs.draft(facts, by=bureau.me(), at=outside().now())
    flash(_("Đã ghi bản nháp. Thêm sản phẩm tham gia rồi công bố."))
    return url_for("office.fairs.show", slug=fair.slug)


def _change(slug: str, facts: FairFacts, seen: int) -> str:
    fairs.change(fairs.get_fair(slug, bureau.me()), facts, version=seen, by=bureau.me(), at=outside().now())
    flash(_("Đã sửa."))
    return url_for("office.fairs.show", slug=slug)


def _step(slug: str, verb: Callable[..., None]) -> str:
    fair = fairs.get_fair(slug, bureau.me())
    verb(fair, by=bureau.me(), at=outside().now())
    flash(_("Đã công bố.") if fair.state is FairState.PUBLISHED else _("Đã đưa về bản nháp."))
    return url_for("office.fairs.show", slug=slug)


def _cancel(slug: str, reason: str) -> str:
    fairs.cancel(fairs.get_fair(slug, bureau.me()), reason=reason, by=bureau.me(), at=outside().now())
    flash(_("Đã hủy. Trang công khai nói rõ sự kiện không diễn ra."))
    return url_for("office.fairs.show", slug=slug)


def _take_part(slug: str, thing: Product | Producer, *, adding: bool) -> str:
    fair, at = fairs.get_fair(slug, bureau.me()), outside().now()
    if isinstance(thing, Product):
        verb = fairs.add_product if adding else fairs.remove_product
        verb(fair, thing, by=bureau.me(), at=at)
    else:
        act = fairs.add_producer if adding else fairs.remove_producer
        act(fair, thing, by=bureau.me(), at=at)
    flash(_("Đã thêm %(name)s.", name=thing.name_vi) if adding else _("Đã bỏ %(name)s.", name=thing.name_vi))
    return url_for("office.fairs.show", slug=slug, _anchor="tham-gia")


def _thing(kind: str, code: str) -> Product | Producer:
    table: Any = Product if kind == "product" else Producer
    found: Product | Producer | None = db.session.scalar(select(table).where(table.code == code))
    if found is None:
        raise NotFound(code)
    return found


def _shown(fair: Fair, form: CancelForm) -> str:
    products, named = list(db.session.scalars(fairs.products_of(fair))), set(db.session.scalars(fairs.named(fair)))
    makers = list(db.session.scalars(fairs.producers_of(fair)))
    asked = request.args.get("tim", "").strip()[:100]
    return render_template(
        "office/fairs/show.html",
        fair=fair,
        next_states={state.value for state in NEXT[fair.state]},
        products=products,
        makers=[(maker, maker.id in named) for maker in makers],
        asked=asked,
        found=_found(asked, {product.id for product in products}, named) if asked else [],
        form=form,
        commune=log_fields.commune_name(fair.commune_code) if fair.commune_code else "",
    )


def _found(asked: str, products: set[int], makers: set[int]) -> list[Found]:
    """Products of the shop and producers by a part of their name, or by their code."""
    of_shop = select(Product, Producer.name_vi).join(Producer, Producer.id == Product.producer_id)
    of_shop = of_shop.where(
        Product.state == ProductState.PUBLISHED, log_fields.says(asked, Product.name_vi, Product.code)
    )
    named = select(Producer).where(log_fields.says(asked, Producer.name_vi, Producer.code))
    return [
        Found("product", product.code, product.name_vi, maker, product.id in products)
        for product, maker in db.session.execute(of_shop.order_by(Product.name_vi, Product.id).limit(MOST_FOUND))
    ] + [
        Found("producer", maker.code, maker.name_vi, _("Chủ thể"), maker.id in makers)
        for maker in db.session.scalars(named.order_by(Producer.name_vi, Producer.id).limit(MOST_FOUND))
    ]
