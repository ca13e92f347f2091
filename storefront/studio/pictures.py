"""The pictures of a product's page: added from a phone, put in order, described, cut around what matters.

All of it changes the open draft; shoppers see a picture when an officer has approved the page.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from werkzeug.datastructures import FileStorage
from wtforms import BooleanField, Form, HiddenField, RadioField, SelectChoice, StringField
from wtforms.validators import Length

from catalog import page_pictures, pages, revisions
from catalog.db import db
from catalog.errors import Conflict, Invalid, NotFound
from catalog.page_fields import MOST_PICTURES
from catalog.products import Product
from catalog.revisions import Revision, RevisionState, SavedElsewhere
from catalog.views import Picture
from storefront import pictures, uploads
from storefront.deeds import KeyedForm
from storefront.fields import tidy
from storefront.outside import outside
from storefront.studio import bench

bp = Blueprint("pictures", __name__, url_prefix="/<producer>/san-pham/<code>/hinh")

Row = dict[str, Any]
"""A picture as a revision carries it (``catalog.page_fields``)."""

WISHED = 3
"""From the front, its label, in use."""
NINTHS = (
    _l("trên, bên trái"), _l("trên, ở giữa"), _l("trên, bên phải"), _l("bên trái"), _l("chính giữa"), _l("bên phải"),
    _l("dưới, bên trái"), _l("dưới, ở giữa"), _l("dưới, bên phải"),
)  # fmt: skip
_TRIES = 3
"""How often pictures are added again behind those that somebody else added at the same moment."""


def _words(label: Any, most: int) -> StringField:
    too_long = Length(max=most, message=_l("Dài quá %(max)d ký tự"))
    return StringField(label, filters=[tidy], validators=[too_long])


class AddForm(KeyedForm):
    """New pictures: what is said here is said of each of them."""

    credit = _words(_l("Ai chụp"), 120)
    consent = BooleanField(_l("Tôi được quyền dùng ảnh này, và người trong ảnh đồng ý cho đăng"))


class ShotForm(Form):
    """What is said of one picture."""

    alt_vi = _words(_l("Trong ảnh có gì"), 200)
    alt_en = _words(_l("Bằng tiếng Anh"), 200)
    focus = RadioField(
        _l("Chỗ phải thấy"), coerce=int, choices=[SelectChoice(n, name) for n, name in enumerate(NINTHS, 1)], default=5
    )
    credit = _words(_l("Ai chụp"), 120)
    consent = BooleanField(_l("Tôi được quyền dùng ảnh này, và người trong ảnh đồng ý cho đăng"))


class OrderForm(KeyedForm):
    """All pictures at once. seen: the draft's version that the page showed, 0 for none."""

    seen = HiddenField(default="0")


@dataclass(frozen=True, slots=True)
class Shot:
    """One picture of the draft. live: shoppers see it already."""

    picture: Picture
    form: ShotForm
    live: bool


@bp.get("")
def show(code: str) -> str:
    """The pictures as the page would have them."""
    return _page(_mine(code))


@bp.post("/them")
@uploads.takes_pictures
def add(code: str) -> ResponseReturnValue:
    """Take in what a camera made. Of several, those that cannot be used are named and the others stay."""
    product, form = _mine(code), AddForm()
    if not form.validate():
        return _page(product, adding=form), 422
    taken, refused = _read(request.files.getlist("picture"))
    free = MOST_PICTURES - len(_rows(product))
    if len(taken) > free:
        refused = [_("Mỗi sản phẩm có nhiều nhất %(most)s ảnh, còn chỗ cho %(free)s ảnh. Bỏ bớt rồi thêm", most=MOST_PICTURES, free=max(0, free))]  # fmt: skip
    if not taken or len(taken) > free:
        return _page(product, adding=form, problems={"picture": ". ".join(refused)}), 422
    said = {"alt_vi": "", "alt_en": "", "focus": 5, "credit": form.credit.data, "consent": form.consent.data}
    rows = [{"stem": pictures.keep(picture)} | said for picture in taken]

    def deed() -> str:
        if added := _add(product, rows):
            flash(_("Đã thêm %(n)s ảnh vào bản nháp. Viết cho mỗi ảnh một câu.", n=added))
        else:
            flash(_("Ảnh này đã có ở đây."))
        for words in refused:
            flash(words, "error")
        return url_for("studio.pictures.show", code=code, _anchor=f"shot-{rows[0]['stem']}")

    return _try(lambda: bench.once(form.key.data, deed), product, tries=_TRIES)


@bp.post("")
def arrange(code: str) -> ResponseReturnValue:
    """Keep what is written; a button of a picture also moves it or takes it out."""
    product, form = _mine(code), OrderForm()
    before = _rows(product)
    told = [row for row in before if f"{row['stem']}-alt_vi" in request.form]
    shots = {row["stem"]: ShotForm(request.form, prefix=f"{row['stem']}-", data=row) for row in told}
    valid = [shot.validate() for shot in shots.values()]
    seen = form.seen.data or ""
    if not form.validate() or not all(valid) or not (seen.isascii() and seen.isdigit() and len(seen) < 10):
        return _page(product, form=form, shots=shots), 422
    rows = _arranged([row | _said(shots.get(row["stem"])) for row in before])

    def deed() -> str:
        revision = revisions.open_revision(product, by=bench.me(), at=outside().now())
        _save(revision, rows, seen=int(seen))
        flash(_("Đã lưu vào bản nháp."))
        return url_for("studio.pictures.show", code=code)

    if rows == before:
        return redirect(url_for("studio.pictures.show", code=code), 303)
    return _try(lambda: bench.once(form.key.data, deed), product, tries=1)


@bp.get("/<name>")
def file(code: str, name: str) -> Response:
    """One file of a picture, for who writes the page."""
    return pictures.show(name, stems=page_pictures.named_of(_mine(code)))


def _mine(code: str) -> Product:
    product = db.session.scalar(select(Product).where(Product.producer_id == bench.here().id, Product.code == code))
    if product is None:
        raise NotFound(code)
    return product


def _rows(product: Product) -> list[Row]:
    """The pictures of the page as it would be."""
    values = revisions.values_with(revisions.open_of(product), pages.current_values(product))
    return list(values["pictures"])


def _add(product: Product, rows: Sequence[Row]) -> int:
    """Put pictures behind those that are there already; how many were new. Raises as ``revisions.save`` does."""
    wanted = {row["stem"]: row for row in rows}
    if wanted.keys() <= {row["stem"] for row in _rows(product)}:
        return 0
    revision = revisions.open_revision(product, by=bench.me(), at=outside().now())
    # read from the very revision whose version is handed on: what somebody adds after this moment is a conflict
    before = revisions.values_with(revision, pages.current_values(product))["pictures"]
    new = [row for stem, row in wanted.items() if stem not in {row["stem"] for row in before}]
    _save(revision, [*before, *new], seen=revision.version)
    return len(new)


def _save(revision: Revision, rows: Sequence[Row], *, seen: int) -> None:
    revisions.save(revision, {"pictures": list(rows)}, seen=seen, by=bench.me(), at=outside().now())


def _try(deed: Any, product: Product, *, tries: int) -> ResponseReturnValue:
    """Do it; what somebody else did meanwhile is told, and nothing of theirs is lost."""
    for _attempt in range(tries):
        try:
            return deed()
        except SavedElsewhere:
            problem = _("Có người vừa sửa ảnh của trang này ở cửa sổ khác. Xem lại rồi làm tiếp")
        except Conflict:
            problem = _("Trang này đã gửi đi và đang chờ duyệt. Rút bản đã gửi về thì mới sửa được ảnh")
            break
    return _page(product, problems={"top": problem}), 409


def _read(sent: Sequence[FileStorage]) -> tuple[list[Any], list[str]]:
    """The pictures that can be used, and a sentence for each of the others."""
    given: list[FileStorage | None] = [upload for upload in sent if upload]
    if len(given) > uploads.MOST_AT_ONCE:
        return [], [_("Gửi nhiều nhất %(n)s ảnh một lần", n=uploads.MOST_AT_ONCE)]
    taken, refused = [], []
    for upload in given or [None]:
        try:
            taken.append(pictures.read(upload))
        except Invalid as error:
            words = pictures.why(error)
            name = tidy(upload.filename)[-60:] if upload and len(given) > 1 else ""
            refused.append(f"{name}: {words}" if name else words)
    return taken, refused


def _said(shot: ShotForm | None) -> Row:
    """What the form says of a picture; nothing of one that came after the form did."""
    return {name: field.data for name, field in shot._fields.items()} if shot else {}


def _arranged(rows: list[Row]) -> list[Row]:
    """Moved or taken out, as the button that was pressed says."""
    verb, _blank, stem = request.form.get("do", "").partition(" ")
    at = next((number for number, row in enumerate(rows) if row["stem"] == stem), None)
    if at is None:
        return rows
    if verb == "drop":
        return rows[:at] + rows[at + 1 :]
    to = at + {"up": -1, "down": 1}.get(verb, 0)
    if 0 <= to < len(rows):
        rows[at], rows[to] = rows[to], rows[at]
    return rows


def _page(
    product: Product,
    *,
    form: OrderForm | None = None,
    shots: Mapping[str, ShotForm] | None = None,
    adding: AddForm | None = None,
    problems: Mapping[str, str] | None = None,
) -> str:
    revision, live = revisions.open_of(product), pages.current_values(product)
    on_page = {row["stem"] for row in live["pictures"]}
    folder = pictures.folder_of("studio.pictures.file", code=product.code)
    shown = [
        Shot(
            picture=pictures.drafted(row, folder),
            form=(shots or {}).get(row["stem"]) or ShotForm(prefix=f"{row['stem']}-", data=row),
            live=row["stem"] in on_page,
        )
        for row in revisions.values_with(revision, live)["pictures"]
    ]
    wrong = {field.id: field.errors[0] for shot in shown for field in shot.form if field.errors}
    form = form or OrderForm(formdata=None, seen=str(revision.version if revision else 0))
    wrong |= {"top": form.key.errors[0]} if form.key.errors else {}
    return render_template(
        "studio/pictures/show.html",
        product=product,
        revision=revision,
        locked=revision is not None and not revision.is_editable,
        reason=revision.reasons.get("pictures", "") if revision and revision.state is RevisionState.RETURNED else "",
        shots=shown,
        form=form,
        adding=adding or AddForm(formdata=None),
        free=MOST_PICTURES - len(shown),
        at_once=uploads.MOST_AT_ONCE,
        wished=WISHED,
        problems=dict(problems or {}) | wrong,
    )
