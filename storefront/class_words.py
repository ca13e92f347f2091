"""Words for what only the office decides about a product: its tax class and its class for export."""

from flask_babel import gettext as _

from catalog.products import VatClass


def vat_class_name(code: VatClass) -> str:
    """``Nông sản chưa chế biến``…"""
    return {
        VatClass.FARM: _("Nông, thủy sản chưa chế biến hoặc mới sơ chế"),
        VatClass.CRAFT: _("Hàng từ cói, tre, lá, xơ dừa, phụ phẩm nông nghiệp"),
        VatClass.STANDARD: _("Hàng chế biến, thủ công, dịch vụ khác"),
        VatClass.EXCISE: _("Rượu, chịu thuế tiêu thụ đặc biệt"),
    }[code]


def export_class_name(code: str) -> str:
    """``Khô, bền, từ cây; lụa, gốm, kim loại``…; an unknown code stands for itself."""
    return {
        "A": _("Khô, bền, từ cây; lụa, gốm, kim loại"),
        "B": _("Cây khô, gia vị, trà, dầu, bột, hạt, nấm"),
        "C": _("Nước mắm, hải sản khô hoặc tẩm"),
        "D": _("Cói, vỏ cây; bánh để không lâu"),
        "E": _("Trầm hương: cần giấy CITES"),
        "F": _("Đồ gỗ"),
        "G": _("Gạo: không bán lẻ ra nước ngoài"),
        "H": _("Mật ong, yến: nhiều nước không cho nhập lẻ"),
        "J": _("Sâm tươi: chỉ trong nước"),
        "K": _("Tinh dầu: hàng dễ cháy, phải kiểm"),
        "L": _("Rượu: chỉ trong nước"),
        "M": _("Thực phẩm bảo vệ sức khỏe, cao, chiết xuất"),
        "N": _("Rau quả tươi: chỉ trong nước"),
        "S": _("Dịch vụ: không gửi đi"),
        "X": _("Thịt, trứng, hàng lạnh: chỉ trong nước"),
    }.get(code, code)
