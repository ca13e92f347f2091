"""What the demo's office has written down of the programme: when producers joined, key products, visits, support, events.

All of it is made up and says so. Drawn from fixed seeds, so two demo shops of one day are alike.
"""

from collections import defaultdict
from datetime import date, datetime, timedelta
from random import Random

from sqlalchemy import func, select

from catalog import certificates, fairs, products, supports, visits
from catalog.certificates import Certificate
from catalog.clock import add_months, vietnam_day
from catalog.db import db
from catalog.fairs import FairFacts, FairKind
from catalog.memberships import Officer
from catalog.producers import Producer
from catalog.products import Product, ProductState
from catalog.supports import SupportFacts, SupportKind
from catalog.visits import VisitFacts
from storefront import demo_village

FIRST_JOINED = date(2018, 6, 1)
UNKNOWN = 5
"""One producer in so many: nobody has said when they joined."""
VISITED_TWICE, VISITED_ONCE, SUPPORTED = 17, 6, 16
WHO = ("Tổ liên ngành (minh họa), 3 người", "Cán bộ OCOP xã và Chi cục (minh họa)", "Tổ chuyên gia (minh họa)")
FOUND = (
    ("Kho khô ráo, nhãn thiếu ngày đóng gói ở lô cũ.", "In bổ sung nhãn trước đợt giao tới."),
    ("Hồ sơ kiểm nghiệm còn hạn đến giữa năm sau.", ""),
    ("Bao bì mới rõ mã truy xuất; cần thêm bản tiếng Anh.", "Gửi bản dịch để in thử."),
    ("Sản lượng vụ này giảm vì mưa muộn; hàng vẫn đạt.", "Báo lại điểm bán số lượng dự kiến."),
)
GIVEN = (
    (SupportKind.TRAINING, None, "Tập huấn ghi nhật ký sản xuất, 1 ngày (minh họa)"),
    (SupportKind.EQUIPMENT, 85_000_000, "Máy sấy lạnh 50 kg mỗi mẻ (minh họa)"),
    (SupportKind.LABEL, 12_000_000, "Thiết kế và in 3.000 nhãn có mã truy xuất (minh họa)"),
    (SupportKind.TESTING, 6_500_000, "Kiểm nghiệm chỉ tiêu an toàn thực phẩm (minh họa)"),
    (SupportKind.PROMOTION, 18_000_000, "Gian hàng và vận chuyển đi hội chợ (minh họa)"),
)
FUNDS = ("Vốn sự nghiệp chương trình nông thôn mới (minh họa)", "Ngân sách địa phương (minh họa)")


def write(officer_email: str, *, at: datetime) -> None:
    """Everything, by this officer; nothing where there is no such officer."""
    by = demo_village.find_officer(officer_email)
    if by is None:
        return
    _join(at)
    _choose_key_products(by, at)
    _write_logs(by, at)
    _write_events(by, at)


def _join(at: datetime) -> None:
    """Each producer some months before its first decision; of some nobody knows."""
    firsts = select(Product.producer_id, func.min(Certificate.signed_on)).join(
        Product, Product.id == Certificate.product_id
    )
    first_signed = {maker: day for maker, day in db.session.execute(firsts.group_by(Product.producer_id))}
    producers = list(db.session.scalars(select(Producer).order_by(Producer.code)))
    for number, producer in enumerate(producers):
        chance = Random(f"joined {producer.code}")
        if producer.joined_on is not None or number % UNKNOWN == UNKNOWN - 1:
            continue
        known = first_signed.get(producer.id) or vietnam_day(at) - timedelta(days=chance.randint(60, 900))
        producer.joined_on = max(FIRST_JOINED, add_months(known, -chance.randint(3, 20)))
    db.session.flush()


def _choose_key_products(by: Officer, at: datetime) -> None:
    """Those of five stars, and some of four."""
    ids = list(db.session.scalars(select(Product.id).order_by(Product.code)))
    stars = {product: certificate.stars for product, certificate in certificates.current(ids, at=at).items()}
    fives = [product for product in ids if stars.get(product) == 5]
    fours = [product for product in ids if stars.get(product) == 4]
    for product_id in [*fives, *fours[:6]]:
        product = db.session.get_one(Product, product_id)
        products.mark_key(product, True, actor=by.actor, at=at - timedelta(days=200))


def _write_logs(by: Officer, at: datetime) -> None:
    by_commune: dict[str, list[Producer]] = defaultdict(list)
    for producer in db.session.scalars(select(Producer).order_by(Producer.code)):
        by_commune[producer.commune_code].append(producer)
    chance = Random("visits")
    communes = sorted(by_commune, key=lambda code: (-len(by_commune[code]), code))[: VISITED_TWICE + VISITED_ONCE]
    for number, commune in enumerate(communes):
        for time in range(2 if number < VISITED_TWICE else 1):
            day = _this_year(at, 20 + 110 * time + chance.randint(0, 60))
            seen = chance.choice(by_commune[commune]) if chance.random() < 0.7 else None
            found, follows = chance.choice(FOUND)
            facts = VisitFacts(commune, seen.id if seen else None, day, chance.choice(WHO), found, follows)
            visits.record(facts, by=by, at=at)
    makers = [producer for code in communes for producer in by_commune[code]]
    for producer in chance.sample(makers, min(SUPPORTED, len(makers))):
        kind, amount, what = chance.choice(GIVEN)
        day = vietnam_day(at) - timedelta(days=chance.randint(10, 1_100))
        given = SupportFacts(kind, "", producer.id, day, amount, chance.choice(FUNDS), what)
        supports.record(given, by=by, at=at)


def _this_year(at: datetime, ago: int) -> date:
    """So many days ago, but not before the year began."""
    today = vietnam_day(at)
    return max(today - timedelta(days=ago), today.replace(month=1, day=1))


def _write_events(by: Officer, at: datetime) -> None:
    """Two to come, one that is a draft, one that is over, one that was cancelled."""
    today = vietnam_day(at)
    shown = select(Product).where(Product.state == ProductState.PUBLISHED, Product.export_class == "A")
    goods = list(db.session.scalars(shown.order_by(Product.code)))
    chance = Random("events")

    def event(
        kind: FairKind, name: str, english: str, place: str, commune: str, *, starts: int, days: int
    ) -> FairFacts:
        first = today + timedelta(days=starts)
        return FairFacts(
            kind=kind, name_vi=f"{name} (minh họa)", name_en=f"{english} (sample)", starts_on=first,
            ends_on=first + timedelta(days=days - 1), place_vi=f"{place} (minh họa)", commune_code=commune,
            organiser_vi="Văn phòng OCOP (minh họa)",
            description_vi="Sự kiện dựng để trình diễn lịch. Không diễn ra ngoài đời.",
            description_en="An event made up to show the calendar. It does not take place.",
        )  # fmt: skip

    coming = event(FairKind.FAIR, "Chợ phiên quà Tết làng nghề", "Village gifts market for Tết", "Quảng trường",
                   "20410", starts=24, days=3)  # fmt: skip
    meeting = event(FairKind.CONFERENCE, "Kết nối cung cầu mùa khô", "Supply meets demand, dry season",
                    "Hội trường trung tâm", "20341", starts=9, days=1)  # fmt: skip
    spring = event(FairKind.FESTIVAL, "Ngày hội sản vật núi", "Day of mountain produce", "Sân vận động", "20900",
                   starts=80, days=2)  # fmt: skip
    autumn = event(FairKind.FAIR, "Chợ phiên mùa thu", "Autumn market", "Bến sông", "20410", starts=-62, days=4)
    stormy = event(FairKind.FORUM, "Gặp gỡ đối tác cuối hè", "Partners at summer's end", "Nhà văn hóa", "20341",
                   starts=-96, days=1)  # fmt: skip
    for facts in (coming, meeting, spring, autumn, stormy):
        fair = fairs.draft(facts, by=by, at=at)
        for product in chance.sample(goods, min(8, len(goods))):
            fairs.add_product(fair, product, by=by, at=at)
        if facts is not spring:
            fairs.publish(fair, by=by, at=at)
        if facts is stormy:
            fairs.cancel(fair, reason="Mưa bão (minh họa)", by=by, at=at)
