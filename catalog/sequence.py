"""A number that grows with every change to what the shop shows: products, producers, certificates, outlets.

Readers that keep a copy (the search index, the columns lists are filtered by, finished pages) compare it and renew
themselves. Stock and orders do not touch it: a row every order writes would be a queue in front of the till.
"""

from sqlalchemy import BigInteger, select, update
from sqlalchemy.orm import Mapped, mapped_column

from catalog.db import Base, BigKey, db


class CatalogueState(Base):
    """One row, made by the first migration."""

    __tablename__ = "catalogue_state"

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    sequence: Mapped[int] = mapped_column(BigInteger)


def current() -> int:
    """The number now."""
    return db.session.scalar(select(CatalogueState.sequence)) or 0


def advance() -> int:
    """Something shoppers can see has changed. Returns the new number."""
    changed = update(CatalogueState).values(sequence=CatalogueState.sequence + 1).returning(CatalogueState.sequence)
    return db.session.scalars(changed.execution_options(synchronize_session=False)).one()
