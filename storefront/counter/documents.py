"""The document behind a movement: what it is called, and where it can be looked at."""

from dataclasses import dataclass

from flask import url_for
from flask_babel import gettext as _

from catalog.write_offs import PREFIX as WRITE_OFF


@dataclass(frozen=True, slots=True)
class Document:
    """``Phiếu nhập PN-7K3M9Q`` and its address; url is None for what has no page of its own."""

    label: str
    url: str | None


def document(cause: str) -> Document:
    """What a movement's cause names. The scan field knows the way to every reference of this outlet."""
    kind, _sign, reference = cause.partition(":")
    names = {
        "order": _("Đơn %(reference)s", reference=reference),
        "sale": _("Phiếu bán %(reference)s", reference=reference),
        "transfer": _("Phiếu chuyển %(reference)s", reference=reference.split(":")[0]),
        "stocktake": _("Kiểm kê %(reference)s", reference=reference.split(":")[0]),
        "receipt": _("Phiếu nhập %(reference)s", reference=reference),
    }
    if kind == "receipt":
        return Document(names[kind], url_for("counter.receipts.show", reference=reference))
    if kind in names:
        return Document(names[kind], url_for("counter.scan.show", q=reference.split(":")[0]))
    others = {"import": _("Danh sách tồn ban đầu"), WRITE_OFF: _("Xuất hủy"), "repair": _("Đối chiếu sổ")}
    return Document(others.get(kind, cause), None)
