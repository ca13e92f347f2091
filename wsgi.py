"""The WSGI application: ``gunicorn wsgi:app``."""

from config import Settings
from storefront import create_app, logs

logs.configure()
app = create_app(Settings.from_environment())
