"""Lots that the demo's producer tells of, made up and saying so: with sources and tests, one copied, one recalled, one begun."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select

from catalog import codes, evidence, lots, memberships, people, scans, traces
from catalog.clock import vietnam_day
from catalog.db import db
from catalog.evidence import Sourced, Tested
from catalog.lots import Lot
from catalog.makers import Maker
from catalog.memberships import Staff
from catalog.producers import Producer
from catalog.products import Variant
from catalog.traces import Stated, Trace
from checkout import recalls
from storefront import demo_village

BARK, GROUND, OIL = "QN107-1", "QN108-1", "QN106-1"
LAB = "Phòng kiểm nghiệm Minh Họa (thử)"


@dataclass(frozen=True, slots=True)
class Teller:
    """Who tells, in the demo: the member of the producer."""

    maker: Maker
    producer: Producer
    at: datetime

    def register(self, number: int, sku: str, stated: Stated, *, days: int) -> Trace:
        """A draft, written down so many days after the lot was made. number: of its code, alike in every demo."""
        told_at = self.at - (timedelta(days=(vietnam_day(self.at) - stated.made_on).days - days))
        return traces.register(self.producer.id, sku, stated, actor=self.maker.actor, at=told_at, new=_numbered(number))

    def publish(self, trace: Trace, sources: tuple[Sourced, ...], tests: tuple[Tested, ...] = ()) -> None:
        """With what stands behind it."""
        told_at = trace.registered_at
        for sourced in sources:
            evidence.add_source(trace, sourced, actor=self.maker.actor, at=told_at)
        evidence.publish(trace, actor=self.maker.actor, at=told_at)
        for tested in tests:
            evidence.add_test(trace, tested, actor=self.maker.actor, at=max(told_at, _noon(tested.tested_on, self.at)))


def code(number: int) -> str:
    """The trace code of one of the demo's lots: alike in every demo, for documents and tests."""
    signs = f"DEM0TRA{number}"
    return signs + codes.check_sign(signs)


def write(officer_email: str, *, at: datetime) -> None:
    """Into a shop that has the demo's producer, its member and an officer; else nothing."""
    reader, maker = people.find_by_email(officer_email), demo_village.find_maker()
    officer = memberships.find_staff(reader) if reader else None
    producer = db.session.scalar(select(Producer).where(Producer.code == demo_village.PRODUCER))
    if maker is None or officer is None or producer is None:
        return
    teller = Teller(maker, producer, at)
    bark = _bark(teller)
    if bark is None:
        return
    _oil(teller)
    _ground(teller, bark)
    _recalled(teller, officer)
    _begun(teller)


def _bark(teller: Teller) -> Trace | None:
    """The bark of one hill: it was sold as such, and some of it ground. Opened as honest buyers open it."""
    lot = _lot(BARK, "A")
    if lot is None or lot.made_on is None:
        return None
    stated = Stated(
        lot.code, lot.made_on, 600, lot.made_on + timedelta(days=6), lot.best_before,
        "Bóc lúc nhựa lên, cạo lớp biểu bì, ủ cho cuộn, phơi râm sáu ngày.",
        "Peeled when the sap rises, scraped, left to curl, dried in the shade for six days.",
    )  # fmt: skip
    trace = teller.register(1, BARK, stated, days=7)
    grown = Sourced("Vỏ quế tươi", "Chín hộ của hợp tác xã (minh họa)", "Đồi Quế Nghiêng, thôn 2", lot.made_on)
    tested_on = lot.made_on + timedelta(days=10)
    tests = (
        Tested("Hàm lượng tinh dầu", LAB, tested_on, "3,2 %", "MH-107 (thử)"),
        Tested("Sulfite", LAB, tested_on, "không phát hiện", "MH-107 (thử)"),
    )
    teller.publish(trace, (grown,), tests)
    _open(trace, [2, 1, 0, 3, 4, 2, 5, 1, 0, 2], at=teller.at)
    return trace


def _oil(teller: Teller) -> None:
    """Oil whose code somebody copied: opened far more often than there are bottles."""
    lot = _lot(OIL, "B")
    if lot is None or lot.made_on is None:
        return
    stated = Stated(
        lot.code, lot.made_on, 60, lot.made_on, lot.best_before, "Chưng cất hơi nước từ cành, lá và vỏ vụn."
    )
    trace = teller.register(2, OIL, stated, days=1)
    leaves = Sourced("Cành, lá, vỏ vụn sau khi cạo thanh", "Xưởng cạo của hợp tác xã", "Thôn 2", lot.made_on)
    teller.publish(trace, (leaves,), (Tested("Cinnamaldehyde", LAB, lot.made_on, "87 %", "MH-106 (thử)"),))
    _open(trace, [24, 51, 63, 88, 47, 39, 22, 9], at=teller.at)


def _ground(teller: Teller, bark: Trace) -> None:
    """Of the bark above."""
    lot = _lot(GROUND, "A")
    if lot is None or lot.made_on is None:
        return
    stated = Stated(
        lot.code,
        lot.made_on,
        300,
        lot.made_on,
        lot.best_before,
        "Xay nguội, rây hai lần.",
        "Ground cold, sieved twice.",
    )
    trace = teller.register(3, GROUND, stated, days=2)
    evidence.add_parent(trace, bark, actor=teller.maker.actor, at=trace.registered_at)
    teller.publish(trace, (), (Tested("Độ ẩm", LAB, lot.made_on, "9,5 %", "MH-108 (thử)"),))
    evidence.add_note(trace, "Từ tháng này nắp hũ đổi sang màu nâu.", actor=teller.maker.actor, at=teller.at)


def _recalled(teller: Teller, officer: Staff) -> None:
    """One that reached no outlet of the programme, and must not be used."""
    made_on = vietnam_day(teller.at) - timedelta(days=75)
    trace = teller.register(4, GROUND, Stated("L-QN108-R", made_on, 40, made_on), days=1)
    teller.publish(trace, (Sourced("Vỏ quế khô", "Người bán ở chợ (minh họa)", "Chợ Trà My", made_on),))
    _open(trace, [3, 2], at=teller.at)
    lot = db.session.get_one(Lot, trace.lot_id)
    recalls.recall(
        lot, "Độ ẩm cao hơn mức công bố, có thể mốc (minh họa)",
        "Đừng dùng. Mang hũ lại nơi đã mua hoặc gọi gian hàng để đổi hũ khác.", by=officer, at=teller.at,
    )  # fmt: skip


def _begun(teller: Teller) -> None:
    """Yesterday's, of which nobody has said yet where it is from."""
    made_on = vietnam_day(teller.at) - timedelta(days=1)
    teller.register(5, BARK, Stated(f"L-{made_on:%y%m%d}", made_on, 80), days=1)


def _lot(sku: str, letter: str) -> Lot | None:
    """A lot that outlets of the demo have units of."""
    variant = db.session.scalar(select(Variant.id).where(Variant.sku == sku))
    return lots.find_lot(variant, f"L-{sku[:-2]}-{letter}") if variant else None


def _open(trace: Trace, counts: list[int], *, at: datetime) -> None:
    today = vietnam_day(at)
    days = {(trace.code, today - timedelta(days=back)): count for back, count in enumerate(reversed(counts))}
    scans.add(days, at=at)


def _noon(day: date, at: datetime) -> datetime:
    return at - timedelta(days=(vietnam_day(at) - day).days)


def _numbered(number: int) -> Callable[[], str]:
    return lambda: code(number)
