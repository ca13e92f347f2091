"""The person who signed in, as Flask-Login wants one; the domain's ``User`` knows nothing of the web."""

from dataclasses import dataclass

from flask import g
from flask_login import UserMixin

from catalog import people
from catalog.people import User
from storefront.extensions import login_manager


@dataclass(frozen=True, slots=True)
class Person(UserMixin):
    """A signed-in customer. ``id``: of the ``User``."""

    id: int
    name: str
    email: str
    phone: str | None

    @classmethod
    def of(cls, user: User) -> "Person":
        """What pages need of this user."""
        return cls(user.id, user.name, user.email, user.phone)


@login_manager.user_loader  # type: ignore[untyped-decorator]
def _load(key: str) -> Person | None:
    user = people.find_user(int(key)) if key.isdecimal() else None
    g.account = user  # held for this request, so that the doors of the faces find it without asking again
    return Person.of(user) if user else None
