"""The studio: what producers do. One module a noun, one blueprint a module.

Every address but the application's and an invitation's is guarded by ``bench``: ``/nha-san-xuat/<producer>/…`` exists
only for the members of that producer.
"""

from flask import Blueprint

from storefront.studio import (
    applications,
    bench,
    fairs,
    home,
    invitations,
    lots,
    members,
    opinions,
    pictures,
    prices,
    producers,
    products,
    sales,
    statements,
    story,
)

bp = Blueprint("studio", __name__, url_prefix="/nha-san-xuat")
bench.guard(bp)
for room in (
    applications,
    fairs,
    home,
    invitations,
    lots,
    members,
    opinions,
    pictures,
    prices,
    producers,
    products,
    sales,
    statements,
    story,
):
    bp.register_blueprint(room.bp)
