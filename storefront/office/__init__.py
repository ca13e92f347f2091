"""The programme's office: officers review, certify and look after the programme. One module a noun, one blueprint a module.

Every address is guarded by ``bureau``: nobody enters without a second factor and an officer's live membership, and
what lies in communes that they do not serve does not exist for them.
"""

from flask import Blueprint

from storefront.office import (
    applications,
    audit,
    bureau,
    candidates,
    certificates,
    decisions,
    fairs,
    home,
    officers,
    opinions,
    pages,
    pictures,
    programme,
    programme_rows,
    reviews,
    settings,
    stars,
    supports,
    traces,
    visits,
)

bp = Blueprint("office", __name__, url_prefix="/van-phong")
bureau.guard(bp)
for room in (
    applications,
    audit,
    candidates,
    certificates,
    decisions,
    fairs,
    home,
    officers,
    opinions,
    pages,
    pictures,
    programme,
    programme_rows,
    reviews,
    settings,
    stars,
    supports,
    traces,
    visits,
):
    bp.register_blueprint(room.bp)
