"""The rows behind each figure of the programme's page: a list with filters, page by page, and the same as CSV.

A table is a query with the filters of its address; what makes no sense there is dropped. Officers see the rows of the
communes they answer for. Key products are marked in the list of products.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from flask import Blueprint, Response, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import Select, select

from catalog import goals, places, products, visits
from catalog.certificates import Certificate
from catalog.clock import add_months
from catalog.db import count_rows, db
from catalog.errors import NotFound
from catalog.goals import Period, Standing
from catalog.outlets import Outlet, OutletLevel
from catalog.places import Commune
from catalog.producers import LegalForm, Producer
from catalog.products import Product, ProductState
from catalog.text import fold
from checkout import sales_figures
from checkout.sales_figures import MonthSales, SalesChannel
from storefront import deeds, onward, programme_words, spreadsheets, wording
from storefront.extensions import limiter
from storefront.office import bureau, log_fields, programme_period
from storefront.office.programme_period import ChosenPeriod
from storefront.outside import outside
from storefront.paging import paged
from storefront.spreadsheets import Cell

bp = Blueprint("programme_rows", __name__, url_prefix="/chuong-trinh")

A_PAGE = 40
AT_ONCE = 500
ENOUGH_PRODUCTS, ENOUGH_VISITS = 2, 2
_QUARTER = re.compile(r"^(20[0-9]{2})-([1-4])$")
_MONTH = re.compile(r"^(20[0-9]{2})-(0[1-9]|1[0-2])$")


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table. href: where its first cell leads.    product: whose mark as a key product can be changed."""

    cells: tuple[Cell, ...]
    href: str | None = None
    product: Product | None = None


@dataclass(frozen=True, slots=True)
class Filter:
    """One choice above a table, as it is in this address. options: (value, words); chosen: ``""`` for all."""

    name: str
    label: str
    options: Sequence[tuple[str, str]]
    chosen: str

    @property
    def words(self) -> str:
        """Of what is chosen."""
        return dict(self.options).get(self.chosen, "")


@dataclass(frozen=True, slots=True)
class Asked:
    """What an address asks for. chosen: filter → value, only such as make sense.    words: of a search."""

    period: ChosenPeriod
    area: tuple[Commune, ...]
    chosen: Mapping[str, str]
    words: str

    def get(self, name: str) -> str:
        """The value of a filter; ``""`` for all."""
        return self.chosen.get(name, "")

    @property
    def codes(self) -> list[str]:
        """Of the communes that are meant."""
        one = self.get("xa")
        return [one] if one else [commune.code for commune in self.area]

    @property
    def month(self) -> Period | None:
        """The chosen month, from its first to its last day."""
        match = _MONTH.match(self.get("thang"))
        return _month_of(int(match[1]), int(match[2])) if match else None


@dataclass(frozen=True, slots=True)
class Table:
    """One kind of rows. find: a query, or the rows themselves where there are few.    row: one of its results."""

    title: Any
    heads: tuple[tuple[Any, bool], ...]
    filters: tuple[str, ...]
    find: Callable[[Asked], Select[Any] | list[Row]]
    row: Callable[[Any], Row] = field(default=lambda result: result)
    searched: bool = False


@bp.get("/<bang>")
def index(bang: str) -> str:
    """One page of a table."""
    table, asked = _table(bang), _asked(_table(bang))
    found = table.find(asked)
    paging = paged(_count(found), A_PAGE)
    if isinstance(found, list):
        rows = found[paging.offset : paging.offset + A_PAGE]
    else:
        rows = [table.row(result) for result in db.session.execute(found.offset(paging.offset).limit(A_PAGE))]
    return render_template(
        "office/programme_rows/index.html",
        table=table,
        name=bang,
        rows=rows,
        paging=paging,
        period=asked.period,
        periods=programme_period.periods(),
        filters=_filters(table, asked),
        words=asked.words,
    )


@bp.get("/<bang>/tep")
@limiter.limit("30 per minute")
def file(bang: str) -> Response:
    """The whole table as CSV, with the filters of this address."""
    table = _table(bang)
    asked = _asked(table)
    heads = [str(label) for label, _number in table.heads]
    rows = (row.cells for row in _all(table, table.find(asked)))
    name = "-".join([bang, *(value for value in asked.chosen.values() if value), asked.period.key])
    return spreadsheets.csv_file(name, heads, rows)


@bp.post("/san-pham/<code>/chu-luc")
def mark(code: str) -> ResponseReturnValue:
    """A product becomes one of the province's key products, or is one no longer (``chu_luc`` is 1 or 0)."""
    product = db.session.scalar(select(Product).where(Product.code == code))
    if product is None:
        raise NotFound(code)
    bureau.me().must_see(product.commune_code)
    key = request.form.get("chu_luc") == "1"

    def deed() -> str:
        mine = db.session.get_one(Product, product.id)
        if products.mark_key(mine, key, actor=bureau.me().actor, at=outside().now()):
            words = _("Đã ghi %(name)s là sản phẩm chủ lực.") if key else _("%(name)s không còn là sản phẩm chủ lực.")
            flash(words % {"name": mine.name_vi})
        return onward.onward(url_for("office.programme_rows.index", bang="san-pham"))

    return bureau.once(deeds.sent_key(), deed)


def _table(name: str) -> Table:
    table = TABLES.get(name)
    if table is None:
        raise NotFound(name)
    return table


def _asked(table: Table) -> Asked:
    """What of the address makes sense for this table."""
    area = goals.area(bureau.me())
    words = request.args.get("q", "").strip()[:100] if table.searched else ""
    asked = Asked(programme_period.asked(), area, {}, words)
    chosen = {}
    for name in table.filters:
        value = request.args.get(name, "")
        if value and value in dict(_options(name, asked)):
            chosen[name] = value
    return Asked(asked.period, area, chosen, words)


def _filters(table: Table, asked: Asked) -> list[Filter]:
    return [Filter(name, str(_LABELS[name]), _options(name, asked), asked.get(name)) for name in table.filters]


def _options(name: str, asked: Asked) -> list[tuple[str, str]]:
    match name:
        case "xa":
            return [(commune.code, commune.full_name) for commune in asked.area]
        case "sao":
            stars = [(str(n), _("%(n)s sao", n=n)) for n in (5, 4, 3)]
            return [("dat", _("3 sao trở lên")), *stars, ("0", _("Chưa có sao còn hiệu lực"))]
        case "buoc":
            return [("new", _("Mới trong kỳ")), ("consolidated", _("Củng cố, nâng cấp")), ("upgraded", _("Nâng hạng"))]
        case "vao":
            return [
                ("new", _("Mới trong kỳ")), ("consolidated", _("Củng cố, nâng cấp")),
                ("unknown", _("Chưa rõ ngày tham gia")),
            ]  # fmt: skip
        case "chu_luc":
            return [("1", _("Chỉ sản phẩm chủ lực"))]
        case "hinh_thuc":
            return [(form.value, wording.legal_form_name(form)) for form in LegalForm]
        case "cap":
            return [(level.value, wording.level_name(level)) for level in OutletLevel]
        case "kenh":
            return [(channel.value, programme_words.channel_name(channel)) for channel in SalesChannel]
        case "thieu":
            return [
                ("sao", _("Dưới 2 sản phẩm 3 sao trở lên")),
                ("tham", _("Dưới 2 lần hỗ trợ trong năm")),
                ("du-tham", _("Từ 2 lần hỗ trợ trong năm")),
            ]
        case "quy":
            value = request.args.get(name, "")
            quarter = _QUARTER.match(value)
            return [(value, _("Quý %(q)s/%(year)s", q=quarter[2], year=quarter[1]))] if quarter else []
        case _:
            value = request.args.get(name, "")
            month = _MONTH.match(value)
            return [(value, _("Tháng %(month)s/%(year)s", month=int(month[2]), year=month[1]))] if month else []


_LABELS = {
    "xa": _l("Xã, phường"),
    "sao": _l("Hạng sao"),
    "buoc": _l("Trong kỳ"),
    "vao": _l("Trong kỳ"),
    "chu_luc": _l("Chủ lực"),
    "hinh_thuc": _l("Hình thức"),
    "cap": _l("Cấp"),
    "kenh": _l("Kênh"),
    "thieu": _l("Thiếu hay đủ"),
    "quy": _l("Hết hạn"),
    "thang": _l("Tháng"),
}


def _count(found: Select[Any] | list[Row]) -> int:
    if isinstance(found, list):
        return len(found)
    return count_rows(found)


def _all(table: Table, found: Select[Any] | list[Row]) -> Iterator[Row]:
    if isinstance(found, list):
        yield from found
        return
    for result in db.session.execute(found.execution_options(yield_per=AT_ONCE)):
        yield table.row(result)


def _month_of(year: int, month: int) -> Period:
    first = date(year, month, 1)
    following = date(year + month // 12, month % 12 + 1, 1)
    return Period(first, date.fromordinal(following.toordinal() - 1))


def _products(asked: Asked) -> Any:
    stars = asked.get("sao")
    query: Any = goals.products(
        asked.codes,
        asked.period.days,
        stars=int(stars) if stars.isdecimal() else None,
        step=asked.get("buoc"),
        key=bool(asked.get("chu_luc")),
    )
    if stars == "dat":
        query = goals.reached(query)
    if quarter := _QUARTER.match(asked.get("quy")):
        query = goals.ending_in(query, int(quarter[1]), int(quarter[2]))
    if asked.words:
        query = query.where(log_fields.says(asked.words, Product.name_vi, Product.code, Producer.name_vi))
    return query


def _product_row(result: tuple[Product, Producer, Certificate | None]) -> Row:
    product, producer, certificate = result
    return Row(
        cells=(
            product.name_vi,
            product.code,
            producer.name_vi,
            _place(product.commune_code),
            certificate.stars if certificate else None,
            certificate.number if certificate else None,
            certificate.expires_on if certificate else None,
            _("chủ lực") if product.key_product else None,
        ),
        href=_page(product),
        product=product,
    )


def _producers(asked: Asked) -> Select[Any]:
    form = asked.get("hinh_thuc")
    query = goals.producers(
        asked.codes, asked.period.days, form=LegalForm(form) if form else None, step=asked.get("vao")
    )
    if asked.words:
        query = query.where(log_fields.says(asked.words, Producer.name_vi, Producer.code))
    return query


def _producer_row(result: tuple[Producer]) -> Row:
    (producer,) = result
    return Row(
        cells=(
            producer.name_vi,
            producer.code,
            wording.legal_form_name(producer.legal_form),
            _place(producer.commune_code),
            producer.joined_on,
        ),
        href=url_for("shop.producers.show", slug=producer.slug),
    )


def _outlets(asked: Asked) -> Select[Any]:
    level = asked.get("cap")
    everywhere = bureau.me().province and not asked.get("xa")
    return goals.outlets(None if everywhere else asked.codes, level=OutletLevel(level) if level else None)


def _outlet_row(result: tuple[Outlet]) -> Row:
    (outlet,) = result
    return Row(
        cells=(outlet.name_vi, outlet.code, wording.level_name(outlet.level), _place(outlet.commune_code)),
        href=url_for("shop.outlets.show", slug=outlet.slug),
    )


def commune_rows(
    area: Sequence[Commune], period: ChosenPeriod, standing: Standing, *, lacks: str = "", words: str = ""
) -> list[Row]:
    """What each commune has: old communes, products by stars, and days of visits in the period's last year."""
    codes = [commune.code for commune in area]
    stars = standing.stars_by_commune(codes)
    seen = visits.count_by_commune(codes, from_on=period.year.from_on, to_on=period.year.to_on)
    rows = []
    for commune in area:
        if fold(words) not in fold(commune.full_name):
            continue
        by_stars = stars.get(commune.code, {})
        total, visited = sum(by_stars.values()), seen.get(commune.code, 0)
        wanted = {
            "sao": total < ENOUGH_PRODUCTS,
            "tham": visited < ENOUGH_VISITS,
            "du-tham": visited >= ENOUGH_VISITS,
        }
        if not wanted.get(lacks, True):
            continue
        rows.append(
            Row(
                cells=(
                    commune.full_name,
                    commune.old_district,
                    goals.old_count([commune]),
                    total,
                    *(by_stars.get(n, 0) for n in (3, 4, 5)),
                    visited,
                ),
                href=url_for("office.programme_rows.index", bang="san-pham", xa=commune.code, sao="dat", ky=period.key),
            )
        )
    return rows


def _communes(asked: Asked) -> list[Row]:
    standing = goals.standing(on=asked.period.days.to_on)
    return commune_rows(asked.area, asked.period, standing, lacks=asked.get("thieu"), words=asked.words)


def _sales(asked: Asked) -> Select[Any]:
    """Products by what they sold in a month, or in the twelve months of the chart."""
    days, channel = asked.month or asked.period.twelve_months, asked.get("kenh")
    sold = sales_figures.by_product(
        from_on=days.from_on, to_on=days.to_on, channel=SalesChannel(channel) if channel else None
    ).subquery()
    query = (
        select(Product, Producer, sold.c.units, sold.c.amount)
        .join(sold, sold.c.product_id == Product.id)
        .join(Producer, Producer.id == Product.producer_id)
        .where(Product.commune_code.in_(asked.codes))
        .order_by(sold.c.amount.desc(), Product.id)
    )
    if asked.words:
        query = query.where(log_fields.says(asked.words, Product.name_vi, Product.code, Producer.name_vi))
    return query


def _sale_row(result: tuple[Product, Producer, int, int]) -> Row:
    product, producer, units, amount = result
    return Row(
        cells=(
            product.name_vi, product.code, producer.name_vi, _place(product.commune_code), int(units), int(amount),
        ),
        href=_page(product),
    )  # fmt: skip


def month_rows(area: Sequence[Commune], period: ChosenPeriod) -> list[Row]:
    """Twelve months of sales by channel, with their sum and that of the same month a year before."""
    codes = [commune.code for commune in area]
    now, before = period.twelve_months, period.twelve_before
    found = sales_figures.of_communes(codes, from_on=before.from_on, to_on=now.to_on)
    amounts = {(row.month, row.channel): row for row in found}
    rows = []
    for ago in range(12):
        month = add_months(now.from_on, ago)
        earlier = add_months(month, -12)
        here = [_amount(amounts, month, channel) for channel in SalesChannel]
        last_year = sum(_amount(amounts, earlier, channel) for channel in SalesChannel)
        rows.append(
            Row(
                cells=(f"{month:%m/%Y}", *here, sum(here), last_year),
                href=url_for("office.programme_rows.index", bang="doanh-so", thang=f"{month:%Y-%m}", ky=period.key),
            )
        )
    return rows


def _amount(amounts: Mapping[Any, MonthSales], month: Any, channel: SalesChannel) -> int:
    row = amounts.get((month, channel))
    return row.amount if row else 0


def quarter_rows(area: Sequence[Commune], period: ChosenPeriod) -> list[Row]:
    """The quarters until the last certificate ends, with how many products of each number of stars."""
    ends = goals.ends_by_quarter([commune.code for commune in area], on=period.days.to_on)
    first = period.days.to_on.year * 4 + (period.days.to_on.month - 1) // 3
    last = max((year * 4 + quarter - 1 for year, quarter in ends), default=first - 1)
    rows = []
    for year, quarter in (divmod(number, 4) for number in range(first, last + 1)):
        by_stars = ends.get((year, quarter + 1), {})
        counts = [by_stars.get(n, 0) for n in (3, 4, 5)]
        address = url_for(
            "office.programme_rows.index", bang="san-pham", sao="dat", quy=f"{year}-{quarter + 1}", ky=period.key
        )
        rows.append(Row((f"{quarter + 1}/{year}", *counts, sum(counts)), href=address))
    return rows


def _page(product: Product) -> str | None:
    """Its page in the shop; None for what shoppers do not see."""
    shown = product.state is ProductState.PUBLISHED
    return url_for("shop.products.show", slug=product.slug) if shown else None


def _place(code: str) -> str:
    commune = places.find_commune(code)
    return commune.full_name if commune else code


TABLES: Mapping[str, Table] = {
    "san-pham": Table(
        _l("Sản phẩm"),
        (
            (_l("Sản phẩm"), False), (_l("Mã"), False), (_l("Chủ thể"), False), (_l("Xã, phường"), False),
            (_l("Sao"), True), (_l("Quyết định"), False), (_l("Hết hạn"), False), (_l("Chủ lực"), False),
        ),
        ("xa", "sao", "buoc", "chu_luc", "quy"),
        _products,
        _product_row,
        searched=True,
    ),
    "chu-the": Table(
        _l("Chủ thể"),
        (
            (_l("Chủ thể"), False), (_l("Mã"), False), (_l("Hình thức"), False), (_l("Xã, phường"), False),
            (_l("Tham gia từ"), False),
        ),
        ("xa", "hinh_thuc", "vao"),
        _producers,
        _producer_row,
        searched=True,
    ),
    "diem-ban": Table(
        _l("Điểm bán và trung tâm"),
        ((_l("Điểm"), False), (_l("Mã"), False), (_l("Cấp"), False), (_l("Xã, phường"), False)),
        ("xa", "cap"),
        _outlets,
        _outlet_row,
    ),
    "xa": Table(
        _l("Xã, phường"),
        (
            (_l("Xã, phường"), False), (_l("Huyện cũ"), False), (_l("Xã cũ"), True),
            (_l("Sản phẩm 3 sao trở lên"), True), (_l("3 sao"), True), (_l("4 sao"), True), (_l("5 sao"), True),
            (_l("Lần hỗ trợ trong năm"), True),
        ),
        ("thieu",),
        _communes,
        searched=True,
    ),
    "doanh-so": Table(
        _l("Doanh số theo sản phẩm"),
        (
            (_l("Sản phẩm"), False), (_l("Mã"), False), (_l("Chủ thể"), False), (_l("Xã, phường"), False),
            (_l("Số lượng"), True), (_l("Tiền (₫)"), True),
        ),
        ("xa", "thang", "kenh"),
        _sales,
        _sale_row,
        searched=True,
    ),
    "theo-thang": Table(
        _l("Doanh số theo tháng"),
        (
            (_l("Tháng"), False), (_l("Đặt qua mạng (₫)"), True), (_l("Tại quầy (₫)"), True), (_l("Xuất khẩu (₫)"), True),
            (_l("Cộng (₫)"), True), (_l("Cùng tháng năm trước (₫)"), True),
        ),
        (),
        lambda asked: month_rows(asked.area, asked.period),
    ),
    "theo-quy": Table(
        _l("Chứng nhận theo quý hết hạn"),
        (
            (_l("Quý"), False), (_l("3 sao"), True), (_l("4 sao"), True), (_l("5 sao"), True), (_l("Cộng"), True),
        ),
        (),
        lambda asked: quarter_rows(asked.area, asked.period),
    ),
}  # fmt: skip
"""By their name in addresses."""
