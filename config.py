"""Settings: what the environment decides. The only module that reads ``os.environ``; wrong settings stop the start."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

DEMO_SECRET = "only-for-a-shop-that-runs-on-this-machine"


class SettingsError(Exception):
    """The environment asks for something that cannot be; the message names the variable and the remedy."""


def _setting(variable: str, meaning: str, default: object) -> Any:
    return field(default=default, metadata={"variable": variable, "meaning": meaning})


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Every setting of the shop, with its environment variable and meaning as field metadata."""

    environment: str = _setting("SHOP_ENV", "development, test or production", "development")
    var: Path = _setting("SHOP_VAR", "folder of all state: database, index, media, logs", Path("var"))
    secret_key: str = _setting("SECRET_KEY", "signs sessions; production: 32 characters or more", DEMO_SECRET)
    database_url: str = _setting("DATABASE_URL", "postgresql://… ; empty: SQLite under var/", "")
    redis_url: str = _setting("REDIS_URL", "redis://… for limits and the page cache; empty: in memory", "")
    base_url: str = _setting("BASE_URL", "public address of the shop, for mails and feeds", "http://127.0.0.1:8000")
    proxies: int = _setting("PROXIES", "trusted reverse proxies in front (X-Forwarded-*)", 0)
    page_seconds: int = _setting("PAGE_SECONDS", "finished pages may be kept for so long; 0: never", 10)
    rate_limits: bool = _setting("RATE_LIMITS", "0: no limits on requests, for load tests on this machine", True)
    smtp_url: str = _setting("SMTP_URL", "smtp://user:password@host:587; empty: mails stay readable at /dev/mail", "")
    mail_from: str = _setting("MAIL_FROM", "sender of mails", "OCOP Quảng Nam <shop@example.org>")
    demo: bool = _setting("SHOP_DEMO", "1: load the demo data once and say so on every page", False)
    alcohol: bool = _setting("SHOP_ALCOHOL", "1: show alcoholic drinks", False)
    lapsed: str = _setting(
        "SHOP_LAPSED", "a lapsed certificate: hide_stars, not_orderable or sell_existing_lots", "hide_stars"
    )
    hold_transfer_minutes: int = _setting("HOLD_TRANSFER_MINUTES", "a transfer order is held for", 60)
    hold_collect_days: int = _setting("HOLD_COLLECT_DAYS", "a cash order waits at its outlet for", 3)
    hold_paid_days: int = _setting("HOLD_PAID_DAYS", "a paid order waits at its outlet, opening days", 14)
    min_life_collect_days: int = _setting("MIN_LIFE_COLLECT_DAYS", "days that collected goods must still keep", 1)
    min_life_courier_days: int = _setting("MIN_LIFE_COURIER_DAYS", "days that goods sent by courier must still keep", 5)
    min_life_export_days: int = _setting("MIN_LIFE_EXPORT_DAYS", "days that exported goods must still keep", 60)
    cod_limit: int = _setting("COD_LIMIT", "cash on delivery up to, in đồng", 3_000_000)
    count_limit: int = _setting(
        "COUNT_LIMIT", "differences of a stocktake that its outlet approves itself up to, in đồng", 500_000
    )
    bank_bin: str = _setting("BANK_BIN", "NAPAS BIN of the receiving bank", "970415")
    bank_name: str = _setting("BANK_NAME", "its name", "VietinBank")
    bank_account: str = _setting("BANK_ACCOUNT", "account that receives transfers", "")
    bank_holder: str = _setting("BANK_HOLDER", "its holder, capitals without accents", "")
    shop_name: str = _setting("SHOP_NAME", "name of the shop", "OCOP Quảng Nam")
    operator: str = _setting("SHOP_OPERATOR", "legal name of the operator", "")
    tax_code: str = _setting("SHOP_TAX_CODE", "its tax or registration number", "")
    address: str = _setting("SHOP_ADDRESS", "its address", "")
    phone: str = _setting("SHOP_PHONE", "hotline", "")
    email: str = _setting("SHOP_EMAIL", "contact e-mail", "shop@example.org")
    zalo: str = _setting("SHOP_ZALO", "Zalo number; empty: no button", "")
    moit_number: str = _setting("MOIT_NUMBER", "notice number at the Ministry; empty: no badge", "")
    moit_url: str = _setting("MOIT_URL", "address of the notice", "")

    @property
    def production(self) -> bool:
        """Whether real customers are served."""
        return self.environment == "production"

    @property
    def sqlalchemy_url(self) -> str:
        """The database as SQLAlchemy writes it."""
        if not self.database_url:
            return f"sqlite:///{(self.var / 'shop.sqlite3').resolve()}"
        return self.database_url.replace("postgresql://", "postgresql+psycopg://", 1)

    @property
    def index_folder(self) -> Path:
        """Where the search index lives."""
        return self.var / "index"

    @property
    def media_folder(self) -> Path:
        """Where pictures of products live."""
        return self.var / "media"

    @property
    def pictures_folder(self) -> Path:
        """Where pictures for pages are kept as they were taken in; those that pages show are in the media folder, too."""
        return self.var / "pictures"

    @property
    def uploads_folder(self) -> Path:
        """Where pictures that staff take are kept; no address leads there without asking who may see them."""
        return self.var / "uploads"

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] = os.environ) -> "Settings":
        """Raises SettingsError for a value that cannot be, and for a production that would not be safe."""
        values: dict[str, Any] = {}
        for spec in fields(cls):
            raw = environ.get(spec.metadata["variable"], "").strip()
            if raw:
                values[spec.name] = _understand(spec.metadata["variable"], raw, spec.default)
        settings = cls(**values)
        settings._check()
        return settings

    def _check(self) -> None:
        if self.environment not in ("development", "test", "production"):
            raise SettingsError(f"SHOP_ENV={self.environment}: choose development, test or production")
        if self.lapsed not in ("hide_stars", "not_orderable", "sell_existing_lots"):
            raise SettingsError(f"SHOP_LAPSED={self.lapsed}: choose hide_stars, not_orderable or sell_existing_lots")
        for variable, value in (
            ("HOLD_TRANSFER_MINUTES", self.hold_transfer_minutes),
            ("HOLD_COLLECT_DAYS", self.hold_collect_days),
            ("HOLD_PAID_DAYS", self.hold_paid_days),
        ):
            if value < 1:
                raise SettingsError(f"{variable}={value}: write 1 or more; goods are held for so long")
        if self.environment == "development" and self.base_url.startswith("https://"):
            raise SettingsError("SHOP_ENV: a shop at an https:// address is no development; set SHOP_ENV=production")
        if self.production:
            self._check_production()

    def _check_production(self) -> None:
        if self.secret_key == DEMO_SECRET or len(self.secret_key) < 32 or len(set(self.secret_key)) < 10:
            raise SettingsError("SECRET_KEY: production needs 32 random characters or more")
        address = urlsplit(self.base_url)
        if address.scheme != "https" or not address.hostname:
            raise SettingsError("BASE_URL: production needs an https:// address")
        if not self.rate_limits:
            raise SettingsError("RATE_LIMITS: production keeps its limits")
        for name, given in (
            ("SMTP_URL", self.smtp_url),
            ("BANK_ACCOUNT", self.bank_account),
            ("BANK_HOLDER", self.bank_holder),
            ("SHOP_OPERATOR", self.operator),
            ("SHOP_TAX_CODE", self.tax_code),
        ):
            if not given:
                raise SettingsError(f"{name}: production needs it")
        if urlsplit(self.smtp_url).scheme not in ("smtp", "smtps"):
            raise SettingsError("SMTP_URL: production needs smtp://… or smtps://…")
        if not re.fullmatch(r"[0-9]{6}", self.bank_bin):
            raise SettingsError("BANK_BIN: production needs the six digits of the bank at NAPAS")
        if not re.fullmatch(r"[0-9A-Za-z]{1,19}", self.bank_account):
            raise SettingsError("BANK_ACCOUNT: production needs a number of at most 19 signs")


def _understand(variable: str, raw: str, default: object) -> object:
    if isinstance(default, bool):
        if raw not in ("0", "1"):
            raise SettingsError(f"{variable}={raw}: write 0 or 1")
        return raw == "1"
    if isinstance(default, int):
        if not raw.isascii() or not raw.isdigit():
            raise SettingsError(f"{variable}={raw}: write a whole number")
        return int(raw)
    return Path(raw) if isinstance(default, Path) else raw
