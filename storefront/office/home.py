"""An officer's first screen: what waits for a decision, and the way to everything else."""

from flask import Blueprint, render_template

from catalog import applications, approvals, renewals
from checkout import reviews
from storefront.office import bureau
from storefront.outside import outside

bp = Blueprint("home", __name__)


@bp.get("")
def show() -> str:
    """What to do today."""
    me = bureau.me()
    return render_template(
        "office/home/show.html",
        applications_waiting=applications.count_waiting(me),
        certificates_waiting=renewals.count_waiting(me, at=outside().now()),
        pages_waiting=approvals.count_waiting(me),
        opinions_waiting=reviews.count_waiting(me),
    )
