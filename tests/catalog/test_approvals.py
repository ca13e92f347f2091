"""Officers decide about changes of pages: approve, give back, undo; never their own, never twice."""

import pytest
from flask import Flask
from sqlalchemy import func, select

from catalog import approvals, pages, revisions, sequence
from catalog.db import db, transaction
from catalog.errors import Conflict, Forbidden, Invalid, NotFound
from catalog.jobs import Job
from catalog.makers import Maker
from catalog.memberships import Officer
from catalog.pages import current_values
from catalog.producers import Producer
from catalog.products import Photo, Product, ProductState, RetiredSlug, Variant, VatClass, find_renamed
from catalog.revisions import Revision, RevisionState
from tests.catalog.cast import at_once
from tests.catalog.drafting import FOOD, LATER, NOW, PICTURE, SIZE, approved, at, draft, events, fresh, sent
from tests.world import (
    HOI_AN,
    TRA_MY,
    World,
    make_member,
    make_officer,
    make_product,
    make_variant,
    officer_of,
    variant_of,
)


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
