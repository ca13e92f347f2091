"""Addresses made from names, each owned by one thing for good, also after it has been renamed. Pure."""

from collections.abc import Iterable

from catalog.text import slugify

MAX_LENGTH = 160


class Slugs:
    """The addresses that are taken. owners: pairs (slug, key of the thing that has or once had it)."""

    def __init__(self, owners: Iterable[tuple[str, str]]) -> None:
        self._owners = dict(owners)

    def take(self, owner: str, name: str, *words: str) -> str:
        """An address for the owner's name; taken ones get a telling word behind them, the first that helps.

        words: place, producer…; the owner's key, being unique, is tried last.
        """
        base = slugify(name) or slugify(owner)
        for word in ("", *words, owner):
            tail = f"-{slugify(word)}" if word else ""
            slug = base[: MAX_LENGTH - len(tail)].rstrip("-") + tail
            if self._owners.setdefault(slug, owner) == owner:
                return slug
        raise ValueError(f"{base} and {owner} are both taken")
