"""Changes of pages beside the live page: begun, written, sent in, taken back."""

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.event import listen, remove

from catalog import approvals, pages, revisions, sequence
from catalog.db import db, transaction
from catalog.errors import Conflict, Forbidden, Invalid, NotFound
from catalog.makers import Maker
from catalog.memberships import Officer
from catalog.pages import current_values
from catalog.producers import Producer
from catalog.products import Product, ProductKind, VatClass
from catalog.revisions import Change, Incomplete, Revision, RevisionState, SavedElsewhere, StaleBase
from tests.catalog.cast import at_once
from tests.catalog.drafting import LATER, NOW, SIZE, approved, at, draft, events, fresh, sent
from tests.world import (
    World,
    make_member,
    maker_of,
    variant_of,
)


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
