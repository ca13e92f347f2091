"""The counter: what the staff of an outlet do there. One module a noun, one blueprint a module.

Every address but the sign-in and an invitation's is guarded by ``desk``: nobody enters without a second factor and a live membership, and
``/quay/<outlet>/…`` exists only for those who see that outlet.
"""

from flask import Blueprint

from storefront.counter import (
    desk,
    exports,
    home,
    invitations,
    lots,
    movements,
    opening,
    orders,
    outlets,
    people,
    receipts,
    recovery_codes,
    replenishment,
    sale,
    sales,
    scan,
    shelves,
    shift,
    sign_in,
    stocktakes,
    transfers,
    write_offs,
)

bp = Blueprint("counter", __name__, url_prefix="/quay")
desk.guard(bp)
for room in (
    exports,
    home,
    invitations,
    lots,
    movements,
    opening,
    orders,
    outlets,
    people,
    receipts,
    recovery_codes,
    replenishment,
    sale,
    sales,
    scan,
    shelves,
    shift,
    sign_in,
    stocktakes,
    transfers,
    write_offs,
):
    bp.register_blueprint(room.bp)
