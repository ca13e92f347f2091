"""What the demo's officer has laid down: two rates of exchange, one of them old, and a change that is still to come."""

from datetime import datetime, timedelta

from catalog import rulebook
from catalog.clock import vietnam_day
from checkout import regulations
from storefront import demo_village, programme

RATES = (("USD", "26345,5", 5), ("EUR", "30520", 1))
"""Currency, đồng a unit, days ago. Figures for show."""


def write(officer_email: str, *, at: datetime) -> None:
    """Once, into a fresh shop; nothing where there is no such officer."""
    officer = demo_village.find_officer(officer_email)
    if officer is None:
        return
    for currency, vnd, ago in RATES:
        rulebook.lay_down(
            regulations.SETTINGS[regulations.rate_name(currency)],
            {"vnd": vnd, "margin": "1,5", "source": "Bảng tỷ giá minh họa (thử)"},
            seen=0,
            standing=programme.book(),
            begins_on=None,
            note="Ghi thử",
            by=officer,
            at=at - timedelta(days=ago),
        )
    rulebook.lay_down(
        regulations.SETTINGS["hold_transfer_minutes"],
        {"value": "90"},
        seen=0,
        standing=programme.book(),
        begins_on=vietnam_day(at) + timedelta(days=7),
        note="Khách lớn tuổi cần thêm thời gian để chuyển khoản (thử)",
        by=officer,
        at=at,
    )
