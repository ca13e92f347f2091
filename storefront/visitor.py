"""Where the visitor is, as far as they have told us: it decides which outlet is near and what delivery costs."""

from flask import session

from catalog import places
from catalog.places import Commune

DEFAULT_COMMUNE = "20341"
"""Phường Tam Kỳ, the programme's old seat, until the visitor names a place."""


def place() -> Commune:
    """The visitor's commune, or the default."""
    return places.find_commune(session.get("place", "")) or places.get_commune(DEFAULT_COMMUNE)


def is_known() -> bool:
    """Whether the visitor has named a place."""
    return "place" in session


def near() -> tuple[float, float]:
    """Latitude and longitude of that place, in degrees."""
    commune = place()
    return commune.lat, commune.lon


def remember(commune: Commune) -> None:
    """The visitor has named their place."""
    session["place"] = commune.code
