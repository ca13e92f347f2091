"""Pictures of pages that wait for a decision: for the officers of the commune, before shoppers see them."""

from flask import Blueprint, Response

from catalog import approvals, page_pictures
from catalog.errors import NotFound
from storefront import pictures
from storefront.office import bureau

bp = Blueprint("pictures", __name__, url_prefix="/hinh")


@bp.get("/<reference>/<name>")
def file(reference: str, name: str) -> Response:
    """One file of a picture that this revision, its page or an earlier revision of it names."""
    revision = approvals.get_revision(reference, bureau.me())
    if revision.product is None:
        raise NotFound(reference)
    return pictures.show(name, stems=page_pictures.named_of(revision.product))
