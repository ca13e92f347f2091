"""Where a form leads next. A target comes from the visitor, so only a path of this shop is followed."""

from flask import request


def onward(default: str) -> str:
    """The ``next`` that came with the request, if it is a path of this shop; else ``default``."""
    target = request.values.get("next", "")
    return target if is_path_here(target) else default


def is_path_here(target: str) -> bool:
    """Whether a browser would stay with this shop: one leading slash, and nothing it would read as another host."""
    return target.startswith("/") and target[1:2] not in ("/", "\\") and target.isprintable()
