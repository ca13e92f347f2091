"""A producer's products: the list, a new one, and the page in the making, section by section."""

from dataclasses import dataclass

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import Select, select
from wtforms import SelectChoice, SelectField, StringField

from catalog import certificates, pages, revisions
from catalog.db import db
from catalog.errors import Conflict, Invalid, NotFound
from catalog.products import Product, ProductState
from storefront import page_words
from storefront.deeds import KeyedForm
from storefront.outside import outside, settings
from storefront.studio import bench, previews, sections, steps
from storefront.studio.sections import OF_PRODUCT, Section, SectionForm, Workpiece

bp = Blueprint("products", __name__, url_prefix="/<producer>/san-pham")


class NewForm(KeyedForm):
    """What a page begins with."""

    name_vi = StringField(_l("Tên sản phẩm"))
    group_code = SelectField(_l("Nhóm sản phẩm"), validate_choice=False)


@dataclass(frozen=True, slots=True)
class Row:
    """One product in the list. stars: of the certificate that counts today.    draft: state of the open draft, or None."""

    code: str
    name: str
    state_name: str
    published: bool
    stars: int | None
    percent: int
    draft: str | None
    draft_name: str


@bp.get("")
def index() -> str:
    """All of them, what is being written first."""
    products = list(db.session.scalars(_mine().order_by(Product.name_vi, Product.id)))
    live = pages.product_values(products)
    opened = db.session.scalars(revisions.open_of_producer(bench.here().id))
    drafts = {revision.product_id: revision for revision in opened if revision.product_id}
    starred = certificates.current([product.id for product in products], at=outside().now())
    rows = []
    for product in products:
        draft = drafts.get(product.id)
        certificate = starred.get(product.id)
        rows.append(
            Row(
                code=product.code,
                name=revisions.values_with(draft, live[product.id])["name_vi"],
                state_name=page_words.page_state_name(product.state),
                published=product.state is ProductState.PUBLISHED,
                stars=certificate.stars if certificate else None,
                percent=revisions.state_of_page(product, draft, live[product.id]).percent,
                draft=draft.state.value if draft else None,
                draft_name=page_words.state_name(draft.state) if draft else "",
            )
        )
    order = {"returned": 0, "draft": 1, "submitted": 2}
    rows.sort(key=lambda row: order.get(row.draft or "", 3))
    return render_template("studio/products/index.html", rows=rows)


@bp.route("/moi", methods=["GET", "POST"])
def new() -> ResponseReturnValue:
    """Begin a page: a name and a group."""
    form = NewForm()
    groups = sections.group_choices(alcohol=settings().alcohol)
    form.group_code.choices = [SelectChoice("", _("Chọn một nhóm")), *groups]
    if request.method == "POST" and form.validate():
        try:
            return bench.once(form.key.data, lambda: _start(form))
        except Invalid as wrong:
            field = form[wrong.field]
            field.errors = [f"{field.label.text}: {page_words.refusal(wrong)}"]
        except Conflict:
            form.form_errors.append(_("Đã có %(n)s sản phẩm chưa đăng: hãy viết xong trước.", n=pages.MOST_DRAFTS))
    return render_template("studio/products/new.html", form=form), 422 if form.errors else 200


@bp.get("/<code>")
def show(code: str) -> str:
    """What there is to do on one page."""
    return _show(_product(code))


@bp.route("/<code>/sua/<section>", methods=["GET", "POST"])
def section(code: str, section: str) -> ResponseReturnValue:
    """One short form of it."""
    product = _product(code)
    chosen, piece = _section(section), sections.workpiece(product)
    if not sections.fields_of(chosen, piece):
        raise NotFound(section)
    form = sections.form_for(chosen, piece)

    def render(filled: SectionForm, theirs: dict[str, list[str]], status: int) -> ResponseReturnValue:
        now = sections.workpiece(product)
        return _section_page(chosen, now, filled, theirs), status

    if request.method == "GET":
        return render(form, {}, 200)
    return sections.answer(chosen, piece, form, onward=lambda: _onward(chosen, piece), render=render)


@bp.get("/<code>/xem-truoc")
def preview(code: str) -> ResponseReturnValue:
    """The shop's page as it would be."""
    piece = sections.workpiece(_product(code))
    shown = previews.product(piece)
    if shown is None:
        flash(_("Hãy ghi ít nhất một quy cách, rồi mới xem trước được."), "error")
        return redirect(_address(code))
    return render_template("studio/products/preview.html", piece=piece, **shown), previews.FRAMED


@bp.get("/<code>/dien-thoai")
def phone(code: str) -> ResponseReturnValue:
    """The same at the width of a phone, for who sits at a wide screen."""
    product = _product(code)
    return render_template("studio/products/phone.html", product=product), previews.FRAMING


@bp.get("/<code>/gui")
def check(code: str) -> str:
    """What would be sent in, before it is."""
    return _check(_product(code))


@bp.post("/<code>/gui")
def submit(code: str) -> ResponseReturnValue:
    """To the officers."""
    product = _product(code)
    return steps.take(steps.submit, product, onward=_address(product.code), again=lambda: _check(product))


@bp.post("/<code>/rut")
def take_back(code: str) -> ResponseReturnValue:
    """From the officers, to write on."""
    product = _product(code)
    return steps.take(steps.take_back, product, onward=_address(product.code), again=lambda: _show(product))


@bp.post("/<code>/bo")
def withdraw(code: str) -> ResponseReturnValue:
    """Give the draft up."""
    product = _product(code)
    return steps.take(steps.withdraw, product, onward=_address(product.code), again=lambda: _show(product))


@bp.post("/<code>/xem-lai")
def renew(code: str) -> ResponseReturnValue:
    """The live page has changed, and the draft is right still."""
    product = _product(code)
    onward = url_for("studio.products.check", code=product.code)
    return steps.take(steps.renew, product, onward=onward, again=lambda: _check(product))


def _mine() -> Select[Product]:
    return select(Product).where(Product.producer_id == bench.here().id)


def _product(code: str) -> Product:
    """Raises NotFound, the same for another's and an unknown one."""
    product = db.session.scalar(_mine().where(Product.code == code))
    if product is None:
        raise NotFound(code)
    return product


def _section(slug: str) -> Section:
    found = next((each for each in OF_PRODUCT if each.slug == slug), None)
    if found is None:
        raise NotFound(slug)
    return found


def _address(code: str) -> str:
    return url_for("studio.products.show", code=code)


def _section_address(code: str, slug: str) -> str:
    return url_for("studio.products.section", code=code, section=slug)


def _start(form: NewForm) -> str:
    name, group = form.name_vi.data or "", form.group_code.data or ""
    product = pages.start_product(bench.here(), name, group, by=bench.me(), at=outside().now())
    flash(_("Đã mở trang nháp. Làm từng phần, lúc nào nghỉ cũng được."))
    return _address(product.code)


def _onward(chosen: Section, piece: Workpiece) -> str:
    """Sizes are added a row at a time; everything else goes back to the list."""
    if request.form.get("more"):
        return url_for("studio.products.section", code=piece.page.code, section=chosen.slug, them=1)
    return _address(piece.page.code)


def _show(product: Product) -> str:
    piece = sections.workpiece(product)
    tasks = sections.tasks(OF_PRODUCT, piece, lambda slug: _section_address(product.code, slug))
    tasks.insert(2, sections.task(sections.PICTURES, piece, url_for("studio.pictures.show", code=product.code)))
    return render_template(
        "studio/products/show.html",
        piece=piece,
        name=piece.values["name_vi"],
        state_name=page_words.page_state_name(product.state),
        draft_name=page_words.state_name(piece.revision.state) if piece.revision else None,
        tasks=tasks,
        reasons=steps.reasons(piece),
        form=steps.form_for(piece),
        past=steps.past(product),
    )


def _section_page(chosen: Section, piece: Workpiece, form: SectionForm, theirs: dict[str, list[str]]) -> str:
    return render_template(
        "studio/products/section.html",
        piece=piece,
        section=chosen,
        fields=sections.fields_of(chosen, piece),
        form=form,
        theirs=theirs,
        claims=page_words.claims_in(piece.values),
        reasons=sections.reasons_of(piece),
        hints=sections.hint,
        field_name=page_words.field_name,
        column_name=page_words.column_name,
    )


def _check(product: Product) -> str:
    piece = sections.workpiece(product)
    return render_template(
        "studio/products/check.html",
        piece=piece,
        changes=steps.told(piece),
        missing=[page_words.gap_words(gap, piece.group) for gap in piece.whole.missing],
        warnings=steps.warnings(piece),
        unmarked=steps.unmarked(piece),
        form=steps.form_for(piece),
    )
