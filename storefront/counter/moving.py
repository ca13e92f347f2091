"""Movements in words: what, how many, who, why, by which document."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from catalog.shelves import Moved
from storefront import actors
from storefront.counter.documents import Document, document
from storefront.wording import movement_name


@dataclass(frozen=True, slots=True)
class Told:
    """One movement. change: signed, of the units there; promised: signed, of the units promised (0 but for holds)."""

    at: datetime
    kind_name: str
    sku: str
    name: str
    unit: str
    lot_id: int
    code: str
    change: str
    promised: str
    who: str
    reason: str
    document: Document


def told(moved: Sequence[Moved]) -> list[Told]:
    """The same movements, for people."""
    names = actors.names(row.actor for row in moved)
    return [
        Told(
            at=row.at,
            kind_name=movement_name(row.kind),
            sku=row.sku,
            name=row.name,
            unit=row.unit,
            lot_id=row.lot_id,
            code=row.code,
            change=_signed(row.on_hand),
            promised=_signed(row.held),
            who=names[row.actor],
            reason=row.reason,
            document=document(row.cause),
        )
        for row in moved
    ]


def _signed(units: int) -> str:
    """``+12``, ``−3``; nothing for none."""
    if not units:
        return ""
    digits = f"{abs(units):,}".replace(",", ".")
    return f"+{digits}" if units > 0 else f"−{digits}"
