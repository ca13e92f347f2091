"""The calendar of events in the office: from a draft to the public page, who takes part, and whose it is to look after."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from catalog import fairs
from catalog.db import db
from catalog.fairs import Fair, FairFacts, FairKind, FairState
from tests.pages import PageClient
from tests.storefront.office.forms import typed_form
from tests.world import HOI_AN, MONDAY, MONDAY_NINE, TRA_MY, World, changing, make_officer, make_product, officer_of

ROOM = "/van-phong/su-kien"
DAY = timedelta(days=1)
TYPED = {
    "kind": "fair", "name_vi": "Hội chợ thử Hội An", "starts_on": "2/12/2026", "ends_on": "4/12/2026",
    "place_vi": "Quảng trường (thử)", "organiser_vi": "Ban tổ chức (thử)", "commune_code": HOI_AN,
}  # fmt: skip


def draft(app: Flask, *, public: bool = False, **changes: Any) -> str:
    with changing(app):
        facts: dict[str, Any] = {
            "kind": FairKind.FAIR, "name_vi": "Hội chợ thử", "starts_on": MONDAY + 9 * DAY, "ends_on": MONDAY + 9 * DAY,
            "place_vi": "Quảng trường", "organiser_vi": "Ban tổ chức", "commune_code": HOI_AN,
        }  # fmt: skip
        by = officer_of(make_officer())
        fair = fairs.draft(FairFacts(**facts | changes), by=by, at=MONDAY_NINE)
        if public:
            fairs.publish(fair, by=by, at=MONDAY_NINE)
        return fair.slug


def state(app: Flask, slug: str) -> FairState | None:
    with app.app_context():
        return db.session.scalar(select(Fair.state).where(Fair.slug == slug))


def send(client: PageClient, address: str, status: int = 200, **typed: str) -> str:
    return client.post(address, typed_form(client, address) | typed, status=status).text


def press(client: PageClient, page: str, action: str, name: str, value: str, status: int = 200) -> str:
    """Fetch a page and press one of its buttons."""
    form = client.get(page).form(action)
    return client.post(action, {"csrf_token": form["csrf_token"], "key": form["key"], name: value}, status=status).text


def test_an_event_is_drafted_published_and_cancelled(
    app: Flask, world: World, officer: PageClient, client: PageClient
) -> None:
    text = send(officer, f"{ROOM}/moi", **TYPED, description_vi="Một.\n\nHai.", link="https://example.org/hoi-cho")
    slug = "hoi-cho-thu-hoi-an-2026"
    assert "Đã ghi bản nháp." in text
    assert "Hội chợ · 2–4/12/2026 · Bản nháp" in text
    client.get(f"/su-kien/{slug}", status=404)
    text = press(officer, f"{ROOM}/{slug}", f"{ROOM}/{slug}/buoc", "buoc", "published")
    assert "Đã công bố." in text
    assert "Hội chợ thử Hội An" in client.get(f"/su-kien/{slug}").text
    press(officer, f"{ROOM}/{slug}", f"{ROOM}/{slug}/buoc", "buoc", "draft")
    assert state(app, slug) is FairState.DRAFT
    press(officer, f"{ROOM}/{slug}", f"{ROOM}/{slug}/buoc", "buoc", "published")
    form = officer.get(f"{ROOM}/{slug}").form(f"{ROOM}/{slug}/huy")
    assert "Ghi lý do" in officer.post(f"{ROOM}/{slug}/huy", form | {"reason": ""}, status=422).text
    assert "Đã hủy." in officer.post(f"{ROOM}/{slug}/huy", form | {"reason": "bão (thử)"}).text
    assert state(app, slug) is FairState.CANCELLED
    assert "sẽ không diễn ra" in client.get(f"/su-kien/{slug}").text


def test_two_officers_at_one_step_are_one_step_and_a_sentence(app: Flask, world: World, officer: PageClient) -> None:
    slug = draft(app)
    form = officer.get(f"{ROOM}/{slug}").form(f"{ROOM}/{slug}/buoc")
    officer.post(f"{ROOM}/{slug}/buoc", form | {"buoc": "published"})
    late = form | {"key": "2" * 32, "buoc": "published"}
    text = officer.post(f"{ROOM}/{slug}/buoc", late, status=422).text
    assert "vừa được người khác chuyển bước" in text
    for nonsense in ("cancelled", "", "x"):
        officer.post(f"{ROOM}/{slug}/buoc", late | {"buoc": nonsense}, status=422)
    assert state(app, slug) is FairState.PUBLISHED


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"name_vi": ""}, "Ghi tên sự kiện"),
        ({"place_vi": " "}, "Ghi nơi diễn ra"),
        ({"organiser_vi": ""}, "Ghi đơn vị tổ chức"),
        ({"ends_on": "1/12/2026"}, "Ngày cuối phải từ ngày đầu trở đi"),
        ({"starts_on": "32/1/2026"}, "Không phải ngày có thật"),
        ({"link": "javascript:alert(1)"}, "Đường dẫn bắt đầu bằng https://"),
        ({"commune_code": "1"}, "Không có xã, phường này"),
        ({"description_vi": "x" * 4001}, "Dài quá 4.000 ký tự"),
        ({"name_en": "x" * 161}, "Dài quá 160 ký tự"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field_and_nothing_is_written(
    app: Flask, world: World, officer: PageClient, typed: dict[str, str], words: str
) -> None:
    text = send(officer, f"{ROOM}/moi", status=422, **TYPED | typed)
    assert words in text
    assert "Có 1 chỗ cần sửa" in text
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Fair)) == 0


def test_an_event_is_changed_and_an_old_page_is_refused(app: Flask, world: World, officer: PageClient) -> None:
    slug = draft(app, public=True, description_vi="Một.\n\nHai.")
    old = typed_form(officer, f"{ROOM}/{slug}/sua")
    assert old["description_vi"] == "Một.\n\nHai."
    assert "Đã sửa." in officer.post(f"{ROOM}/{slug}/sua", old | {"place_vi": "Chỗ mới"}).text
    text = officer.post(f"{ROOM}/{slug}/sua", old | {"key": "3" * 32, "place_vi": "Chỗ cũ"}, status=422).text
    assert "vừa được người khác sửa hoặc hủy" in text
    assert "Chỗ mới" in officer.get(f"{ROOM}/{slug}").text


def test_products_and_producers_are_found_and_take_part(app: Flask, world: World, officer: PageClient) -> None:
    slug = draft(app)
    page, action = f"{ROOM}/{slug}", f"{ROOM}/{slug}/tham-gia"
    assert "Mật ong rừng" in officer.get(f"{page}?tim=mật ong").text
    assert "Đèn lồng lụa" in officer.get(f"{page}?tim=đèn").text
    text = officer.get(f"{page}?tim=thử").text
    assert "Hộ sản xuất Bến Thử" in text
    assert "Không thấy." in officer.get(f"{page}?tim=%25").text
    text = press(officer, f"{page}?tim=mật", action, "them", f"product:{world.honey.code}")
    assert "Đã thêm Mật ong rừng." in text
    assert "Tham gia: 1 sản phẩm, 1 chủ thể" in text
    assert "Tham gia: 1 sản phẩm, 2 chủ thể" in press(
        officer, f"{page}?tim=bến", action, "them", f"producer:{world.household.code}"
    )
    assert "Đã có" in officer.get(f"{page}?tim=mật").text
    assert "Tham gia: 0 sản phẩm, 1 chủ thể" in press(officer, page, action, "bo", f"product:{world.honey.code}")
    assert "Tham gia: 0 sản phẩm, 0 chủ thể" in press(officer, page, action, "bo", f"producer:{world.household.code}")
    form = officer.get(f"{page}?tim=mật").form(action)
    officer.post(action, form | {"them": "product:NONE"}, status=404)
    for nonsense in ("user:1", "x", ""):
        officer.post(action, form | {"them": nonsense}, status=422)


def test_officers_look_after_the_events_of_their_communes(
    app: Flask, world: World, scoped: Callable[..., PageClient]
) -> None:
    theirs = draft(app, name_vi="Của phố")
    others = [draft(app, name_vi="Của núi", commune_code=TRA_MY), draft(app, name_vi="Ở Hà Nội", commune_code="")]
    coast = scoped(HOI_AN)
    text = coast.get(ROOM).text
    assert "Của phố" in text
    assert "Của núi" not in text
    assert "Ở Hà Nội" not in text
    token = typed_form(coast, f"{ROOM}/{theirs}/sua")
    for slug in [*others, "khong-co"]:
        coast.get(f"{ROOM}/{slug}", status=404)
        coast.get(f"{ROOM}/{slug}/sua", status=404)
        for verb in ("sua", "buoc", "huy", "tham-gia"):
            coast.post(f"{ROOM}/{slug}/{verb}", token | {"buoc": "published", "reason": "x"}, status=404)
    text = send(coast, f"{ROOM}/moi", status=422, **TYPED | {"commune_code": TRA_MY})
    assert "Không có xã, phường này trong địa bàn của bạn" in text
    assert [state(app, slug) for slug in others] == [FairState.DRAFT] * 2


def test_the_list_is_narrowed_by_state_and_costs_the_same_for_many(
    app: Flask, world: World, officer: PageClient, count_statements: Any
) -> None:
    draft(app, name_vi="Nháp thử")
    draft(app, name_vi="Công khai thử", public=True)
    assert "Nháp thử" not in officer.get(f"{ROOM}?tt=published").text
    assert "Công khai thử" not in officer.get(f"{ROOM}?tt=draft").text
    assert "Nháp thử" in officer.get(f"{ROOM}?tt=x").text

    def sent(address: str) -> int:
        officer.get(address)
        with count_statements() as statements:
            officer.get(address)
        return len(statements)

    slug = draft(app, name_vi="Đông thử")
    before = [sent(ROOM), sent(f"{ROOM}/{slug}")]
    with changing(app):
        fair, by = fairs.get_fair(slug, officer_of(make_officer())), officer_of(make_officer())
        for _ in range(6):
            fairs.add_product(fair, make_product(), by=by, at=MONDAY_NINE)
    for n in range(5):
        draft(app, name_vi=f"Sự kiện {n}")
    assert [sent(ROOM), sent(f"{ROOM}/{slug}")] == before
