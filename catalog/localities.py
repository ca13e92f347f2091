"""Where the programme's work was done and on which day: what its logs of visits and support check alike."""

import re
from datetime import date, datetime

from catalog import places
from catalog.clock import vietnam_day
from catalog.db import db
from catalog.errors import Invalid
from catalog.memberships import Officer
from catalog.producers import Producer
from catalog.text import nfc

FIRST_YEAR = 2018
"""The programme began in it."""


def settle(commune_code: str, producer_id: int | None, *, by: Officer) -> str:
    """The code of the commune that is meant: the producer's, where one is named.

    Raises Invalid("commune_code" or "producer_id", …): nobody is named, unknown or not theirs to see, or the two do not
    go together.
    """
    if producer_id is not None:
        producer = db.session.get(Producer, producer_id)
        if producer is None or not by.sees(producer.commune_code):
            raise Invalid("producer_id", "unknown")
        if commune_code not in ("", producer.commune_code):
            raise Invalid("producer_id", "elsewhere")
        return producer.commune_code
    if not commune_code:
        raise Invalid("commune_code", "required")
    if places.find_commune(commune_code) is None or not by.sees(commune_code):
        raise Invalid("commune_code", "unknown")
    return commune_code


def must_be_past(field: str, day: date, *, at: datetime) -> None:
    """Raises Invalid(field, …) for a day to come, and for one before the programme."""
    if day > vietnam_day(at):
        raise Invalid(field, "future")
    if day.year < FIRST_YEAR:
        raise Invalid(field, "too_early", first=FIRST_YEAR)


def paragraphs(field: str, text: str, most: int) -> str:
    """Somebody's paragraphs, each tidied, an empty line between them. Raises Invalid(field, "too_long")."""
    tidied = "\n\n".join(filter(None, (nfc(part) for part in re.split(r"\n\s*\n", text.replace("\r\n", "\n")))))
    if len(tidied) > most:
        raise Invalid(field, "too_long", most=most)
    return tidied


def words(field: str, text: str, most: int, *, needed: bool = True) -> str:
    """Somebody's words, tidied. Raises Invalid(field, "required" or "too_long")."""
    tidied = nfc(text)
    if needed and not tidied:
        raise Invalid(field, "required")
    if len(tidied) > most:
        raise Invalid(field, "too_long", most=most)
    return tidied
