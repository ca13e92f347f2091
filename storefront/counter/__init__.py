"""The counter: what the staff of an outlet do there. One module a noun, one blueprint a module.

Every address but the sign-in is guarded by ``desk``: nobody enters without a second factor and a live membership, and
``/quay/<outlet>/…`` exists only for those who see that outlet.
"""

from flask import Blueprint

from storefront.counter import (
    desk,
    exports,
    home,
    lots,
    movements,
    opening,
    outlets,
    receipts,
    replenishment,
    scan,
    shelves,
    stocktakes,
    transfers,
    write_offs,
)

bp = Blueprint("counter", __name__, url_prefix="/quay")
desk.guard(bp)
for room in (
    outlets, home, scan, exports, opening, receipts, shelves, movements, lots, write_offs,
    transfers, stocktakes, replenishment,
):  # fmt: skip
    bp.register_blueprint(room.bp)
