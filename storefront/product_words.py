"""What a product's page says beside its own words: the way to it, and what stands on the label."""

from flask import url_for
from flask_babel import gettext as _

from catalog import claims, places
from catalog.groups import group_of
from catalog.products import ProductKind
from catalog.views import ProductPage
from storefront import filters, wording


def trail(page: ProductPage) -> list[tuple[str, str]]:
    """The way down to it."""
    group = group_of(page.group_code)
    return [
        (_("Trang chủ"), url_for("shop.home.show")),
        (_("Sản phẩm"), url_for("shop.products.index")),
        (group.name_vi, url_for("shop.products.group", slug=group.slug)),
    ]


def facts(page: ProductPage) -> list[tuple[str, str]]:
    """What the label says, and the law wants said before the sale; empty values are left out."""
    goods = page.kind is ProductKind.GOODS
    told = [
        (_("Thành phần") if page.group_code[0] in "123" else _("Chất liệu, nội dung"), page.ingredients),
        (_("Nồng độ cồn"), f"{filters.decimal(page.alcohol_percent)} %" if page.alcohol_percent is not None else ""),
        (_("Giấy phép rượu"), page.alcohol_licence),
        (_("Không dành cho"), _("người dưới 18 tuổi, phụ nữ mang thai, người sắp lái xe") if page.alcohol else ""),
        (_("Lưu ý"), claims.SUPPLEMENT_SENTENCE if page.group_code == claims.SUPPLEMENT_GROUP else ""),
        (_("Cảnh báo dị ứng"), ", ".join(wording.allergen_name(code) for code in page.allergens)),
        (_("Khối lượng, quy cách"), " · ".join(dict.fromkeys(wording.net_words(net) for net in page.net))),
        (_("Cách dùng"), page.usage),
        (_("Bảo quản"), page.storage if goods else ""),
        (
            _("Hạn sử dụng"),
            _("%(life)s kể từ ngày sản xuất", life=wording.shelf_life_words(page.shelf_life))
            if page.shelf_life
            else "",
        ),
        (_("Chịu trách nhiệm hàng hóa"), page.responsible),
        (_("Xuất xứ"), f"{places.get_commune(page.commune_code).label}, Việt Nam"),
        (_("Công bố sản phẩm"), page.declaration),
        (_("Cơ sở đủ điều kiện an toàn thực phẩm"), _facility(page)),
        (_("Mã HS"), page.hs_code),
    ]
    return [(label, text) for label, text in told if text]


def _facility(page: ProductPage) -> str:
    if not page.facility or page.facility_expires_on is None:
        return page.facility
    return _("%(number)s, đến %(day)s", number=page.facility, day=filters.day(page.facility_expires_on))
