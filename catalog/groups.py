"""The programme's product groups (Decision 148/QĐ-TTg, 2023). A small fixed table; pure.

A code is ``group.subgroup`` as the programme writes it: ``1.4a`` lies in group ``1``. Shoppers see groups 1–4 and 6
by their own names; ornamental plants (5) are not sold here.
"""

from dataclasses import dataclass
from functools import lru_cache

from catalog.errors import NotFound
from catalog.text import slugify


@dataclass(frozen=True, slots=True)
class Group:
    """A group or, where ``parent`` is set, a subgroup. ``codes`` are the programme's codes it covers."""

    slug: str
    name_vi: str
    name_en: str
    codes: tuple[str, ...]
    parent: str | None


_TABLE: tuple[tuple[str, str, tuple[tuple[str, str, str], ...]], ...] = (
    (
        "Thực phẩm",
        "Food",
        (
            ("Rau, củ, quả tươi", "Fresh vegetables and fruit", "1.1a"),
            ("Thịt, trứng tươi", "Fresh meat and eggs", "1.1b"),
            ("Gạo và tinh bột", "Rice and starch", "1.2a"),
            ("Mật ong và nông sản khô", "Honey and dry produce", "1.2b"),
            ("Bánh, mì, ngũ cốc", "Cakes, noodles, cereals", "1.3b"),
            ("Dầu, hạt và đồ sấy", "Oils, nuts and dried goods", "1.3c"),
            ("Chả, hải sản và yến", "Charcuterie, seafood, bird's nest", "1.3d"),
            ("Nước mắm và tương", "Fish sauce and pastes", "1.4a"),
            ("Tiêu, quế, ớt", "Pepper, cinnamon, chilli", "1.4b"),
            ("Trà xanh", "Green tea", "1.5a"),
            ("Trà thảo mộc", "Herbal tea", "1.5b"),
        ),
    ),
    (
        "Đồ uống",
        "Drinks",
        (
            ("Rượu trắng", "Rice spirits", "2.1a"),
            ("Rượu ngâm", "Infused spirits", "2.1b"),
            ("Nước ép và siro", "Juices and syrups", "2.2b"),
        ),
    ),
    (
        "Dược liệu",
        "Herbs and wellness",
        (
            ("Thực phẩm bảo vệ sức khỏe", "Food supplements", "3.1"),
            ("Tinh dầu và thảo dược", "Essential oils and herbs", "3.3"),
        ),
    ),
    (
        "Thủ công mỹ nghệ",
        "Crafts",
        (
            ("Đồ gia dụng, trang trí", "Home and decoration", "4.1"),
            ("Lụa và thổ cẩm", "Silk and brocade", "4.2"),
        ),
    ),
    ("Du lịch cộng đồng", "Community tourism", (("Trải nghiệm và lưu trú", "Experiences and stays", "6.1"),)),
)

ALCOHOL_CODES = ("2.1a", "2.1b")
TOUR_CODES = ("6.1",)


@lru_cache
def groups() -> tuple[Group, ...]:
    """All groups, each followed by its subgroups, in the programme's order."""
    found: list[Group] = []
    for name_vi, name_en, children in _TABLE:
        parent = Group(slugify(name_vi), name_vi, name_en, tuple(code for _, _, code in children), None)
        found.append(parent)
        found += [Group(slugify(vi), vi, en, (code,), parent.slug) for vi, en, code in children]
    return tuple(found)


def find_group(slug: str) -> Group | None:
    """The group or subgroup with this address, or None."""
    return next((group for group in groups() if group.slug == slug), None)


def get_group(slug: str) -> Group:
    """Raises NotFound."""
    group = find_group(slug)
    if group is None:
        raise NotFound(slug)
    return group


@lru_cache
def group_of(code: str) -> Group:
    """The subgroup with a programme code. Raises NotFound for a code that is not sold here."""
    for group in groups():
        if group.parent and code in group.codes:
            return group
    raise NotFound(code)
