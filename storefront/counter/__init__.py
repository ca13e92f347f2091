"""The counter: what the staff of an outlet do there. One module a noun, one blueprint a module.

Every address but the sign-in and an invitation's is guarded by ``desk``: nobody enters without a second factor and a live membership, and
``/quay/<outlet>/…`` exists only for those who see that outlet.
"""

from flask import Blueprint

from storefront.counter import desk, home, invitations, outlets, people, recovery_codes, scan, sign_in

bp = Blueprint("counter", __name__, url_prefix="/quay")
desk.guard(bp)
for room in (sign_in, invitations, recovery_codes, people, outlets, home, scan):
    bp.register_blueprint(room.bp)
