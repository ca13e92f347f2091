"""What the environment decides; wrong settings stop the start."""

from dataclasses import fields
from pathlib import Path

import pytest

from config import DEMO_SECRET, Settings, SettingsError

PRODUCTION = {
    "SHOP_ENV": "production",
    "SECRET_KEY": "fQ7zK2mW9xR4tY8bN3vC6hJ1sD5gL0pA",
    "BASE_URL": "https://shop.example.org",
    "SMTP_URL": "smtp://user:secret@mail.example.org:587",
    "BANK_ACCOUNT": "1020304050",
    "BANK_HOLDER": "OCOP QUANG NAM",
    "SHOP_OPERATOR": "Đơn vị Thử",
    "SHOP_TAX_CODE": "4000000000",
}


def test_an_empty_environment_is_a_shop_on_this_machine() -> None:
    settings = Settings.from_environment({})
    assert settings == Settings()
    assert (settings.environment, settings.production, settings.demo) == ("development", False, False)
    assert settings.sqlalchemy_url == f"sqlite:///{Path('var/shop.sqlite3').resolve()}"
    assert settings.index_folder == Path("var/index")
    assert settings.media_folder == Path("var/media")


def test_each_setting_has_a_variable_and_a_meaning_of_its_own() -> None:
    variables = [spec.metadata["variable"] for spec in fields(Settings)]
    assert len(variables) == len(set(variables))
    assert all(variable == variable.upper() for variable in variables)
    assert all(spec.metadata["meaning"] for spec in fields(Settings))


def test_every_setting_can_be_chosen() -> None:
    samples = {bool: ("1", True), int: ("42", 42), str: ("x", "x"), type(Path()): ("/srv/x", Path("/srv/x"))}
    special = {"SHOP_ENV": ("test", "test"), "SHOP_LAPSED": ("not_orderable", "not_orderable")}
    for spec in fields(Settings):
        variable = spec.metadata["variable"]
        raw, meant = special.get(variable) or samples[type(spec.default)]
        assert getattr(Settings.from_environment({variable: raw}), spec.name) == meant, variable


def test_blanks_around_a_value_are_not_part_of_it() -> None:
    assert Settings.from_environment({"COD_LIMIT": " 5000000\n"}).cod_limit == 5_000_000
    assert Settings.from_environment({"SHOP_VAR": "  "}).var == Path("var")


def test_an_address_of_postgresql_is_written_for_the_driver() -> None:
    settings = Settings.from_environment({"DATABASE_URL": "postgresql://shop@db/shop"})
    assert settings.sqlalchemy_url == "postgresql+psycopg://shop@db/shop"


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("SHOP_ENV", "staging"),
        ("SHOP_LAPSED", "maybe"),
        ("SHOP_DEMO", "yes"),
        ("SHOP_ALCOHOL", "true"),
        ("COD_LIMIT", "3.000.000"),
        ("COD_LIMIT", "-1"),
        ("PROXIES", "one"),
        ("HOLD_TRANSFER_MINUTES", "٦٠"),
        ("HOLD_TRANSFER_MINUTES", "0"),
        ("HOLD_COLLECT_DAYS", "0"),
        ("HOLD_PAID_DAYS", "0"),
        ("MIN_LIFE_COURIER_DAYS", "-1"),
    ],
)
def test_a_value_that_cannot_be_stops_the_start_and_is_named(variable: str, value: str) -> None:
    with pytest.raises(SettingsError, match=f"^{variable}={value}"):
        Settings.from_environment({variable: value})


def test_a_production_with_everything_starts() -> None:
    assert Settings.from_environment(PRODUCTION).production


@pytest.mark.parametrize(
    "variable", ["SMTP_URL", "BANK_ACCOUNT", "BANK_HOLDER", "SHOP_OPERATOR", "SHOP_TAX_CODE", "SECRET_KEY"]
)
def test_a_production_without_it_does_not_start(variable: str) -> None:
    with pytest.raises(SettingsError, match=f"^{variable}: production"):
        Settings.from_environment({name: value for name, value in PRODUCTION.items() if name != variable})


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("SECRET_KEY", DEMO_SECRET),
        ("SECRET_KEY", "short"),
        ("SECRET_KEY", "ab" * 20),
        ("BASE_URL", "http://shop.example.org"),
        ("BASE_URL", "https://"),
        ("SMTP_URL", "mail.example.org:587"),
        ("BANK_BIN", "97041"),
        ("BANK_ACCOUNT", "1020 3040 50"),
        ("RATE_LIMITS", "0"),
    ],
)
def test_an_unsafe_production_does_not_start(variable: str, value: str) -> None:
    with pytest.raises(SettingsError, match=f"^{variable}: production"):
        Settings.from_environment(PRODUCTION | {variable: value})


def test_a_shop_at_a_public_address_does_not_start_as_a_development() -> None:
    with pytest.raises(SettingsError, match="SHOP_ENV"):
        Settings.from_environment({"BASE_URL": "https://shop.example.org"})
