"""What a certificate's public page answers, in Vietnamese and in English: whoever scans a label reads one of the two.

Both stand on the page whatever its language, so these words are in no catalogue.
"""

from dataclasses import dataclass
from datetime import date

from catalog.views import CertificateEntry, Verdict
from storefront import filters

_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer for one product, then what there is to know about it; each in both languages."""

    vi: str
    en: str
    facts_vi: tuple[str, ...]
    facts_en: tuple[str, ...]


def answer(entry: CertificateEntry, day: date, *, today: date) -> Answer:
    """Whether the product had its stars by this decision on that day."""
    told, stars = entry.certificate, entry.certificate.stars
    vi, en = f"Ngày {filters.day(day)}: ", f"On {english_day(day)}: "
    facts: list[tuple[str, str]] = []
    match entry.verdict:
        case Verdict.VALID:
            vi, en = f"{vi}có hiệu lực, {stars} sao", f"{en}valid, {stars} stars"
        case Verdict.REPLACED:
            vi, en = f"{vi}đã được thay bằng quyết định mới", f"{en}replaced by a newer decision"
        case Verdict.REVOKED:
            vi, en = f"{vi}đã bị thu hồi", f"{en}revoked"
            facts.append(_revoked(entry))
        case Verdict.LAPSED:
            vi, en = f"{vi}không có hiệu lực", f"{en}not valid"
            if told.expires_on:
                facts.append(
                    (
                        f"Hết hiệu lực từ ngày {filters.day(told.expires_on)}.",
                        f"Ended on {english_day(told.expires_on)}.",
                    )
                )
        case Verdict.NOT_YET:
            vi, en = f"{vi}không có hiệu lực", f"{en}not valid"
            if told.signed_on:
                facts.append(
                    (
                        f"Đến ngày {filters.day(told.signed_on)} mới ký.",
                        f"Signed only on {english_day(told.signed_on)}.",
                    )
                )
    facts.append(_stars_then(entry))
    if day > today:
        facts.append(("Tính theo những gì đã ghi đến hôm nay.", "Judged by what is on record today."))
    return Answer(vi, en, tuple(fact[0] for fact in facts), tuple(fact[1] for fact in facts))


def english_day(day: date) -> str:
    """``23 November 2026``."""
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def _revoked(entry: CertificateEntry) -> tuple[str, str]:
    told = entry.certificate
    vi, en = "Đã thu hồi", "Revoked"
    if told.revocation:
        vi, en = f"{vi} theo quyết định {told.revocation}", f"{en} by decision {told.revocation}"
    if told.revoked_by:
        vi, en = f"{vi} của {told.revoked_by}", f"{en} of {told.revoked_by}"
    if told.revoked_on:
        vi, en = f"{vi}, từ ngày {filters.day(told.revoked_on)}", f"{en}, from {english_day(told.revoked_on)}"
    return f"{vi}.", f"{en}."


def _stars_then(entry: CertificateEntry) -> tuple[str, str]:
    if entry.verdict is Verdict.VALID:
        return "Hạng sao trên nhãn là thật.", "The stars on the label are real."
    if entry.counts is None:
        return (
            "Ngày ấy sản phẩm không được mang sao OCOP nào.",
            "On that day the product was not entitled to any OCOP stars.",
        )
    number, stars = entry.counts.number, entry.counts.stars
    return (
        f"Ngày ấy sản phẩm mang {stars} sao theo quyết định {number}.",
        f"On that day the product held {stars} stars by decision {number}.",
    )
