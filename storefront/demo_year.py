"""A year behind the counters of the demo: what was sold, who counted the till, which lots ran out.

It is written in bulk, for the verbs would take minutes, and adds up all the same: every unit arrived before it was sold,
every shift holds its entries, no shelf drifts. Drawn from fixed seeds, so two demo shops of one day are alike.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from sqlalchemy import select

from catalog import codes
from catalog.certificates import Certificate, CertificateState
from catalog.clock import add_months, start_of, vietnam_day
from catalog.db import db
from catalog.groups import ALCOHOL_CODES
from catalog.hours import Span
from catalog.lots import Lot, LotState
from catalog.money import Money
from catalog.outlets import Outlet, OutletLevel
from catalog.people import User
from catalog.products import Product, Variant
from catalog.stock import MovementKind, StockLevel, StockMovement
from checkout import sales
from checkout.gateways import bank_transfer
from checkout.sales import Sale, SaleLine, SalePick, SaleState
from checkout.tax import LAW
from checkout.tills import EntryKind, Shift, Tender, TillEntry
from storefront.nationwide import insert_all

DAYS = 365
ERA = 61
"""Days that one past lot of a variant lasted at an outlet."""
A_DAY = {
    OutletLevel.SALES_POINT: 0.35,
    OutletLevel.DISTRICT_CENTRE: 0.7,
    OutletLevel.PROVINCIAL_CENTRE: 2.0,
    OutletLevel.REGIONAL_CENTRE: 2.5,
}
"""Sales on an ordinary day; a demo is small."""
SEASON = (1.9, 1.7, 0.7, 0.8, 0.9, 1.3, 1.5, 1.3, 0.9, 0.8, 0.7, 1.1)
"""January to December: gifts for Tết, visitors in summer."""
VARIANTS = 12
"""So many different things an outlet sold."""
FLOAT = 500_000
TRANSFERRED, UNDONE, MISCOUNTED = 0.35, 0.01, 0.03
"""Shares: of sales paid by transfer, of sales undone, of shifts whose drawer did not hold what it should."""
UNDOING = timedelta(minutes=4)

Values = dict[str, Any]
Shelf = tuple[int, int]
"""Level and lot."""


@dataclass(frozen=True, slots=True)
class Goods:
    """One variant as the past sold it. certificates: the newest decision first."""

    variant: Variant
    product: Product
    certificates: tuple[Certificate, ...]


@dataclass(frozen=True, slots=True)
class Sold:
    """One past sale. lines: (goods, units)."""

    outlet: Outlet
    at: datetime
    lines: tuple[tuple[Goods, int], ...]
    method: Tender
    undone: bool

    @property
    def total(self) -> int:
        """In đồng."""
        return sum(goods.variant.price * units for goods, units in self.lines)


def write(clerks: Mapping[int, User], *, at: datetime) -> None:
    """The year before ``at`` at every outlet. clerks: outlet → who sold there."""
    goods = _goods()
    for outlet in db.session.scalars(select(Outlet).order_by(Outlet.code)).all():
        sold = list(_sales(outlet, goods.get(outlet.id, ()), at))
        if sold:
            _write(outlet, clerks[outlet.id], sold)


def _goods() -> dict[int, list[Goods]]:
    """What each outlet has on its shelves, drawn and shuffled by its name; the first sells best."""
    decided: dict[int, list[Certificate]] = defaultdict(list)
    signed = select(Certificate).where(Certificate.state != CertificateState.CANDIDATE)
    for certificate in db.session.scalars(signed.order_by(Certificate.signed_on.desc())):
        decided[certificate.product_id].append(certificate)
    query = (
        select(StockLevel.outlet_id, Variant, Product)
        .join(Variant, Variant.id == StockLevel.variant_id)
        .join(Product, Product.id == Variant.product_id)
        .where(StockLevel.on_hand > 0, Product.group_code.not_in(ALCOHOL_CODES))
        .order_by(StockLevel.outlet_id, Variant.sku)
    )
    found: dict[int, dict[int, Goods]] = defaultdict(dict)
    for outlet, variant, product in db.session.execute(query):
        found[outlet].setdefault(variant.id, Goods(variant, product, tuple(decided[product.id])))
    shuffled = {outlet: list(goods.values()) for outlet, goods in found.items()}
    for outlet, goods_here in shuffled.items():
        Random(f"goods {outlet}").shuffle(goods_here)
    return {outlet: goods_here[:VARIANTS] for outlet, goods_here in shuffled.items()}


def _sales(outlet: Outlet, goods: Sequence[Goods], at: datetime) -> Iterator[Sold]:
    """Day by day, within opening hours, until yesterday."""
    if not goods:
        return
    chance = Random(f"sales {outlet.code}")
    weights = [1 / place for place in range(1, len(goods) + 1)]
    today, opening = vietnam_day(at), outlet.opening()
    for ago in range(DAYS, 0, -1):
        day = today - timedelta(days=ago)
        spans = opening.on(day)
        mean = A_DAY[outlet.level] * SEASON[day.month - 1] * (1.4 if day.weekday() >= 5 else 0.9) if spans else 0
        for moment in sorted(_moment(chance, day, spans) for _ in range(8) if chance.random() < mean / 8):
            chosen = dict.fromkeys(chance.choices(goods, weights, k=chance.choice((1, 1, 1, 2, 2, 3))))
            lines = tuple((each, chance.choice((1, 1, 1, 2, 2, 3, 5))) for each in chosen)
            method = Tender.TRANSFER if chance.random() < TRANSFERRED else Tender.CASH
            yield Sold(outlet, moment, lines, method, undone=chance.random() < UNDONE)


def _moment(chance: Random, day: date, spans: Sequence[Span]) -> datetime:
    span = chance.choice(spans)
    first, last = span.start.hour * 60 + span.start.minute + 10, span.end.hour * 60 + span.end.minute - 15
    return start_of(day) + timedelta(minutes=chance.randint(first, max(first, last)), seconds=chance.randint(0, 59))


def _write(outlet: Outlet, clerk: User, sold: Sequence[Sold]) -> None:
    """All rows of one outlet's year."""
    actor = f"user:{clerk.id}"
    shifts = _shifts(outlet, clerk, sold)
    shelves = _arrivals(outlet, sold)
    papers = _papers(outlet, clerk, sold, shifts)
    lines: list[Values] = []
    picks: list[Values] = []
    movements: list[Values] = []
    entries: list[Values] = []
    for number, paper, sale in zip(insert_all(Sale, papers), papers, sold, strict=True):
        cause = sales.subject_of(paper["reference"])
        trace = {"cause": cause, "actor": actor}
        entry = trace | {"shift_id": paper["shift_id"], "method": sale.method}
        entries.append(entry | {"kind": EntryKind.SALE, "amount": sale.total, "at": sale.at})
        if sale.undone:
            entries.append(entry | {"kind": EntryKind.UNDONE, "amount": -sale.total, "at": sale.at + UNDOING})
        for position, (goods, units) in enumerate(sale.lines, start=1):
            level, lot = shelves[goods.variant.id, _era(sale)]
            lines.append(_line(number, position, goods, units, vietnam_day(sale.at)))
            picks.append({"level_id": level, "lot_id": lot, "quantity": units})
            moved = trace | {"level_id": level, "held": 0, "reason": ""}
            movements.append(moved | {"kind": MovementKind.SOLD_AT_COUNTER, "on_hand": -units, "at": sale.at})
            if sale.undone:
                back = {"on_hand": units, "at": sale.at + UNDOING, "reason": paper["reason"]}
                movements.append(moved | {"kind": MovementKind.RETURNED} | back)
    for line, pick in zip(insert_all(SaleLine, lines), picks, strict=True):
        pick["line_id"] = line
    insert_all(SalePick, picks)
    insert_all(StockMovement, movements)
    insert_all(TillEntry, entries)


def _shifts(outlet: Outlet, clerk: User, sold: Sequence[Sold]) -> dict[date, int]:
    """A closed shift for each day with sales, from just before the first until just after the last."""
    by_day: dict[date, list[Sold]] = defaultdict(list)
    for sale in sold:
        by_day[vietnam_day(sale.at)].append(sale)
    chance = Random(f"shifts {outlet.code}")
    hands = {f"{hand}_by": f"user:{clerk.id}" for hand in ("opened", "closed")} | {
        "opener": clerk.name,
        "closer": clerk.name,
    }
    rows: list[Values] = []
    for of_day in by_day.values():
        expected = FLOAT + sum(sale.total for sale in of_day if sale.method is Tender.CASH and not sale.undone)
        slip = chance.choice((-20_000, -5_000, 10_000)) if chance.random() < MISCOUNTED else 0
        rows.append(
            hands
            | {
                "outlet_id": outlet.id,
                "opened_at": of_day[0].at - timedelta(minutes=5),
                "float_amount": FLOAT,
                "closed_at": of_day[-1].at + timedelta(minutes=9),
                "expected": expected,
                "counted": expected + slip,
                "note": "Có thể đã thối nhầm tiền lẻ" if slip else "",
            }
        )
    return dict(zip(by_day, insert_all(Shift, rows), strict=True))


def _arrivals(outlet: Outlet, sold: Sequence[Sold]) -> dict[tuple[int, int], Shelf]:
    """A lot and its shelf for each variant and era; all of it was sold but what came back undone."""
    arrived: dict[tuple[int, int], datetime] = {}
    units: dict[tuple[int, int], int] = defaultdict(int)
    left: dict[tuple[int, int], int] = defaultdict(int)
    product_of: dict[int, Product] = {}
    sku_of: dict[int, str] = {}
    for sale in sold:
        for goods, count in sale.lines:
            key = goods.variant.id, _era(sale)
            arrived.setdefault(key, sale.at - timedelta(days=3))
            units[key] += count
            left[key] += count if sale.undone else 0
            product_of[goods.variant.id], sku_of[goods.variant.id] = goods.product, goods.variant.sku
    lots = [
        _lot(variant, f"{sku_of[variant]}-{outlet.code}-{era}", product_of[variant], vietnam_day(at))
        for (variant, era), at in arrived.items()
    ]
    lot_ids = insert_all(Lot, lots)
    levels = [
        {
            "outlet_id": outlet.id,
            "lot_id": lot,
            "variant_id": key[0],
            "on_hand": left[key],
            "held": 0,
            "consigned": True,
        }
        for key, lot in zip(arrived, lot_ids, strict=True)
    ]
    level_ids = insert_all(StockLevel, levels)
    insert_all(
        StockMovement,
        [
            {
                "level_id": level, "kind": MovementKind.RECEIVED, "on_hand": units[key], "held": 0,
                "cause": f"demo:{lot['code']}", "reason": "", "actor": "system", "at": arrived[key],
            }
            for key, lot, level in zip(arrived, lots, level_ids, strict=True)
        ],
    )  # fmt: skip
    return {key: (level, lot) for key, level, lot in zip(arrived, level_ids, lot_ids, strict=True)}


def _lot(variant_id: int, code: str, product: Product, arrived_on: date) -> Values:
    made_on, life = arrived_on - timedelta(days=2), product.shelf_life
    best_before = None
    if life:
        number = int(life[:-1])
        best_before = add_months(made_on, number) if life.endswith("m") else made_on + timedelta(days=number + ERA)
    values = {"variant_id": variant_id, "code": f"N-{code}", "made_on": made_on, "best_before": best_before}
    return values | {"state": LotState.SELLABLE, "tests": "", "stop_reason": "", "stopped_at": None}


def _papers(outlet: Outlet, clerk: User, sold: Sequence[Sold], shifts: Mapping[date, int]) -> list[Values]:
    """The sales themselves, in the order of ``sold``; each outlet's references begin with a sign pair of its own."""
    chance = Random(f"papers {outlet.code}")
    first = codes.ALPHABET[outlet.id // 32 % 32] + codes.ALPHABET[outlet.id % 32]
    numbers = chance.sample(range(32**4), len(sold))
    papers = []
    for number, sale in zip(numbers, sold, strict=True):
        signs = first + "".join(codes.ALPHABET[number >> shift & 31] for shift in (15, 10, 5, 0))
        transfer = sale.method is Tender.TRANSFER
        papers.append(
            {
                "reference": f"{sales.PREFIX}-{signs}",
                "outlet_id": outlet.id,
                "clerk_id": clerk.id,
                "clerk_name": clerk.name,
                "state": SaleState.UNDONE if sale.undone else SaleState.PAID,
                "method": sale.method,
                "code": bank_transfer.PREFIX + signs + codes.check_sign(signs) if transfer else None,
                "total": sale.total,
                "given": None if transfer or chance.random() < 0.3 else -(-sale.total // 50_000) * 50_000,
                "begun_at": sale.at - timedelta(minutes=2) if transfer else sale.at,
                "hold_until": sale.at + sales.WAIT if transfer else None,
                "paid_at": sale.at,
                "shift_id": shifts[vietnam_day(sale.at)],
                "undone_at": sale.at + UNDOING if sale.undone else None,
                "reason": "Khách đổi ý ngay tại quầy" if sale.undone else "",
            }
        )
    return papers


def _line(sale: int, position: int, goods: Goods, units: int, day: date) -> Values:
    variant, product = goods.variant, goods.product
    percent: Decimal = LAW.rate(product.vat_class, day)
    amount = Money(variant.price * units)
    certificate = next((each for each in goods.certificates if each.valid_on(day)), None)
    return {
        "sale_id": sale,
        "position": position,
        "variant_id": variant.id,
        "product_id": product.id,
        "sku": variant.sku,
        "name_vi": product.name_vi,
        "name_en": product.name_en,
        "unit_vi": variant.unit_vi,
        "unit_en": variant.unit_en,
        "quantity": units,
        "price": variant.price,
        "amount": amount.minor,
        "vat_percent": percent,
        "vat": amount.tax_inside(percent).minor,
        "certificate_number": certificate.number if certificate else None,
        "stars": certificate.stars if certificate else None,
    }


def _era(sale: Sold) -> int:
    return vietnam_day(sale.at).toordinal() // ERA
