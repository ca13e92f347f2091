"""Producers from a file, on both engines."""

from typing import Any

from sqlalchemy import func, select

from catalog import sequence
from catalog.importing import producers
from catalog.importing.changes import FieldChange
from catalog.jobs import Job
from catalog.producers import LegalForm, Producer
from catalog.products import Product
from tests.catalog.importing.files import HOI_AN, PRODUCER, complaints, imported, planned, shop_with_a_product


def the(session: Any, code: str = "P01") -> Producer:
    producer: Producer = session.scalars(select(Producer).where(Producer.code == code)).one()
    return producer


def test_a_new_producer_has_everything_the_row_says(session: Any) -> None:
    imported(producers, PRODUCER | {"story_vi": "Năm đầu mở xưởng.\n\nNăm sau thì khác."})
    producer = the(session)
    assert (producer.slug, producer.legal_form, producer.district_code) == ("htx-go-lim", LegalForm.COOPERATIVE, "502")
    assert (producer.founded, producer.members, producer.phone) == (2014, 14, "0235 000 0101")
    assert producer.story_vi == "Năm đầu mở xưởng.\n\nNăm sau thì khác."
    assert (producer.story_en, sequence.current()) == ("", 1)


def test_the_same_file_twice_changes_nothing(session: Any) -> None:
    imported(producers, PRODUCER)
    assert imported(producers, PRODUCER).changes == ()
    assert sequence.current() == 1


def test_columns_the_file_does_not_have_stay_as_they_are(session: Any) -> None:
    imported(producers, PRODUCER | {"summary_en": "Oil in small batches."})
    imported(producers, PRODUCER | {"members": ""})
    assert (the(session).summary_en, the(session).members) == ("Oil in small batches.", None)


def test_a_renamed_producer_keeps_its_address_and_its_products_are_searchable_under_the_new_name(session: Any) -> None:
    shop_with_a_product()
    before = session.scalar(select(func.count(Job.id)))
    plan = imported(producers, PRODUCER | {"name_vi": "HTX Gò Lim Mới"})
    assert plan.changes[0].fields == (FieldChange("name_vi", "HTX Gò Lim", "HTX Gò Lim Mới"),)
    assert the(session).slug == "htx-go-lim"
    jobs = session.scalars(select(Job).order_by(Job.id)).all()
    assert [(job.kind, job.payload) for job in jobs[before:]] == [
        ("index.products", {"ids": [session.scalar(select(Product.id))]})
    ]


def test_a_page_that_the_file_changes_has_a_new_version(session: Any) -> None:
    imported(producers, PRODUCER)
    imported(producers, PRODUCER)
    assert the(session).version == 1
    imported(producers, PRODUCER | {"members": "15"})
    assert the(session).version == 2


def test_bad_rows_are_named(session: Any) -> None:
    plan = planned(
        producers,
        PRODUCER,
        PRODUCER | {"commune": HOI_AN},
        PRODUCER | {"code": "P02", "legal_form": "HTX", "founded": "năm ngoái", "email": "p02"},
    )
    assert complaints(plan) == [
        (3, "code", "P01", "repeated"),
        (4, "legal_form", "HTX", "choice"),
        (4, "founded", "năm ngoái", "number"),
        (4, "email", "p02", "email"),
    ]
    assert plan.problems[0].facts == {"first": 2}
