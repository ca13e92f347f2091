"""Feeds the search index from the database. Jobs only name products; what is written is what they are now."""

from collections.abc import Iterator, Sequence

from sqlalchemy import select

from catalog import places, sequence
from catalog.db import db
from catalog.jobs import Claimed
from catalog.producers import Producer
from catalog.products import Product, ProductState
from catalog.search.documents import Document
from catalog.search.index import IndexMissing
from storefront.outside import outside

BATCH = 500


def products(job: Claimed) -> None:
    """Bring the named products up to date; payload ``{"ids": [...]}``. Without an index, build it."""
    index = outside().index
    if not index.status().ok:
        rebuild(job)
        return
    at = sequence.current()
    ids: list[int] = job.payload["ids"]
    shown = list(_documents(ids))
    gone = set(ids) - {document.id for document in shown}
    try:
        index.apply(shown, gone, sequence=at)
    except IndexMissing:
        rebuild(job)


def rebuild(job: Claimed) -> None:
    """Build the whole index anew beside the one in use, then swap."""
    rebuild_now()


def rebuild_now() -> int:
    """The same, at once. Returns the number of products."""
    at = sequence.current()
    ids = list(
        db.session.scalars(select(Product.id).where(Product.state == ProductState.PUBLISHED).order_by(Product.id))
    )
    outside().index.rebuild(_documents(ids), sequence=at)
    return len(ids)


def _documents(ids: Sequence[int]) -> Iterator[Document]:
    for start in range(0, len(ids), BATCH):
        query = select(Product, Producer).join(Producer, Producer.id == Product.producer_id)
        some = query.where(Product.id.in_(ids[start : start + BATCH]), Product.state == ProductState.PUBLISHED)
        for product, producer in db.session.execute(some):
            yield _document(product, producer)
        db.session.expunge_all()


def _document(product: Product, producer: Producer) -> Document:
    commune = places.get_commune(product.commune_code)
    place = " ".join([commune.label, commune.old_district or ""])
    text = " ".join([product.summary_vi, product.description_vi, product.ingredients_vi])
    return Document(
        id=product.id,
        name=product.name_vi,
        name_en=product.name_en,
        producer=producer.name_vi,
        place=place,
        group=product.group_code,
        text=text,
        rank=0,
    )
