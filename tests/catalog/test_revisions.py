"""Changes of pages beside the live page: written, sent in, decided, undone."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.event import listen, remove

from catalog import approvals, history, pages, revisions, sequence
from catalog.db import db, transaction
from catalog.errors import Conflict, Forbidden, Invalid, NotFound
from catalog.jobs import Job
from catalog.makers import Maker
from catalog.memberships import Officer
from catalog.pages import current_values
from catalog.producers import Producer
from catalog.products import Photo, Product, ProductKind, ProductState, RetiredSlug, Variant, VatClass, find_renamed
from catalog.revisions import Change, Incomplete, Revision, RevisionState, SavedElsewhere, StaleBase
from tests.catalog.cast import at_once
from tests.world import (
    HOI_AN,
    MONDAY_NINE,
    TRA_MY,
    World,
    make_member,
    make_officer,
    make_product,
    make_variant,
    maker_of,
    officer_of,
    variant_of,
)

NOW = MONDAY_NINE
LATER = NOW + timedelta(hours=1)
SIZE = {
    "sku": None, "unit_vi": "hũ nhỏ", "unit_en": "small jar", "net": "250 ml", "gross_g": 400, "length_mm": 60,
    "width_mm": 60, "height_mm": 90, "gtin": "4006381333931", "price": 140_000,
}  # fmt: skip
PICTURE = {"stem": "new-1", "alt_vi": "Mặt trước", "alt_en": "", "focus": 5, "credit": "", "consent": True}
FOOD = {"ingredients_vi": "Mật ong", "storage_vi": "Nơi mát", "shelf_life": "24m"}


@pytest.fixture
def maker(session: Any, world: World) -> Maker:
    """Of the cooperative, whose honey has all that a page needs."""
    with transaction():
        honey = db.session.get_one(Product, world.honey.id)
        for name, value in FOOD.items():
            setattr(honey, name, value)
        return maker_of(make_member(world.cooperative))


@pytest.fixture
def officer(session: Any, world: World) -> Officer:
    with transaction():
        return officer_of(make_officer())


@pytest.fixture
def honey(session: Any, world: World, maker: Maker) -> Product:
    return fresh(Product, world.honey.id)


def fresh(kind: Any, key: int) -> Any:
    return db.session.get_one(kind, key, populate_existing=True)


def draft(page: Any, maker: Maker, **values: Any) -> Revision:
    with transaction():
        revision = revisions.open_revision(page, by=maker, at=NOW)
        return revisions.save(revision, values, seen=revision.version, by=maker, at=NOW)


def sent(page: Any, maker: Maker, **values: Any) -> Revision:
    revision = draft(page, maker, **values)
    with transaction():
        revisions.submit(revision, seen=revision.version, by=maker, at=NOW)
    return revision


def approved(page: Any, maker: Maker, officer: Officer, **values: Any) -> Revision:
    revision = sent(page, maker, **values)
    with transaction():
        approvals.approve(revision, by=officer, at=LATER)
    return revision


def events(page: Any, verb: str) -> list[dict[str, Any]]:
    found = db.session.scalars(history.of(pages.subject_of(page)))
    return [event.facts for event in found if event.verb == f"page.{verb}"]


def test_a_draft_holds_what_differs_and_the_live_page_stays(honey: Product, maker: Maker) -> None:
    before = sequence.current()
    revision = draft(honey, maker, summary_vi="Ngọt  lắm", name_vi=honey.name_vi)
    assert revision.state is RevisionState.DRAFT
    assert revision.values == {"summary_vi": "Ngọt lắm"}
    assert (revision.base_version, revision.version, revision.created_by) == (1, 2, maker.actor)
    assert fresh(Product, honey.id).summary_vi == "Mật ong rừng làm theo mẻ nhỏ."
    assert sequence.current() == before
    assert revisions.changes(revision) == [Change("summary_vi", "Mật ong rừng làm theo mẻ nhỏ.", "Ngọt lắm")]


def test_a_page_has_one_open_revision(honey: Product, maker: Maker) -> None:
    first = draft(honey, maker, summary_vi="Ngọt")
    assert draft(honey, maker, usage_vi="Pha nước").id == first.id
    own = draft(fresh(Producer, honey.producer_id), maker, summary_vi="Làng ong")
    assert own.id != first.id
    assert revisions.open_of(honey) == first
    assert [r.id for r in db.session.scalars(revisions.open_of_producer(honey.producer_id))] == [own.id, first.id]


def test_a_field_that_is_as_on_the_live_page_again_is_forgotten(honey: Product, maker: Maker) -> None:
    draft(honey, maker, summary_vi="Ngọt", usage_vi="Pha")
    revision = draft(honey, maker, summary_vi="Mật ong rừng làm theo mẻ nhỏ.")
    assert revision.values == {"usage_vi": "Pha"}


def test_what_is_not_theirs_does_not_exist_for_a_maker(world: World, honey: Product, maker: Maker) -> None:
    lantern = fresh(Product, world.lantern.id)
    with pytest.raises(NotFound), transaction():
        revisions.open_revision(lantern, by=maker, at=NOW)
    with transaction():
        other = maker_of(make_member(world.household))
    revision = draft(honey, maker, summary_vi="Ngọt")
    for deed in (
        lambda: revisions.save(revision, {"summary_vi": "x"}, seen=9, by=other, at=NOW),
        lambda: revisions.submit(revision, seen=revision.version, by=other, at=NOW),
        lambda: revisions.withdraw(revision, by=other, at=NOW),
        lambda: revisions.take_back(revision, by=other, at=NOW),
        lambda: revisions.renew(revision, by=other, at=NOW),
    ):
        with pytest.raises(NotFound), transaction():
            deed()
    assert fresh(Revision, revision.id).values == {"summary_vi": "Ngọt"}


@pytest.mark.parametrize("name", ["stars", "state", "code", "slug", "producer_id", "version", "price", "vat_class"])
def test_what_is_not_reviewed_cannot_be_drafted(honey: Product, maker: Maker, name: str) -> None:
    revision = draft(honey, maker, summary_vi="Ngọt")
    with pytest.raises(Forbidden), transaction():
        revisions.save(revision, {"usage_vi": "Pha", name: "5"}, seen=2, by=maker, at=NOW)
    assert fresh(Revision, revision.id).values == {"summary_vi": "Ngọt"}


def test_two_windows_on_different_fields_both_save(honey: Product, maker: Maker) -> None:
    revision = draft(honey, maker, summary_vi="Ngọt")
    seen = revision.version
    for values in ({"usage_vi": "Pha"}, {"storage_vi": "Tủ mát"}):
        with transaction():
            revisions.save(revision, values, seen=seen, by=maker, at=NOW)
    assert fresh(Revision, revision.id).values == {"summary_vi": "Ngọt", "usage_vi": "Pha", "storage_vi": "Tủ mát"}


def test_two_windows_on_one_field_are_shown_both_texts(honey: Product, maker: Maker) -> None:
    revision = draft(honey, maker, summary_vi="Ngọt")
    seen = revision.version
    with transaction():
        revisions.save(revision, {"summary_vi": "Thơm"}, seen=seen, by=maker, at=NOW)
    with pytest.raises(SavedElsewhere) as refused, transaction():
        revisions.save(revision, {"summary_vi": "Đậm", "usage_vi": "Pha"}, seen=seen, by=maker, at=NOW)
    assert (refused.value.mine, refused.value.theirs) == ({"summary_vi": "Đậm"}, {"summary_vi": "Thơm"})
    assert fresh(Revision, revision.id).values == {"summary_vi": "Thơm"}
    with transaction():
        revisions.save(revision, {"summary_vi": "Thơm"}, seen=seen, by=maker, at=NOW)  # the same words are no conflict


def test_a_size_of_another_product_and_a_taken_bar_code_are_refused(world: World, honey: Product, maker: Maker) -> None:
    with transaction():
        foreign = variant_of(world.tea)
        foreign.gtin = "4006381333931"
    for row, reason, column in (
        (SIZE | {"sku": foreign.sku, "gtin": ""}, "unknown", "sku"),
        (SIZE, "taken", "gtin"),
    ):
        with pytest.raises(Invalid) as refused:
            draft(honey, maker, variants=[row])
        assert (refused.value.field, refused.value.reason, refused.value.facts["column"]) == (
            "variants",
            reason,
            column,
        )
    assert revisions.open_of(honey) is None


def test_goods_on_sale_do_not_become_a_tour(honey: Product, maker: Maker) -> None:
    with pytest.raises(Invalid) as refused:
        draft(honey, maker, group_code="6.1")
    assert (refused.value.field, refused.value.reason) == ("group_code", "kind")


def test_it_is_sent_in_when_nothing_that_is_needed_is_missing(honey: Product, maker: Maker) -> None:
    revision = draft(honey, maker, summary_vi="", storage_vi="")
    with pytest.raises(Incomplete) as refused, transaction():
        revisions.submit(revision, seen=revision.version, by=maker, at=NOW)
    assert [gap.field for gap in refused.value.gaps] == ["summary_vi", "storage_vi"]
    assert fresh(Revision, revision.id).state is RevisionState.DRAFT
    revision = sent(honey, maker, summary_vi="Ngọt", storage_vi="Mát")
    assert (revision.state, revision.submitted_by, revision.submitted_at) == (RevisionState.SUBMITTED, maker.actor, NOW)
    assert events(honey, "submitted") == [{"revision": revision.reference, "fields": ["storage_vi", "summary_vi"]}]


def test_what_changes_nothing_is_not_sent_in(honey: Product, maker: Maker) -> None:
    revision = draft(honey, maker)
    with pytest.raises(Invalid) as refused, transaction():
        revisions.submit(revision, seen=revision.version, by=maker, at=NOW)
    assert (refused.value.field, refused.value.reason) == ("values", "unchanged")


def test_what_was_written_after_it_was_looked_over_is_not_sent_in(honey: Product, maker: Maker) -> None:
    revision = draft(honey, maker, summary_vi="Ngọt")
    seen = revision.version
    draft(honey, maker, usage_vi="Pha")
    with pytest.raises(Conflict), transaction():
        revisions.submit(revision, seen=seen, by=maker, at=NOW)
    assert fresh(Revision, revision.id).state is RevisionState.DRAFT


def test_what_was_sent_in_is_not_written_in_until_it_is_taken_back(honey: Product, maker: Maker) -> None:
    revision = sent(honey, maker, summary_vi="Ngọt")
    with pytest.raises(Conflict), transaction():
        revisions.save(revision, {"summary_vi": "x"}, seen=9, by=maker, at=NOW)
    with transaction():
        revisions.take_back(revision, by=maker, at=NOW)
    assert revision.state is RevisionState.DRAFT
    assert draft(honey, maker, summary_vi="Thơm").id == revision.id


def test_approval_makes_the_page_say_it(honey: Product, maker: Maker, officer: Officer) -> None:
    before = sequence.current()
    revision = approved(honey, maker, officer, summary_vi="Ngọt", allergens=["nuts"], facility_expires_on="1/3/2027")
    page = fresh(Product, honey.id)
    assert (page.summary_vi, page.allergens, page.version) == ("Ngọt", "nuts", 2)
    assert page.facility_expires_on.isoformat() == "2027-03-01"
    assert (revision.state, revision.decided_by, revision.decided_at) == (RevisionState.APPROVED, officer.actor, LATER)
    assert revision.before == {
        "summary_vi": "Mật ong rừng làm theo mẻ nhỏ.",
        "allergens": [],
        "facility_expires_on": "",
    }
    assert sequence.current() == before + 1
    kinds = [(job.kind, job.payload) for job in db.session.scalars(select(Job).order_by(Job.id))]
    assert ("index.products", {"ids": [honey.id]}) in kinds
    assert ("mail.page_decided", {"revision": revision.id}) in kinds
    (facts,) = events(honey, "approved")
    assert facts == {"revision": revision.reference, "before": revision.before, "after": revision.values}
    assert revisions.open_of(honey) is None
    assert next(change.before for change in revisions.changes(revision)) == "Mật ong rừng làm theo mẻ nhỏ."


def test_a_renamed_page_moves_and_the_old_address_leads_to_it(
    world: World, honey: Product, maker: Maker, officer: Officer
) -> None:
    approved(honey, maker, officer, name_vi="Mật ong già", name_en="Old honey")
    page = fresh(Product, honey.id)
    assert (page.slug, page.slug_en) == ("mat-ong-gia", "old-honey")
    assert find_renamed("mat-ong-rung", alcohol=False) == page
    assert db.session.scalar(select(func.count()).select_from(RetiredSlug)) == 2


def test_sizes_are_added_changed_ordered_and_ended(honey: Product, maker: Maker, officer: Officer) -> None:
    (row,) = current_values(honey)["variants"]
    approved(honey, maker, officer, variants=[SIZE, row | {"unit_vi": "chai to", "active": False}])
    sizes = list(db.session.scalars(select(Variant).where(Variant.product_id == honey.id).order_by(Variant.position)))
    assert [(v.unit_vi, v.active, v.position) for v in sizes] == [("hũ nhỏ", True, 1), ("chai to", False, 2)]
    assert (sizes[0].sku, sizes[0].price, sizes[0].gtin) == (f"{honey.code}-2", 140_000, "4006381333931")
    assert (sizes[1].sku, sizes[1].price) == (row["sku"], 250_000)


def test_a_size_that_the_list_leaves_out_stays(honey: Product, maker: Maker, officer: Officer) -> None:
    with transaction():
        make_variant(honey, unit_vi="can")
    (row, _can) = current_values(honey)["variants"]
    approved(honey, maker, officer, variants=[row | {"unit_vi": "chai to"}])
    assert [v["unit_vi"] for v in current_values(honey)["variants"]] == ["chai to", "can"]


def test_pictures_are_replaced_in_their_order(honey: Product, maker: Maker, officer: Officer) -> None:
    (old,) = current_values(honey)["pictures"]
    kept = fresh(Photo, db.session.scalars(select(Photo.id).where(Photo.stem == old["stem"])).one())
    approved(honey, maker, officer, pictures=[PICTURE, old])
    rows = db.session.scalars(select(Photo).where(Photo.product_id == honey.id).order_by(Photo.position)).all()
    assert [(row.stem, row.alt_vi) for row in rows] == [("new-1", "Mặt trước"), (old["stem"], "Mật ong rừng")]
    assert rows[1].id == kept.id
    approved(fresh(Product, honey.id), maker, officer, pictures=[PICTURE])
    assert [p["stem"] for p in current_values(honey)["pictures"]] == ["new-1"]


def test_what_becomes_a_drink_is_taxed_as_one(honey: Product, maker: Maker, officer: Officer) -> None:
    approved(honey, maker, officer, group_code="2.1b", alcohol_percent="29,5", alcohol_licence="12/GP-THU")
    page = fresh(Product, honey.id)
    assert (page.vat_class, str(page.alcohol_percent), page.alcohol) == (VatClass.EXCISE, "29.5", True)
    assert current_values(page)["alcohol_percent"] == "29.5"


def test_a_producers_own_page_is_approved_and_all_its_products_are_indexed(
    world: World, maker: Maker, officer: Officer
) -> None:
    own = fresh(Producer, world.cooperative.id)
    approved(own, maker, officer, story_vi="<b>Ong</b>\n\nvề.", members="12")
    page = fresh(Producer, own.id)
    assert (page.story_vi, page.members, page.version) == ("<b>Ong</b>\n\nvề.", 12, 2)
    (job,) = db.session.scalars(select(Job).where(Job.kind == "index.products"))
    assert job.payload == {"ids": sorted([world.honey.id, world.tea.id])}


def test_nobody_decides_about_their_own(app: Flask, world: World, honey: Product, maker: Maker) -> None:
    revision = sent(honey, maker, summary_vi="Ngọt")
    with transaction():
        writer = Officer(maker.user_id, "Vừa viết vừa duyệt")
        user = make_member(world.cooperative)
        member = Officer(user.id, "Xã viên")
    for own in (writer, member):
        for deed in (
            lambda own=own: approvals.approve(revision, by=own, at=LATER),
            lambda own=own: approvals.give_back(revision, {"summary_vi": "x"}, by=own, at=LATER),
        ):
            with pytest.raises(Forbidden), transaction():
                deed()
    assert fresh(Revision, revision.id).state is RevisionState.SUBMITTED
    assert fresh(Product, honey.id).version == 1


def test_officers_see_and_decide_in_their_communes_only(world: World, honey: Product, maker: Maker) -> None:
    revision = sent(honey, maker, summary_vi="Ngọt")
    with transaction():
        here, elsewhere = officer_of(make_officer(TRA_MY)), officer_of(make_officer(HOI_AN))
    assert list(db.session.scalars(approvals.waiting(here))) == [revision]
    assert list(db.session.scalars(approvals.waiting(elsewhere))) == []
    assert approvals.get_revision(revision.reference, here) == revision
    with pytest.raises(NotFound):
        approvals.get_revision(revision.reference, elsewhere)
    with pytest.raises(NotFound), transaction():
        approvals.approve(revision, by=elsewhere, at=LATER)
    assert fresh(Product, honey.id).version == 1


def test_a_draft_is_nobodys_business_until_it_is_sent_in(honey: Product, maker: Maker, officer: Officer) -> None:
    revision = draft(honey, maker, summary_vi="Ngọt")
    assert list(db.session.scalars(approvals.waiting(officer))) == []
    with pytest.raises(NotFound):
        approvals.get_revision(revision.reference, officer)
    with pytest.raises(Conflict), transaction():
        approvals.approve(revision, by=officer, at=LATER)
    assert fresh(Product, honey.id).version == 1


def test_the_longest_waiting_comes_first(world: World, honey: Product, maker: Maker, officer: Officer) -> None:
    tea = fresh(Product, world.tea.id)
    first, second = draft(tea, maker, **FOOD, summary_vi="Trà"), sent(honey, maker, summary_vi="Ngọt")
    with transaction():
        revisions.submit(first, seen=first.version, by=maker, at=LATER)
    assert [r.id for r in db.session.scalars(approvals.waiting(officer))] == [second.id, first.id]
    assert second.page.name_vi == "Mật ong rừng"


def test_it_comes_back_with_a_reason_for_each_field_and_goes_in_again(
    honey: Product, maker: Maker, officer: Officer
) -> None:
    revision = sent(honey, maker, summary_vi="Chữa bệnh")
    with transaction():
        approvals.give_back(revision, {"summary_vi": " Bỏ chữ “chữa” ", "usage_vi": ""}, by=officer, at=LATER)
    assert (revision.state, revision.reasons) == (RevisionState.RETURNED, {"summary_vi": "Bỏ chữ “chữa”"})
    assert (revision.decided_by, revision.decided_at) == (officer.actor, LATER)
    assert fresh(Product, honey.id).version == 1
    assert db.session.scalars(select(Job.kind).where(Job.kind == "mail.page_decided")).all() == ["mail.page_decided"]
    again = sent(honey, maker, summary_vi="Ngọt")
    assert again.id == revision.id
    assert again.reasons == {"summary_vi": "Bỏ chữ “chữa”"}
    with transaction():
        approvals.approve(again, by=officer, at=LATER)
    assert again.reasons == {}


@pytest.mark.parametrize(
    ("reasons", "note", "field", "reason"),
    [
        ({}, "", "reasons", "required"),
        ({"summary_vi": "  "}, "\u200b", "reasons", "required"),
        ({"summary_vi": "x" * 501}, "", "summary_vi", "too_long"),
        ({"story_vi": "x"}, "", "story_vi", "unknown"),
        ({}, "x" * 501, "note", "too_long"),
    ],
)
def test_it_does_not_come_back_without_a_word(
    honey: Product, maker: Maker, officer: Officer, reasons: dict[str, str], note: str, field: str, reason: str
) -> None:
    revision = sent(honey, maker, summary_vi="Ngọt")
    with pytest.raises(Invalid) as refused, transaction():
        approvals.give_back(revision, reasons, note=note, by=officer, at=LATER)
    assert (refused.value.field, refused.value.reason) == (field, reason)
    assert fresh(Revision, revision.id).state is RevisionState.SUBMITTED


def test_what_was_drafted_on_an_older_page_is_looked_at_again(honey: Product, maker: Maker, officer: Officer) -> None:
    revision = sent(honey, maker, summary_vi="Ngọt", usage_vi="Pha")
    with transaction():
        honey.version, honey.usage_vi = 2, "Pha"  # as an import does
    with pytest.raises(StaleBase) as refused, transaction():
        approvals.approve(revision, by=officer, at=LATER)
    assert (refused.value.base, refused.value.now) == (1, 2)
    assert fresh(Revision, revision.id).state is RevisionState.SUBMITTED
    with transaction():
        revisions.take_back(revision, by=maker, at=LATER)
    with pytest.raises(StaleBase), transaction():
        revisions.submit(revision, seen=revision.version, by=maker, at=LATER)
    with transaction():
        revisions.renew(revision, by=maker, at=LATER)
        revisions.submit(revision, seen=revision.version, by=maker, at=LATER)
    assert (revision.base_version, revision.values) == (2, {"summary_vi": "Ngọt"})
    with transaction():
        approvals.approve(revision, by=officer, at=LATER)
    assert fresh(Product, honey.id).version == 3


def test_a_new_product_is_seen_by_nobody_until_it_is_approved(world: World, maker: Maker, officer: Officer) -> None:
    own = fresh(Producer, world.cooperative.id)
    with transaction():
        product = pages.start_product(own, " Rượu  sim ", "2.1b", by=maker, at=NOW)
    assert (product.state, product.name_vi, product.slug, product.version) == (
        ProductState.DRAFT, "Rượu sim", product.code.lower(), 0,
    )  # fmt: skip
    assert (product.vat_class, product.export_class, product.commune_code) == (VatClass.EXCISE, "L", TRA_MY)
    assert pages.subject_of(product) == f"product:{product.code}"
    values = FOOD | {"summary_vi": "Rượu sim rừng", "description_vi": "Ủ chín tháng", "alcohol_percent": "29",
                     "alcohol_licence": "12/GP-THU", "variants": [SIZE], "pictures": [PICTURE], "group_code": "2.2b"}  # fmt: skip
    revision = sent(product, maker, **values)
    assert revision.is_first
    with transaction():
        approvals.approve(revision, by=officer, at=LATER, vat_class=VatClass.FARM, export_class="B")
    page = fresh(Product, product.id)
    assert (page.state, page.published_at, page.slug, page.version) == (ProductState.PUBLISHED, LATER, "ruou-sim", 1)
    assert (page.vat_class, page.export_class) == (VatClass.FARM, "B")
    assert variant_of(page).sku == f"{product.code}-1"
    assert db.session.scalar(select(func.count()).select_from(RetiredSlug)) == 0
    with pytest.raises(Conflict), transaction():
        approvals.roll_back(revision, by=officer, at=LATER)


def test_a_product_is_started_by_its_producer_with_a_name_and_a_group(world: World, maker: Maker) -> None:
    own, other = fresh(Producer, world.cooperative.id), fresh(Producer, world.household.id)
    before = db.session.scalar(select(func.count()).select_from(Product))
    with pytest.raises(NotFound), transaction():
        pages.start_product(other, "Rượu", "2.1b", by=maker, at=NOW)
    for name, group, field in (("", "1.2b", "name_vi"), ("Mật", "", "group_code"), ("Mật", "5.1", "group_code"),
                               ("x" * 161, "1.2b", "name_vi")):  # fmt: skip
        with pytest.raises(Invalid) as refused, transaction():
            pages.start_product(own, name, group, by=maker, at=NOW)
        assert refused.value.field == field
    assert db.session.scalar(select(func.count()).select_from(Product)) == before


def test_a_producer_has_only_so_many_drafts(world: World, maker: Maker) -> None:
    own = fresh(Producer, world.cooperative.id)
    with transaction():
        for number in range(pages.MOST_DRAFTS):
            pages.start_product(own, f"Mật {number}", "1.2b", by=maker, at=NOW)
    with pytest.raises(Conflict), transaction():
        pages.start_product(own, "Thêm nữa", "1.2b", by=maker, at=NOW)


def test_every_group_has_a_careful_start(world: World, maker: Maker) -> None:
    own = fresh(Producer, world.cooperative.id)
    with transaction():
        tour = pages.start_product(own, "Một ngày", "6.1", by=maker, at=NOW)
        crab = pages.start_product(own, "Rau", "1.1a", by=maker, at=NOW)
    assert (tour.kind, tour.vat_class, tour.export_class) == (ProductKind.TOUR, VatClass.STANDARD, "S")
    assert (crab.kind, crab.vat_class, crab.export_class) == (ProductKind.GOODS, VatClass.FARM, "N")


def test_undoing_says_again_what_the_page_said_before(honey: Product, maker: Maker, officer: Officer) -> None:
    first = approved(honey, maker, officer, summary_vi="Ngọt", usage_vi="Pha", variants=[SIZE])
    approved(fresh(Product, honey.id), maker, officer, usage_vi="Uống")
    with transaction():
        other = officer_of(make_officer(name="Người khác"))
        undoing = approvals.roll_back(first, by=other, at=LATER, note="Nhầm")
    page = fresh(Product, honey.id)
    assert (page.summary_vi, page.usage_vi, page.version) == ("Mật ong rừng làm theo mẻ nhỏ.", "", 4)
    assert [(v["unit_vi"], v["active"]) for v in current_values(page)["variants"]] == [
        ("chai", True),
        ("hũ nhỏ", False),
    ]
    assert (undoing.state, undoing.note, undoing.decided_by) == (RevisionState.APPROVED, "Nhầm", other.actor)
    assert undoing.before["summary_vi"] == "Ngọt"
    (facts,) = events(honey, "rolled_back")
    assert (facts["undone"], facts["before"]["usage_vi"], facts["after"]["usage_vi"]) == (first.reference, "Uống", "")
    with pytest.raises(Conflict), transaction():
        approvals.roll_back(first, by=other, at=LATER)
    assert next(r.id for r in db.session.scalars(revisions.history_of(page))) == undoing.id


def test_only_what_was_approved_can_be_undone(world: World, honey: Product, maker: Maker, officer: Officer) -> None:
    revision = sent(honey, maker, summary_vi="Ngọt")
    with pytest.raises(Conflict), transaction():
        approvals.roll_back(revision, by=officer, at=LATER)
    with transaction():
        approvals.approve(revision, by=officer, at=LATER)
        member = Officer(make_member(world.cooperative).id, "Xã viên")
    with pytest.raises(Forbidden), transaction():
        approvals.roll_back(revision, by=member, at=LATER)
    assert fresh(Product, honey.id).summary_vi == "Ngọt"


def test_english_is_behind_when_its_vietnamese_changes_after_it(honey: Product, maker: Maker, officer: Officer) -> None:
    def stale(revision: Revision | None) -> tuple[str, ...]:
        page = fresh(Product, honey.id)
        return revisions.stale_fields(page, revision, current_values(page))

    assert stale(None) == ()
    revision = draft(honey, maker, name_vi="Mật ong già")
    assert stale(revision) == ("name_en",)
    revision = draft(honey, maker, name_en="Old honey")
    assert stale(revision) == ()
    revision = draft(honey, maker, name_vi="Mật ong bạc hà")
    assert stale(revision) == ("name_en",)
    with transaction():
        revisions.save(revision, {}, seen=revision.version, right=["name_en"], by=maker, at=NOW)
    assert stale(revision) == ()
    approved(honey, maker, officer)
    assert stale(None) == ()
    approved(fresh(Product, honey.id), maker, officer, name_vi="Mật ong rừng U Minh")
    assert stale(None) == ("name_en",)
    assert revisions.state_of_page(fresh(Product, honey.id), None, current_values(honey)).missing == ()


def test_values_of_many_pages_cost_two_queries(world: World, session: Any) -> None:
    products = list(db.session.scalars(select(Product)))
    sent_statements: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        sent_statements.append(statement)

    listen(db.engine, "before_cursor_execute", note)
    try:
        values = pages.product_values(products)
    finally:
        remove(db.engine, "before_cursor_execute", note)
    assert len(values) == 4
    assert len(sent_statements) == 2


def at(app: Flask, revision_id: int, deed: Callable[[Revision], Any]) -> Callable[[], str]:
    """A deed on the revision as its own context reads it."""

    def act() -> str:
        revision = db.session.scalars(revisions._whole().where(Revision.id == revision_id)).one()
        deed(revision)
        return "done"

    return act


def test_of_two_officers_at_once_one_decides(app: Flask, honey: Product, maker: Maker, officer: Officer) -> None:
    revision = sent(honey, maker, summary_vi="Ngọt")
    with transaction():
        other = officer_of(make_officer(name="Người khác"))
    answers = at_once(
        app,
        at(app, revision.id, lambda r: approvals.approve(r, by=officer, at=LATER)),
        at(app, revision.id, lambda r: approvals.give_back(r, {"summary_vi": "Sửa"}, by=other, at=LATER)),
    )
    assert sorted(answers) == ["Conflict", "done"]
    state = fresh(Revision, revision.id).state
    assert state is (RevisionState.APPROVED if answers[0] == "done" else RevisionState.RETURNED)
    assert fresh(Product, honey.id).version == (2 if state is RevisionState.APPROVED else 1)


def test_approving_while_its_writer_withdraws_does_one_of_both(
    app: Flask, honey: Product, maker: Maker, officer: Officer
) -> None:
    revision = sent(honey, maker, summary_vi="Ngọt")
    answers = at_once(
        app,
        at(app, revision.id, lambda r: approvals.approve(r, by=officer, at=LATER)),
        at(app, revision.id, lambda r: revisions.withdraw(r, by=maker, at=LATER)),
    )
    assert sorted(answers) == ["Conflict", "done"]
    assert fresh(Product, honey.id).version == (2 if answers[0] == "done" else 1)


def test_of_two_who_send_it_in_one_does(app: Flask, honey: Product, maker: Maker) -> None:
    revision = draft(honey, maker, summary_vi="Ngọt")
    seen = revision.version
    act = at(app, revision.id, lambda r: revisions.submit(r, seen=seen, by=maker, at=NOW))
    assert sorted(at_once(app, act, act)) == ["Conflict", "done"]
    assert len(events(honey, "submitted")) == 1


def test_of_two_windows_that_write_one_field_one_is_told(app: Flask, honey: Product, maker: Maker) -> None:
    revision = draft(honey, maker, summary_vi="Ngọt")
    seen = revision.version
    answers = at_once(
        app,
        *(
            at(app, revision.id, lambda r, w=words: revisions.save(r, {"summary_vi": w}, seen=seen, by=maker, at=NOW))
            for words in ("Thơm", "Đậm")
        ),
    )
    assert sorted(answers) == ["SavedElsewhere", "done"]
    assert fresh(Revision, revision.id).values == {"summary_vi": ("Thơm", "Đậm")[answers.index("done")]}


def test_two_who_begin_at_once_write_in_one_revision(app: Flask, honey: Product, maker: Maker) -> None:
    def begin() -> str:
        page = db.session.get_one(Product, honey.id)
        return revisions.open_revision(page, by=maker, at=NOW).reference

    answers = at_once(app, begin, begin)
    assert answers[0] == answers[1]
    assert db.session.scalar(select(func.count()).select_from(Revision)) == 1


def test_names_that_meet_at_one_address_both_find_one(
    app: Flask, world: World, honey: Product, maker: Maker, officer: Officer
) -> None:
    with transaction():
        second = make_product("Trà gừng", producer=world.cooperative, group="1.5b", **FOOD)
    one, two = sent(honey, maker, name_vi="Quà rừng"), sent(fresh(Product, second.id), maker, name_vi="Quà rừng")
    answers = at_once(
        app,
        *(at(app, r.id, lambda r: approvals.approve(r, by=officer, at=LATER)) for r in (one, two)),
    )
    assert set(answers) <= {"done", "Conflict"}
    for revision, answer in zip((one, two), answers, strict=True):
        if answer == "Conflict":
            with transaction():
                approvals.approve(fresh(Revision, revision.id), by=officer, at=LATER)
    slugs = set(db.session.scalars(select(Product.slug).where(Product.name_vi == "Quà rừng")))
    assert len(slugs) == 2
    assert "qua-rung" in slugs
