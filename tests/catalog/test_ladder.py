"""The files that a picture's name stands for."""

import pytest

from catalog.ladder import FILE, Ladder, ladder_of, stem_of


@pytest.mark.parametrize(
    ("size", "widths"),
    [
        ((1600, 1200), (400, 800, 1200, 1600)),
        ((1200, 1600), (400, 800, 1200)),
        ((1000, 1000), (400, 800, 1000)),
        ((400, 400), (400,)),
        ((399, 400), (399,)),
    ],
)
def test_a_picture_has_every_width_up_to_its_own(size: tuple[int, int], widths: tuple[int, ...]) -> None:
    stem = stem_of("3f2a", *size)
    assert ladder_of(stem) == Ladder(*size, widths, ("avif", "webp"))
    assert all(FILE.fullmatch(f"{stem}-{width}.avif") for width in widths)


@pytest.mark.parametrize("stem", ["photo-1", "3f2a", "_1600x1200", "3f2a_0x0", "3f2a_1600", "3f2a_1600x12000", ""])
def test_a_name_without_a_size_is_a_packshot(stem: str) -> None:
    assert ladder_of(stem) == Ladder(800, 800, (400, 800), ("webp",))


def test_the_file_that_fits_is_the_next_wider_one() -> None:
    ladder = ladder_of(stem_of("3f2a", 1000, 700))
    assert [ladder.at_least(width) for width in (1, 400, 401, 900, 1600)] == [400, 400, 800, 1000, 1000]
    assert [ladder.at_most(width) for width in (100, 400, 999, 1600)] == [
        (400,), (400,), (400, 800), (400, 800, 1000),
    ]  # fmt: skip
