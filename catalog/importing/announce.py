"""Telling the rest of the shop that what it shows has changed."""

from collections.abc import Iterable
from datetime import datetime

from catalog import jobs, sequence
from catalog.importing.lookups import chunks


def announce(product_ids: Iterable[int], *, at: datetime) -> None:
    """One new number for the catalogue; the pages of these products are searchable anew soon."""
    sequence.advance()
    for ids in chunks(sorted(set(product_ids))):
        jobs.enqueue("index.products", {"ids": list(ids)}, at=at)
