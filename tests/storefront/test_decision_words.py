"""What changed in a record of the stars, as an officer reads it."""

from flask import Flask

from storefront import decision_words


def test_days_levels_and_points_of_a_change_are_said_as_people_say_them(app: Flask) -> None:
    before = {"number": "12/QĐ", "score": "58.5", "signed_on": "2019-12-20"}
    after = {"number": "21/QĐ", "score": "61.5", "signed_on": "2019-12-21", "issuer_level": "province", "scan": "a.pdf"}
    with app.test_request_context():
        assert decision_words.changes(before, after) == [
            "số: 12/QĐ → 21/QĐ",
            "điểm: 58,5 → 61,5",
            "ngày ký: 20/12/2019 → 21/12/2019",
            "cấp: … → Cấp tỉnh, thành phố",
        ]
        assert decision_words.changes({}, {"stars": 3}) == ["hạng sao: 3"]
