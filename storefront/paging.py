"""Pages of a long list."""

from dataclasses import dataclass

from flask import request


@dataclass(frozen=True, slots=True)
class Paged:
    """Where in a list this page is. page counts from 1; a page beyond the last is the last."""

    page: int
    pages: int
    total: int
    size: int

    @property
    def offset(self) -> int:
        """Rows before this page."""
        return (self.page - 1) * self.size


def paged(total: int, size: int) -> Paged:
    """The page that the address asks for (``trang``); nonsense is the first."""
    pages = max(1, -(-total // size))
    text = request.args.get("trang", "1")
    asked = int(text) if text.isascii() and text.isdecimal() and len(text) < 7 else 1
    return Paged(min(max(1, asked), pages), pages, total, size)
