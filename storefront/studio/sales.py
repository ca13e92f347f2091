"""What one's own products sold, month by month, by product and by channel. Who bought them is told nowhere."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from flask import Blueprint, Response, render_template, request
from flask_babel import gettext as _

from catalog.clock import add_months, vietnam_day
from checkout import sales_figures
from checkout.sales_figures import ProductMonth, SalesChannel
from storefront import charts, filters, spreadsheets
from storefront.charts import Column
from storefront.extensions import limiter
from storefront.outside import outside
from storefront.spreadsheets import Cell
from storefront.studio import bench

bp = Blueprint("sales", __name__, url_prefix="/<producer>/doanh-thu")

MONTHS = 12
FIRST_YEAR = 2020


@dataclass(frozen=True, slots=True)
class Sum:
    """Units and đồng."""

    units: int = 0
    amount: int = 0

    def __add__(self, other: "Sum") -> "Sum":
        return Sum(self.units + other.units, self.amount + other.amount)


@dataclass(frozen=True, slots=True)
class MonthRow:
    """One month: each channel's sum, all of them, and what it was a year before."""

    month: date
    channels: tuple[Sum, ...]
    whole: Sum
    before: Sum


@dataclass(frozen=True, slots=True)
class FigureRow:
    """A row of the table beside the drawing; it opens nothing."""

    cells: tuple[str | int, ...]
    href: str | None = None


@dataclass(frozen=True, slots=True)
class ProductRow:
    """One product over the whole period."""

    name: str
    channels: tuple[Sum, ...]
    whole: Sum


@dataclass(frozen=True, slots=True)
class Period:
    """Twelve months, or those of a year that have begun. year: None for the last twelve."""

    months: tuple[date, ...]
    year: int | None

    @property
    def days(self) -> tuple[date, date]:
        """First and last day."""
        return self.months[0], add_months(self.months[-1], 1) - date.resolution


@bp.get("")
def show() -> str:
    """Columns, and the figures they are drawn from."""
    period, today = _period(), _today()
    rows = _rows(period)
    channels = _channels(rows)
    months = _by_month(rows, period, channels)
    whole = sum((row.whole for row in months), Sum())
    before = any(row.before.amount for row in months)
    named = [(channel_name(channel), True) for channel in channels]
    return render_template(
        "studio/sales/show.html",
        period=period,
        years=range(today.year, max(FIRST_YEAR, today.year - 5), -1),
        channels=[channel_name(channel) for channel in channels],
        month_heads=[(_("Tháng"), False), *named, (_("Cộng"), True), *([(_("Năm trước"), True)] if before else [])],
        month_rows=[_figures(row, before=before) for row in reversed(months)],
        product_heads=[(_("Sản phẩm"), False), *named, (_("Số lượng"), True), (_("Cộng"), True)],
        products=_by_product(rows, period, channels),
        whole=whole,
        sums=[sum((row.channels[n] for row in months), Sum()) for n in range(len(channels))],
        chart=charts.column_chart(_columns(months), [row.before.amount // 1000 for row in months] if before else []),
        before=before,
    )


@bp.get("/bang.csv")
@limiter.limit("30 per minute")
def table() -> Response:
    """The same by month, product and channel, for a spreadsheet."""
    period = _period()
    heads = (_("Tháng"), _("Sản phẩm"), _("Kênh"), _("Số lượng"), _("Tiền bán (đồng, gồm thuế)"))
    first, last = period.days
    found = (row for row in _rows(period) if first <= row.month <= last)
    name = f"doanh-thu-{bench.here().code}-{first:%Y%m}-{last:%Y%m}"
    return spreadsheets.csv_file(name, heads, _cells(found))


def channel_name(channel: SalesChannel) -> str:
    """``Tại quầy``…"""
    return {
        SalesChannel.ONLINE: _("Qua mạng"),
        SalesChannel.COUNTER: _("Tại quầy"),
        SalesChannel.EXPORT: _("Ra nước ngoài"),
    }[channel]


def _today() -> date:
    return vietnam_day(outside().now())


def _period() -> Period:
    """``nam`` of the address; nonsense is the last twelve months."""
    today, asked = _today(), request.args.get("nam", "")
    this = today.replace(day=1)
    if len(asked) == 4 and asked.isascii() and asked.isdecimal() and FIRST_YEAR <= int(asked) <= today.year:
        months = (date(int(asked), month, 1) for month in range(1, 13))
        return Period(tuple(month for month in months if month <= this), int(asked))
    return Period(tuple(add_months(this, back) for back in range(1 - MONTHS, 1)), None)


def _rows(period: Period) -> list[ProductMonth]:
    """Of the period and the same months a year before."""
    first, last = period.days
    return sales_figures.products_of(bench.here().id, from_on=add_months(first, -12), to_on=last)


def _channels(rows: Iterable[ProductMonth]) -> list[SalesChannel]:
    """Online and counter always; export once there is some."""
    sold = {row.channel for row in rows}
    return [channel for channel in SalesChannel if channel is not SalesChannel.EXPORT or channel in sold]


def _by_month(rows: Iterable[ProductMonth], period: Period, channels: Sequence[SalesChannel]) -> list[MonthRow]:
    sums: dict[tuple[date, SalesChannel], Sum] = defaultdict(Sum)
    for row in rows:
        sums[row.month, row.channel] += Sum(row.units, row.amount)

    def of(month: date) -> tuple[Sum, ...]:
        return tuple(sums.get((month, channel), Sum()) for channel in channels)

    return [
        MonthRow(month, of(month), sum(of(month), Sum()), sum(of(add_months(month, -12)), Sum()))
        for month in period.months
    ]


def _figures(row: MonthRow, *, before: bool) -> FigureRow:
    last = (row.before.amount,) if before else ()
    return FigureRow((f"{row.month:%m/%Y}", *(each.amount for each in row.channels), row.whole.amount, *last))


def _by_product(rows: Iterable[ProductMonth], period: Period, channels: Sequence[SalesChannel]) -> list[ProductRow]:
    """The best sold first."""
    first, last = period.days
    sums: dict[tuple[int, str], dict[SalesChannel, Sum]] = defaultdict(lambda: defaultdict(Sum))
    for row in rows:
        if first <= row.month <= last:
            sums[row.product_id, row.name_vi][row.channel] += Sum(row.units, row.amount)
    found = [
        ProductRow(name, tuple(each.get(channel, Sum()) for channel in channels), sum(each.values(), Sum()))
        for (_product, name), each in sums.items()
    ]
    return sorted(found, key=lambda row: (-row.whole.amount, row.name))


def _columns(months: Iterable[MonthRow]) -> list[Column]:
    """In thousands of đồng; the table says them in full."""
    return [
        Column(
            label=str(row.month.month),
            parts=tuple(each.amount // 1000 for each in row.channels),
            title=f"{row.month:%m/%Y}: {filters.vnd(row.whole.amount)}",
        )
        for row in months
    ]


def _cells(rows: Iterable[ProductMonth]) -> Iterator[tuple[Cell, ...]]:
    for row in rows:
        yield f"{row.month:%Y-%m}", row.name_vi, channel_name(row.channel), row.units, row.amount
