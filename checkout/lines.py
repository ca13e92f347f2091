"""What a line of an order or of a counter sale copies of the variant it sold, so that no later edit changes it."""

from decimal import Decimal

from sqlalchemy import BigInteger, ForeignKey, Integer, Numeric
from sqlalchemy.orm import Mapped, mapped_column

from catalog.db import text_column


class SoldVariant:
    """One variant as it was sold: ``amount = price * quantity`` in minor units, ``vat`` inside.

    ``certificate_number`` and ``stars`` were valid on that day, or are None.
    """

    position: Mapped[int] = mapped_column(Integer)
    variant_id: Mapped[int] = mapped_column(ForeignKey("variants.id"))
    product_id: Mapped[int] = mapped_column(ForeignKey("products.id"))
    sku: Mapped[str] = mapped_column(text_column(32))
    name_vi: Mapped[str] = mapped_column(text_column(160))
    name_en: Mapped[str] = mapped_column(text_column(160))
    unit_vi: Mapped[str] = mapped_column(text_column(60))
    unit_en: Mapped[str] = mapped_column(text_column(60))
    quantity: Mapped[int] = mapped_column(Integer)
    price: Mapped[int] = mapped_column(BigInteger)
    amount: Mapped[int] = mapped_column(BigInteger)
    vat_percent: Mapped[Decimal] = mapped_column(Numeric(4, 1))
    vat: Mapped[int] = mapped_column(BigInteger)
    certificate_number: Mapped[str | None] = mapped_column(text_column(64))
    stars: Mapped[int | None] = mapped_column(Integer)
