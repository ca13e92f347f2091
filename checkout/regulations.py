"""What the programme lays down: every setting with its kind, what stands without a word of the office, and the readings.

A setting that the environment knows, too, has the name of its field there (``config.Settings``); the environment's
value stands until the book says another. Only officers of the whole programme write (``catalog.rulebook.lay_down``).
"""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from typing import Any

from catalog import allergens, claims
from catalog.allergens import AllergenWord
from catalog.claims import ClaimWord, Why
from catalog.clock import start_of
from catalog.holidays import EXPECTED, Holidays
from catalog.importing import amounts, cells
from catalog.importing.changes import Problem, Reason
from catalog.importing.rows import Entry
from catalog.lapses import LapsedPolicy
from catalog.money import Money
from catalog.products import VatClass
from catalog.rulebook import Book, Laid, Setting
from checkout import contact
from checkout.delivery import CONTRACT, Tariff, Tariffs, Zone
from checkout.exchange import CURRENCIES, Exchange, Rate
from checkout.kinds import Foreign, OneOf, Percent, Sheet, Text, Whole, web_address
from checkout.tax import LAW, Rates

MOST_VAT = 20
"""Per cent: what is above is a slip of the pen."""


class Section(StrEnum):
    """What belongs together on a page, in its order."""

    OWNER = "owner"
    NOTICE = "notice"
    SELLING = "selling"
    WAITING = "waiting"
    VAT = "vat"
    DELIVERY = "delivery"
    EXCHANGE = "exchange"
    WORDS = "words"


def _in_order(entry: Entry) -> Problem | None:
    if entry["days_from"] <= entry["days_to"]:
        return None
    return entry.row.problem("days_to", Reason.OUT_OF_RANGE, low=entry["days_from"], high=60)


_TARIFF = Sheet(
    columns={
        "zone": cells.choice(Zone),
        "base_g": amounts.whole(100, 30_000),
        "base_fee": amounts.whole(0, 1_000_000),
        "step_fee": amounts.whole(0, 1_000_000),
        "days_from": amounts.whole(0, 60),
        "days_to": amounts.whole(0, 60),
        "fresh": cells.yes_no,
    },
    key="zone",
    keys=tuple(zone.value for zone in Zone),
    agree=_in_order,
)
_CLAIMS = Sheet(
    columns={"word": cells.line(60), "why": cells.choice(Why), "unless": cells.optional(cells.line(300))}, key="word"
)
_ALLERGENS = Sheet(
    columns={
        "word": cells.line(60),
        "allergen": cells.one_of(cells.ALLERGENS),
        "unless": cells.optional(cells.line(300)),
    },
    key="word",
)
_HOLIDAYS = Sheet(columns={"day": cells.day, "name_vi": cells.line(80)}, key="day", past=True)


def vat_name(kind: VatClass) -> str:
    """The setting that says a class's rate."""
    return f"vat_{kind.name.lower()}"


def rate_name(currency: str) -> str:
    """The setting that says what a unit of this currency is worth."""
    return f"rate_{currency.lower()}"


def _settings() -> tuple[Setting, ...]:
    return (
        Setting("shop_name", Section.OWNER, Text(60)),
        Setting("operator", Section.OWNER, Text(160)),
        Setting("tax_code", Section.OWNER, Text(20, parser=contact.tax_code)),
        Setting("address", Section.OWNER, Text(200)),
        Setting("phone", Section.OWNER, Text(20, parser=cells.phone)),
        Setting("email", Section.OWNER, Text(254, parser=cells.email)),
        Setting("zalo", Section.OWNER, Text(20, optional=True, parser=contact.phone)),
        Setting("moit_number", Section.NOTICE, Text(40, optional=True)),
        Setting("moit_url", Section.NOTICE, Text(200, optional=True, parser=web_address)),
        Setting("lapsed", Section.SELLING, OneOf(LapsedPolicy)),
        Setting("cod_limit", Section.SELLING, Whole(0, 100_000_000, "dong")),
        Setting("count_limit", Section.SELLING, Whole(0, 100_000_000, "dong")),
        Setting("hold_transfer_minutes", Section.WAITING, Whole(5, 7 * 24 * 60, "minutes")),
        Setting("hold_collect_days", Section.WAITING, Whole(1, 30, "days")),
        Setting("hold_paid_days", Section.WAITING, Whole(1, 90, "days")),
        Setting("min_life_collect_days", Section.WAITING, Whole(0, 60, "days")),
        Setting("min_life_courier_days", Section.WAITING, Whole(0, 60, "days")),
        Setting("min_life_export_days", Section.WAITING, Whole(0, 365, "days")),
        *(Setting(vat_name(kind), Section.VAT, Percent(MOST_VAT), dated=True) for kind in VatClass),
        Setting("tariff", Section.DELIVERY, _TARIFF, dated=True),
        Setting("holidays", Section.DELIVERY, _HOLIDAYS),
        *(
            Setting(rate_name(currency), Section.EXCHANGE, Foreign(), dated=True, renewed=True)
            for currency in CURRENCIES
        ),
        Setting("claim_words", Section.WORDS, _CLAIMS),
        Setting("allergen_words", Section.WORDS, _ALLERGENS),
    )


SETTINGS: Mapping[str, Setting] = {setting.name: setting for setting in _settings()}
"""By name, in the order of the page."""


@lru_cache
def standing() -> Mapping[str, tuple[Laid, ...]]:
    """What the tables of the program say, for the settings that the environment does not know."""
    found: dict[str, tuple[Laid, ...]] = {
        "holidays": (Laid([{"day": day.isoformat(), "name_vi": name} for day, name in EXPECTED.items()]),),
        "claim_words": (
            Laid([{"word": w.text, "why": w.why.value, "unless": "|".join(w.unless)} for w in claims.default_words()]),
        ),
        "allergen_words": (
            Laid(
                [
                    {"word": w.text, "allergen": w.allergen, "unless": "|".join(w.unless)}
                    for w in allergens.default_words()
                ]
            ),
        ),
    }
    for kind in VatClass:
        rows = [(day, percent) for of, day, percent in LAW.rows if of is kind]
        found[vat_name(kind)] = tuple(Laid(str(percent), begins_at=start_of(day)) for day, percent in rows)
    for day in sorted({row.valid_from for row in CONTRACT.rows}):
        rows_of_day = [_written(CONTRACT.of(zone, day)) for zone in Zone]
        found["tariff"] = (*found.get("tariff", ()), Laid(rows_of_day, begins_at=start_of(day)))
    return found


def vat(book: Book) -> Rates:
    """The rates of every class."""
    return Rates(
        tuple(
            (kind, laid.begins_on or date.min, Decimal(laid.value))
            for kind in VatClass
            for laid in book.of(vat_name(kind))
        )
    )


def tariffs(book: Book) -> Tariffs:
    """The carrier's tables, one after the other."""
    return Tariffs(
        tuple(
            Tariff(
                zone=Zone(row["zone"]),
                valid_from=laid.begins_on or date.min,
                base_g=row["base_g"],
                base_fee=Money(row["base_fee"]),
                step_fee=Money(row["step_fee"]),
                days_from=row["days_from"],
                days_to=row["days_to"],
                fresh=row["fresh"],
            )
            for laid in book.of("tariff")
            for row in laid.value
        )
    )


def holidays(book: Book, *, at: datetime) -> Holidays:
    """The list that counts now, its days that are over included."""
    return {date.fromisoformat(row["day"]): row["name_vi"] for row in book.value("holidays", at=at)}


def claim_words(book: Book, *, at: datetime) -> tuple[ClaimWord, ...]:
    """What no page may say of food."""
    rows = book.value("claim_words", at=at)
    return tuple(ClaimWord(row["word"], Why(row["why"]), _parts(row["unless"])) for row in rows)


def allergen_words(book: Book, *, at: datetime) -> tuple[AllergenWord, ...]:
    """Words of ingredients that tell of an allergen."""
    rows = book.value("allergen_words", at=at)
    return tuple(AllergenWord(row["word"], row["allergen"], _parts(row["unless"])) for row in rows)


def exchange(book: Book) -> Exchange:
    """Every rate that was laid down."""
    return Exchange(
        {currency: tuple(_rate(currency, laid) for laid in book.of(rate_name(currency))) for currency in CURRENCIES}
    )


def _parts(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split("|") if part.strip())


def _rate(currency: str, laid: Laid) -> Rate:
    value: dict[str, str] = laid.value
    on = laid.begins_on or date.min
    return Rate(currency, on, Decimal(value["vnd"]), Decimal(value["margin"]), value["source"])


def _written(row: Tariff) -> dict[str, Any]:
    return {
        "zone": row.zone.value,
        "base_g": row.base_g,
        "base_fee": row.base_fee.minor,
        "step_fee": row.step_fee.minor,
        "days_from": row.days_from,
        "days_to": row.days_to,
        "fresh": row.fresh,
    }
