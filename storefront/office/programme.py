"""How the programme does against its goals: one page for the province, and for each officer of their communes.

Every figure says what it counts, opens its rows and can be taken along; what nobody has written down is said to be
unknown. Goals are the province's: who answers for some communes sees their figures without them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from flask import Blueprint, render_template, url_for
from flask_babel import gettext as _

from catalog import atlas, goals
from catalog.goals import FormProgress, Standing, Target
from catalog.outlets import OutletLevel
from catalog.places import Commune
from catalog.producers import LegalForm
from storefront import charts, filters, wording
from storefront.charts import Bar, BarChart, Column, ColumnChart
from storefront.office import bureau, programme_period, programme_rows
from storefront.office.programme_period import ChosenPeriod
from storefront.office.programme_rows import ENOUGH_PRODUCTS, ENOUGH_VISITS, Row
from storefront.outside import outside

bp = Blueprint("programme", __name__, url_prefix="/chuong-trinh")

MOST_QUARTERS = 12
"""More do not fit beside one another."""
OUTLET_GOALS = (
    ("sales_points", OutletLevel.SALES_POINT),
    ("district_centres", OutletLevel.DISTRICT_CENTRE),
    ("provincial_centres", OutletLevel.PROVINCIAL_CENTRE),
    ("regional_centres", OutletLevel.REGIONAL_CENTRE),
)
_MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure beside its goal. words: as it is read.    target: None where the goal is not this officer's.

    share: percent of the goal.    note: what the figure does not know.    bang, choice: its rows, for ``url_for``.
    """

    name: str
    words: str
    target: Target | None
    share: int
    note: str
    bang: str
    choice: dict[str, str]


@dataclass(frozen=True, slots=True)
class Dot:
    """One commune on the map. kind: ``none``, ``few`` or ``enough`` products."""

    x: float
    y: float
    radius: float
    kind: str
    title: str


@dataclass(frozen=True, slots=True)
class Table:
    """The figures of a drawing. heads: (label, number); totals: of the same columns, or nothing."""

    heads: Sequence[tuple[str, bool]]
    rows: Sequence[Row]


@bp.get("")
def show() -> str:
    """All goals, drawings and tables of a period."""
    period, area = programme_period.asked(), goals.area(bureau.me())
    standing = goals.standing(on=period.days.to_on)
    communes = programme_rows.commune_rows(area, period, standing)
    forms = goals.organisations([commune.code for commune in area], period.days)
    return render_template(
        "office/programme/show.html",
        period=period,
        periods=programme_period.periods(),
        area=area,
        whole=bureau.me().province,
        at=outside().now(),
        outside_count=standing.outside if bureau.me().province else 0,
        figures=_figures(area, period, communes, forms, standing),
        coverage=_coverage(area, period, communes),
        ends=_ends(area, period),
        sales=_sales(area, period),
        forms=_forms(forms, period),
        outlets=_outlets(area, period),
        map_outline=atlas.map_outline(),
    )


def _figures(
    area: Sequence[Commune],
    period: ChosenPeriod,
    communes: Sequence[Row],
    forms: Sequence[FormProgress],
    standing: Standing,
) -> list[Figure]:
    codes = [commune.code for commune in area]
    products = goals.progress(codes, period.days)
    keys = standing.key_by_stars(codes)
    levels = goals.outlets_by_level(None if bureau.me().province else codes)
    reached, old = sum(_whole(row, 3) for row in communes), goals.old_count(area)
    visited = sum(_whole(row, 7) >= ENOUGH_VISITS for row in communes)
    unknown, joined = sum(form.unknown for form in forms), {form.form: form.new for form in forms}
    on_day = _("tính đến hết ngày %(day)s", day=filters.day(period.days.to_on))
    unknown_words = _("%(n)s chủ thể chưa rõ ngày tham gia, chưa tính vào đâu", n=filters.number(unknown))
    year = period.days.to_on.year
    figures = [
        _figure(
            "products_per_commune",
            _("Sản phẩm 3 sao trở lên, bình quân mỗi xã cũ"),
            Decimal(reached) / max(1, old),
            _("%(n)s sản phẩm trên %(old)s xã cũ, %(day)s", n=filters.number(reached), old=old, day=on_day),
            "xa",
        ),
        _figure(
            "five_star_key",
            _("Sản phẩm chủ lực đạt 5 sao"),
            keys.get(5, 0),
            _("trong %(n)s sản phẩm được chọn là chủ lực", n=filters.number(sum(keys.values()))),
            "san-pham",
            sao="5",
            chu_luc="1",
        ),
        _figure(
            "products_consolidated",
            _("Sản phẩm được củng cố, nâng cấp"),
            products.consolidated,
            _("có quyết định mới trong kỳ sau một quyết định trước kỳ; %(n)s nâng hạng", n=products.upgraded),
            "san-pham",
            buoc="consolidated",
        ),
        _figure(
            "products_new",
            _("Sản phẩm mới"),
            products.new,
            _("quyết định đầu tiên ký trong kỳ"),
            "san-pham",
            buoc="new",
        ),
        _figure(
            "organisations_consolidated",
            _("Tổ chức được củng cố, nâng cấp"),
            sum(form.consolidated for form in forms),
            _("tham gia trước kỳ; trong kỳ có quyết định mới hoặc được hỗ trợ"),
            "chu-the",
            vao="consolidated",
        ),
        _figure(
            "organisations_new", _("Tổ chức mới"), sum(joined.values()), unknown_words if unknown else "", "chu-the",
            vao="new",
        ),
        _figure(
            "companies_new", _("Doanh nghiệp mới"), joined[LegalForm.COMPANY], "", "chu-the", vao="new",
            hinh_thuc=LegalForm.COMPANY.value,
        ),
        _figure(
            "cooperatives_new", _("Hợp tác xã mới"), joined[LegalForm.COOPERATIVE], "", "chu-the", vao="new",
            hinh_thuc=LegalForm.COOPERATIVE.value,
        ),
    ]  # fmt: skip
    now = _("đang hoạt động hôm nay; hệ thống chưa ghi ngày mở")
    for key, level in OUTLET_GOALS:
        figures.append(_figure(key, wording.level_name(level), levels[level], now, "diem-ban", cap=level.value))
    visits = Figure(
        name=_("Xã, phường được hỗ trợ từ 2 lần trong năm %(year)s", year=year),
        words=f"{filters.number(visited)}/{filters.number(len(area))}",
        target=goals.targets()["visits_per_year"],
        share=charts.share(visited, len(area)),
        note=_("theo sổ đi hỗ trợ; hai chủ thể cùng xã trong một ngày là một lần"),
        bang="xa",
        choice={"thieu": "du-tham"},
    )
    return [*figures, visits]


def _figure(key: str, name: str, value: Decimal | int, note: str, bang: str, **choice: str) -> Figure:
    """A figure of the province's own goal; officers of some communes see no goal."""
    target = goals.targets()[key] if bureau.me().province or key == "products_per_commune" else None
    tenth = Decimal(value).quantize(Decimal("0.1"), ROUND_HALF_UP)
    return Figure(
        name=name,
        words=filters.decimal(tenth),
        target=target,
        share=charts.share(float(value), target.number) if target else 0,
        note=note,
        bang=bang,
        choice=choice,
    )


def _coverage(area: Sequence[Commune], period: ChosenPeriod, communes: Sequence[Row]) -> dict[str, Any]:
    """The map: how many products each commune has, and which have too few."""
    most = max((_whole(row, 3) for row in communes), default=0)
    dots = []
    for commune, row in zip(area, communes, strict=True):
        count = _whole(row, 3)
        if not atlas.on_map(commune.lat, commune.lon):
            continue
        x, y = atlas.project(commune.lat, commune.lon)
        title = _("%(place)s: %(n)s sản phẩm", place=commune.full_name, n=count)
        kind = "none" if count == 0 else "few" if count < ENOUGH_PRODUCTS else "enough"
        dots.append(Dot(x, y, charts.dot_radius(count, most), kind, title))
    without = sum(_whole(row, 3) == 0 for row in communes)
    lacking = sum(_whole(row, 3) < ENOUGH_PRODUCTS for row in communes)
    if lacking:
        words = _(
            "%(n)s trong %(all)s xã, phường còn dưới 2 sản phẩm 3 sao trở lên, %(none)s nơi chưa có sản phẩm nào",
            n=lacking, all=len(area), none=without,
        )  # fmt: skip
    else:
        words = _("Cả %(all)s xã, phường đều có từ 2 sản phẩm 3 sao trở lên", all=len(area))
    dots.sort(key=lambda dot: -dot.radius)
    rows = sorted(communes, key=lambda row: _whole(row, 3))
    return {"words": words, "dots": dots, "table": Table(_heads("xa"), rows)}


def _ends(area: Sequence[Commune], period: ChosenPeriod) -> dict[str, Any]:
    """Certificates by the quarter in which they end, from the period's end on."""
    rows = programme_rows.quarter_rows(area, period)
    words = _("Không có chứng nhận nào còn hiệu lực")
    if rows:
        soon, soon_last = sum(_whole(row, 4) for row in rows[:2]), rows[:2][-1].cells[0]
        words = _("%(n)s sản phẩm hết hạn chứng nhận đến hết quý %(last)s", n=filters.number(soon), last=soon_last)
    columns = [
        Column(
            label=str(row.cells[0]).replace("/20", "/"),
            parts=tuple(_whole(row, place) for place in (1, 2, 3)),
            title=_("Quý %(quarter)s: %(n)s sản phẩm", quarter=row.cells[0], n=_whole(row, 4)),
        )
        for row in rows[:MOST_QUARTERS]
    ]
    return {"words": words, "chart": charts.column_chart(columns), "table": Table(_heads("theo-quy"), rows)}


def _sales(area: Sequence[Commune], period: ChosenPeriod) -> dict[str, Any]:
    """Twelve months by channel, in million đồng, with the year before as a line."""
    rows = programme_rows.month_rows(area, period)
    columns = [
        Column(
            label=str(row.cells[0])[:2].lstrip("0"),
            parts=tuple(_million(_whole(row, place)) for place in (1, 2, 3)),
            title=_("Tháng %(month)s: %(money)s", month=row.cells[0], money=filters.vnd(_whole(row, 4))),
        )
        for row in rows
    ]
    now, before = (sum(_whole(row, place) for row in rows) for place in (4, 5))
    facts = {"money": filters.vnd(now), "first": rows[0].cells[0], "last": rows[-1].cells[0]}
    if not now:
        words = _("Chưa ghi nhận doanh số nào từ tháng %(first)s đến tháng %(last)s", **facts)
    elif not all(_whole(row, 5) for row in rows):
        known = sum(_whole(row, 5) > 0 for row in rows)
        words = _(
            "Bán được %(money)s từ tháng %(first)s đến tháng %(last)s; năm trước chỉ có số liệu %(n)s trong 12 tháng",
            n=known, **facts,
        )  # fmt: skip
    else:
        change = round((now - before) * 100 / before)
        more = _("tăng %(n)s %%", n=change) if change >= 0 else _("giảm %(n)s %%", n=-change)
        words = _(
            "Bán được %(money)s từ tháng %(first)s đến tháng %(last)s, %(more)s so với năm trước", more=more, **facts
        )
    exported = sum(_whole(row, 3) for row in rows)
    line = [_million(_whole(row, 5)) for row in rows] if before else []
    chart: ColumnChart = charts.column_chart(columns, line)
    return {"words": words, "chart": chart, "exported": exported, "table": Table(_heads("theo-thang"), rows)}


def _forms(forms: Sequence[FormProgress], period: ChosenPeriod) -> dict[str, Any]:
    """Producers by legal form."""
    rows = [
        Row(
            cells=(wording.legal_form_name(form.form), form.total, form.new, form.consolidated, form.unknown),
            href=url_for("office.programme_rows.index", bang="chu-the", hinh_thuc=form.form.value, ky=period.key),
        )
        for form in forms
    ]
    most = max(forms, key=lambda form: form.total)
    total = sum(form.total for form in forms)
    words = _("Chưa có chủ thể nào")
    if total:
        words = _(
            "%(n)s chủ thể, nhiều nhất là %(form)s: %(most)s",
            n=filters.number(total), form=wording.legal_form_name(most.form).lower(), most=filters.number(most.total),
        )  # fmt: skip
    bars = [Bar(str(row.cells[0]), _whole(row, 1), filters.number(_whole(row, 1))) for row in rows]
    chart: BarChart = charts.bar_chart(bars)
    heads = (
        (_("Hình thức"), False), (_("Tất cả"), True), (_("Mới trong kỳ"), True), (_("Củng cố, nâng cấp"), True),
        (_("Chưa rõ ngày tham gia"), True),
    )  # fmt: skip
    return {"words": words, "chart": chart, "table": Table(heads, rows)}


def _outlets(area: Sequence[Commune], period: ChosenPeriod) -> dict[str, Any]:
    """Outlets in business by level; for the province each with the mark of its goal."""
    whole = bureau.me().province
    levels = goals.outlets_by_level(None if whole else [commune.code for commune in area])
    rows, bars = [], []
    for key, level in OUTLET_GOALS:
        goal = goals.targets()[key].number if whole else None
        name, count = wording.level_name(level), levels[level]
        address = url_for("office.programme_rows.index", bang="diem-ban", cap=level.value, ky=period.key)
        rows.append(Row((name, count, goal), href=address))
        words = filters.number(count) if goal is None else f"{filters.number(count)}/{filters.number(goal)}"
        bars.append(Bar(name, count, words, goal=goal))
    missing = sum(bar.goal is not None and bar.value < bar.goal for bar in bars)
    total = filters.number(sum(levels.values()))
    words = _("%(n)s điểm bán và trung tâm đang hoạt động", n=total)
    if whole:
        reached = _("đủ mục tiêu ở cả bốn cấp") if not missing else _("còn thiếu ở %(n)s trong bốn cấp", n=missing)
        words = f"{words}, {reached}"
    heads = ((_("Cấp"), False), (_("Đang hoạt động"), True), (_("Mục tiêu"), True))
    return {"words": words, "chart": charts.bar_chart(bars), "table": Table(heads, rows)}


def _heads(bang: str) -> list[tuple[str, bool]]:
    return [(str(label), number) for label, number in programme_rows.TABLES[bang].heads]


def _whole(row: Row, place: int) -> int:
    cell = row.cells[place]
    return cell if isinstance(cell, int) else 0


def _million(amount: int) -> int:
    return round(amount / _MILLION)
