"""The producer's own page in the studio."""

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select

from catalog import approvals, revisions
from catalog.db import db
from catalog.jobs import Job
from catalog.producers import Producer
from storefront import worker
from storefront.studio.sections import OF_STORY, Section
from tests.conftest import Clock, LetterBox
from tests.pages import Page, PageClient
from tests.world import World, changing, make_member, make_officer, officer_of

WORDS = "Tháng ba ong về <b>rừng</b>.\r\n\r\nMật chia đều."


@pytest.fixture
def member(world: World, maker: Callable[..., PageClient]) -> PageClient:
    return maker(world.cooperative)


@pytest.fixture
def base(world: World) -> str:
    return f"/nha-san-xuat/{world.cooperative.code}/cau-chuyen"


def write(member: PageClient, address: str, *, status: int = 200, **fields: str) -> Page:
    return member.post(address, member.get(address).form("") | fields, status=status)


def press(member: PageClient, page: Page, part: str, *, status: int = 200) -> Page:
    action = next(a for a in (form.get("action") or "" for form in page.all("form")) if a.endswith(part))
    return member.post(action, page.form(action), status=status)


@pytest.mark.parametrize("section", OF_STORY, ids=lambda section: section.slug)
def test_every_section_can_be_opened_and_saved_unchanged(
    app: Flask, member: PageClient, base: str, world: World, section: Section
) -> None:
    assert write(member, f"{base}/sua/{section.slug}").response.request.path == base
    with app.app_context():
        assert revisions.open_of(db.session.get_one(Producer, world.cooperative.id)) is None


def test_a_story_is_written_previewed_sent_approved_and_told(
    app: Flask, member: PageClient, base: str, world: World, client: PageClient, clock: Clock, letters: LetterBox
) -> None:
    write(member, f"{base}/sua/cau-chuyen", story_title_vi="Mùa ong", story_vi=WORDS)
    page = member.get(f"{base}/xem-truoc")
    assert "Tháng ba ong về <b>rừng</b>." in page.text
    assert page.one("meta", name="robots").get("content") == "noindex"
    assert page.response.headers["X-Frame-Options"] == "SAMEORIGIN"
    member.get(f"{base}/dien-thoai")
    shop = f"/chu-the/{world.cooperative.slug}"
    assert "Mùa ong trên nương" in client.get(shop).text
    page = press(member, member.get(f"{base}/gui"), "/gui")
    assert "Đang chờ duyệt" in page.text
    with changing(app):
        make_member(world.cooperative, name="Người thứ hai")
        revision = revisions.open_of(db.session.get_one(Producer, world.cooperative.id))
        assert revision
        approvals.approve(revision, by=officer_of(make_officer()), at=clock.at)
    clock.advance(seconds=60)
    paragraphs = [p.text for p in client.get(shop).all("p")]
    assert "Tháng ba ong về <b>rừng</b>." in paragraphs
    assert "Mật chia đều." in paragraphs
    with app.app_context():
        while worker.work_once():
            pass
    assert {letter.subject for letter in letters.letters} == {"Đã duyệt: Trang của Hợp tác xã Nông sản Nà Thử"}
    assert len(letters.letters) == 1
    assert f"{shop}\n" in letters.letters[0].text


def test_a_page_that_came_back_is_told_with_every_reason(
    app: Flask, member: PageClient, base: str, world: World, clock: Clock, letters: LetterBox
) -> None:
    write(member, f"{base}/sua/cau-chuyen", story_vi="Thuốc quý chữa bệnh")
    press(member, member.get(f"{base}/gui"), "/gui")
    with changing(app):
        revision = revisions.open_of(db.session.get_one(Producer, world.cooperative.id))
        assert revision
        officer = officer_of(make_officer())
        approvals.give_back(revision, {"story_vi": "Bỏ “chữa bệnh”"}, note="Gần xong.", by=officer, at=clock.at)
    with app.app_context():
        (job,) = db.session.scalars(select(Job).where(Job.kind == "mail.page_decided"))
        for attempt in (1, 2):
            worker.HANDLERS[job.kind](worker.Claimed(job.id, job.kind, job.payload, attempt))
    first, second = letters.letters
    assert first.key == second.key
    assert first.subject == "Cần sửa: Trang của Hợp tác xã Nông sản Nà Thử"
    assert "Câu chuyện: Bỏ “chữa bệnh”" in first.text
    assert "Gần xong." in first.text
    assert base in first.text
    assert "Bỏ “chữa bệnh”" in member.get(base).text
    assert "Bỏ “chữa bệnh”" in member.get(f"{base}/sua/cau-chuyen").text
    page = press(member, member.get(base), "/bo")
    assert "Đã bỏ bản nháp." in page.text
    with app.app_context():
        worker.HANDLERS[job.kind](worker.Claimed(job.id, job.kind, job.payload, 3))
    assert len(letters.letters) == 2


@pytest.mark.parametrize(
    ("section", "fields", "said"),
    [
        ("lien-he", {"phone": "12"}, "Điện thoại: Số điện thoại chưa đúng, ví dụ 0905 123 456"),
        ("lien-he", {"email": "x"}, "E-mail: E-mail chưa đúng, ví dụ ten@example.com"),
        ("lien-he", {"founded": "năm ngoái"}, "Năm thành lập: Hãy viết bằng số"),
        ("lien-he", {"founded": "1700"}, "Năm thành lập: Phải từ 1.800 đến 2.100"),
        ("gioi-thieu", {"quote_vi": "x" * 301}, "Một câu của người làm: Dài 301 ký tự, tối đa 300"),
    ],
)
def test_every_fault_is_told_beside_its_field(
    member: PageClient, base: str, section: str, fields: dict[str, str], said: str
) -> None:
    page = write(member, f"{base}/sua/{section}", status=422, **fields)
    assert said in page.one("div", class_="error-summary").itertext()


def test_a_way_to_be_reached_is_needed(member: PageClient, base: str) -> None:
    write(member, f"{base}/sua/lien-he", phone="")
    assert [li.text for li in member.get(f"{base}/gui").one("section", class_="gaps").iter("li")] == [
        "thiếu: Điện thoại"
    ]


def test_name_form_and_commune_are_not_theirs_to_change(
    app: Flask, member: PageClient, base: str, world: World
) -> None:
    forged = {"name_vi": "Khác", "code": "X", "legal_form": "company", "commune_code": "20410", "registration": "1"}
    write(member, f"{base}/sua/lien-he", **forged)
    with app.app_context():
        producer = db.session.get_one(Producer, world.cooperative.id)
        assert revisions.open_of(producer) is None
        assert producer.name_vi == "Hợp tác xã Nông sản Nà Thử"


def test_others_have_no_such_page(
    client: PageClient, maker: Callable[..., PageClient], base: str, world: World
) -> None:
    other = maker(world.household)
    for tail in ("", "/sua/cau-chuyen", "/gui", "/xem-truoc", "/dien-thoai"):
        other.get(f"{base}{tail}", status=404)
    for tail in ("/sua/cau-chuyen", "/gui", "/rut", "/bo", "/xem-lai"):
        other.post(f"{base}{tail}", {"key": "k" * 12, "seen": "0", "reference": "BT-000000"}, status=404)
    member = maker(world.cooperative)
    member.get(f"{base}/sua/khong-co", status=404)
