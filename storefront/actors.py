"""Who did something, by name: what a history or a movement calls ``user:5``."""

from collections.abc import Iterable

from flask_babel import gettext as _
from sqlalchemy import select

from catalog.db import db
from catalog.people import User


def names(actors: Iterable[str]) -> dict[str, str]:
    """A name for each of these actors; one query however many there are."""
    wanted = set(actors)
    keys = [int(actor.removeprefix("user:")) for actor in wanted if actor.startswith("user:")]
    found = dict(db.session.execute(select(User.id, User.name).where(User.id.in_(keys))).all()) if keys else {}
    others = {
        "applicant": _("Người nộp hồ sơ"),
        "buyer": _("Khách đặt mạng"),
        "officer": _("Cán bộ chương trình"),
        "system": _("Hệ thống"),
    }
    return {
        actor: found.get(int(actor.removeprefix("user:")), actor)
        if actor.startswith("user:")
        else others.get(actor, actor)
        for actor in wanted
    }
