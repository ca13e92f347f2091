"""The shop as a Flask application: wiring and faces. ``create_app`` is the only wiring in the project."""

from pathlib import Path
from urllib.parse import urlsplit

from flask import Flask
from jinja2 import StrictUndefined
from sqlalchemy.engine import make_url
from werkzeug.middleware.proxy_fix import ProxyFix

from catalog.db import db, prepare_engine
from config import Settings
from storefront import (
    account,
    assets,
    cli,
    counter,
    dev,
    errors,
    filters,
    health,
    i18n,
    keeping,
    logs,
    office,
    presenting,
    security,
    shop,
    studio,
    uploads,
)
from storefront.extensions import csrf, limiter, login_manager
from storefront.outside import Outside

ROOT = Path(__file__).resolve().parent.parent


def create_app(settings: Settings, outside: Outside | None = None) -> Flask:
    """One application on one database. outside: what tests put in place of the world."""
    app = Flask(
        "storefront",
        root_path=str(ROOT),
        template_folder="templates",
        static_folder="static",
        static_url_path="/static",
    )
    settings.var.mkdir(parents=True, exist_ok=True)
    app.config.from_mapping(
        SECRET_KEY=settings.secret_key,
        SQLALCHEMY_DATABASE_URI=settings.sqlalchemy_url,
        SQLALCHEMY_ENGINE_OPTIONS=_engine_options(settings.sqlalchemy_url),
        SESSION_COOKIE_NAME="shop",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.production,
        PERMANENT_SESSION_LIFETIME=60 * 60 * 24 * 60,
        MAX_CONTENT_LENGTH=1024 * 1024,
        MAX_FORM_MEMORY_SIZE=256 * 1024,
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_SSL_STRICT=settings.production,
        RATELIMIT_STORAGE_URI=settings.redis_url or "memory://",
        RATELIMIT_ENABLED=settings.rate_limits,
        RATELIMIT_IN_MEMORY_FALLBACK_ENABLED=bool(settings.redis_url),
        SEND_FILE_MAX_AGE_DEFAULT=0,
        TRUSTED_HOSTS=_trusted_hosts(settings),
    )
    if settings.proxies:
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=settings.proxies, x_proto=settings.proxies, x_host=settings.proxies
        )
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True

    app.extensions["settings"] = settings
    app.extensions["outside"] = outside or Outside.real(settings)
    db.init_app(app)
    with app.app_context():
        prepare_engine(db.engine)
    # first, so that a request refused by what follows has an id and a line in the log, too
    logs.follow_requests(app)
    uploads.make_room(app)
    csrf.init_app(app)
    limiter.init_app(app)
    login_manager.init_app(app)
    i18n.speak(app)
    security.protect(app, https=settings.production)
    filters.install(app)
    assets.serve(app)
    presenting.install(app)
    keeping.install(app)
    errors.install(app)

    app.register_blueprint(health.bp)
    app.register_blueprint(shop.bp)
    app.register_blueprint(account.bp)
    app.register_blueprint(counter.bp)
    app.register_blueprint(studio.bp)
    app.register_blueprint(office.bp)
    if not settings.production:
        app.register_blueprint(dev.bp)
    cli.install(app)
    return app


def _trusted_hosts(settings: Settings) -> list[str] | None:
    """Names the shop answers to: addresses on its pages repeat the name it was asked by. None for any."""
    if not settings.production:
        return None
    return [urlsplit(settings.base_url).hostname or "", "localhost", "127.0.0.1"]


def _engine_options(url: str) -> dict[str, object]:
    # what goes into a statement (addresses of orders, e-mails, hashes of passwords) has no place in the log of an error
    options: dict[str, object] = {"hide_parameters": True}
    if make_url(url).get_backend_name() != "sqlite":
        options |= {"pool_pre_ping": True, "pool_size": 10, "max_overflow": 20}
    return options
