"""The visitor's language. Vietnamese is the source language; an address under /en/ speaks English."""

from flask import Flask, request
from flask_babel import get_locale

from storefront.extensions import babel


def speak(app: Flask) -> None:
    """Bind Babel to the application."""
    app.config.setdefault("BABEL_DEFAULT_LOCALE", "vi")
    app.config.setdefault("BABEL_DEFAULT_TIMEZONE", "Asia/Ho_Chi_Minh")
    babel.init_app(app, locale_selector=_from_address)


def language() -> str:
    """``"vi"`` or ``"en"``."""
    locale = get_locale()
    return locale.language if locale else "vi"


def _from_address() -> str:
    return "en" if request.path == "/en" or request.path.startswith("/en/") else "vi"
