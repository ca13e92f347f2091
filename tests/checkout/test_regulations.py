"""What stands, what the office lays down over it, and how both are read."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from catalog.errors import NotFound
from catalog.holidays import EXPECTED
from catalog.products import VatClass
from catalog.rulebook import Book, Laid
from checkout import regulations
from checkout.delivery import CONTRACT, Zone
from checkout.regulations import SETTINGS
from checkout.tax import LAW
from config import Settings

MONDAY = date(2026, 11, 23)
NINE = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)


def book(**laid: tuple[Laid, ...]) -> Book:
    return Book(laid).over(regulations.standing())


def test_every_setting_has_something_that_stands_but_the_rates_of_exchange() -> None:
    environment = set(Settings.__dataclass_fields__)
    without = [name for name in SETTINGS if name not in environment and name not in regulations.standing()]
    assert without == [f"rate_{code}" for code in ("usd", "eur", "jpy", "krw", "cny", "sgd", "aud", "gbp")]


def test_without_a_word_of_the_office_the_tables_are_those_of_the_program() -> None:
    assert {
        (kind, day): regulations.vat(book()).rate(kind, day) for kind in VatClass for day in (MONDAY, date(2027, 1, 1))
    } == {(kind, day): LAW.rate(kind, day) for kind in VatClass for day in (MONDAY, date(2027, 1, 1))}
    assert [regulations.tariffs(book()).of(zone, MONDAY) for zone in Zone] == [
        CONTRACT.of(zone, MONDAY) for zone in Zone
    ]
    assert regulations.holidays(book(), at=NINE) == EXPECTED


def test_a_longer_cut_of_the_tax_is_laid_down_for_the_day_on_which_the_law_ends_it() -> None:
    longer = regulations.vat(book(vat_standard=(Laid("8", 1, datetime(2026, 12, 31, 17, tzinfo=UTC)),)))
    assert longer.rate(VatClass.STANDARD, date(2027, 1, 1)) == Decimal(8)
    assert longer.rate(VatClass.EXCISE, date(2027, 1, 1)) == Decimal(10)


def test_a_new_tariff_counts_from_its_day() -> None:
    (standing,) = regulations.standing()["tariff"]
    dearer = [row | {"base_fee": row["base_fee"] + 1000} for row in standing.value]
    table = regulations.tariffs(book(tariff=(Laid(dearer, 1, datetime(2026, 11, 23, 17, tzinfo=UTC)),)))
    assert [table.of(Zone.LOCAL, MONDAY + timedelta(days=n)).base_fee.minor for n in (0, 1)] == [16_000, 17_000]


def test_holidays_are_those_of_the_last_list() -> None:
    listed = [{"day": "2026-12-31", "name_vi": "Nghỉ bù"}]
    changed = book(holidays=(Laid(listed, 1, NINE),))
    assert regulations.holidays(changed, at=NINE) == {date(2026, 12, 31): "Nghỉ bù"}
    assert regulations.holidays(changed, at=NINE - timedelta(seconds=1)) == EXPECTED


def test_a_rate_of_exchange_has_a_day_a_margin_and_a_source() -> None:
    value = {"vnd": "26345.5", "margin": "1.5", "source": "Ngân hàng thử"}
    exchange = regulations.exchange(book(rate_usd=(Laid(value, 1, NINE),)))
    rate = exchange.rate("USD", MONDAY)
    assert (rate.vnd, rate.margin, rate.source, rate.on) == (
        Decimal("26345.5"),
        Decimal("1.5"),
        "Ngân hàng thử",
        MONDAY,
    )
    with pytest.raises(NotFound):
        exchange.rate("EUR", MONDAY)


def test_what_stands_could_be_written_by_the_office() -> None:
    for name, entries in regulations.standing().items():
        kind = SETTINGS[name].kind
        for laid in entries:
            assert (
                kind.read(kind.written(laid.value, today=date(2000, 1, 1)), standing=None, today=date(2000, 1, 1))
                == laid.value
            )


def test_the_defaults_of_the_environment_could_be_written_by_the_office() -> None:
    chosen = Settings(operator="Đơn vị Thử", tax_code="0100109106", address="Số 1", phone="0905 123 456")
    for name, setting in SETTINGS.items():
        if hasattr(chosen, name):
            value = getattr(chosen, name)
            assert setting.kind.read(setting.kind.written(value, today=MONDAY), standing=None, today=MONDAY) == value
