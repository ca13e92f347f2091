"""Long lists in pages; the page asked for stands in the address as ``trang``."""

from flask import request


def page_of(total: int, size: int) -> tuple[int, int]:
    """(page, pages): the one asked for, from 1, or the nearest there is."""
    pages = max(1, -(-total // size))
    text = request.args.get("trang", "")
    asked = int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 1
    return min(max(asked, 1), pages), pages
