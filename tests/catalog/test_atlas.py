"""The outline of the shop's land, and pins on it."""

import re

import pytest

from catalog import atlas, places

Ring = list[tuple[float, float]]


def ring(path: str) -> Ring:
    assert re.fullmatch(r"M[\d. ]+(L[\d. ]+)+Z", path)
    return [(float(x), float(y)) for x, y in (point.split() for point in path[1:-1].split("L"))]


def holds(shape: Ring, x: float, y: float) -> bool:
    """Even-odd rule: a ray to the right crosses the shore an odd number of times."""
    edges = zip(shape, shape[1:] + shape[:1], strict=True)
    return (
        sum((y1 > y) != (y2 > y) and x < x1 + (y - y1) / (y2 - y1) * (x2 - x1) for (x1, y1), (x2, y2) in edges) % 2 == 1
    )


def test_every_commune_stands_on_land() -> None:
    mainland, cham_island = map(ring, atlas.map_outline().land)
    for commune in places.communes(places.HOME):
        x, y = atlas.project(commune.lat, commune.lon)
        shape = cham_island if commune.name == "Tân Hiệp" else mainland
        assert commune.kind == "dac_khu" or holds(shape, x, y), commune.label


@pytest.mark.parametrize(
    ("lat", "lon"),
    [
        (16.05, 108.30),  # the sea off Đà Nẵng
        (15.88, 108.45),  # the sea off Hội An
        (16.46, 107.59),  # Huế
        (15.12, 108.80),  # Quảng Ngãi
        (14.35, 108.00),  # Kon Tum
    ],
)
def test_the_sea_and_the_neighbours_are_not_our_land(lat: float, lon: float) -> None:
    assert not any(holds(ring(path), *atlas.project(lat, lon)) for path in atlas.map_outline().land)


def test_the_outline_fills_the_sheet_and_stays_inside() -> None:
    outline = atlas.map_outline()
    for path in outline.land:
        assert all(0 < x < outline.width and 0 < y < outline.height for x, y in ring(path))
    xs = [x for x, _ in ring(outline.land[0])]
    assert max(xs) - min(xs) > 0.8 * outline.width


def test_rivers_run_on_land_down_to_the_shore() -> None:
    outline = atlas.map_outline()
    mainland = ring(outline.land[0])
    for path in outline.rivers:
        *course, _ = [(float(x), float(y)) for x, y in (point.split() for point in path[1:].split("L"))]
        assert all(holds(mainland, x, y) for x, y in course)


def test_towns_are_marked_where_they_lie_and_their_names_stay_on_the_sheet() -> None:
    outline = atlas.map_outline()
    for label in outline.labels:
        if label.kind in ("town", "port"):
            assert holds(ring(outline.land[0]), label.x, label.y), label.text
        start = label.x + label.dx
        width = 13 * len(label.text)
        assert (start - width if label.anchor == "end" else start) > 0
        assert (start if label.anchor == "end" else start + width) < outline.width, label.text


def test_hoang_sa_is_pinned_in_its_box() -> None:
    inset = atlas.map_outline().inset
    assert inset.label == "Đặc khu Hoàng Sa (Đà Nẵng)"
    zone = places.get_commune("20333")
    x, y = atlas.project(zone.lat, zone.lon)
    assert inset.left < x < inset.left + inset.width
    assert inset.top < y < inset.top + inset.height
    for path in inset.land:
        assert all(inset.left < x < inset.left + inset.width for x, _ in ring(path))
        assert all(inset.top < y < inset.top + inset.height for _, y in ring(path))


def test_the_box_of_hoang_sa_covers_no_land() -> None:
    inset = atlas.map_outline().inset
    for path in atlas.map_outline().land:
        assert not any(x > inset.left and y < inset.top + inset.height for x, y in ring(path))


def test_positions_run_east_and_south_on_one_scale() -> None:
    hoi_an, tam_ky = atlas.project(15.8799, 108.3267), atlas.project(15.5638, 108.4822)
    assert hoi_an == (487.7, 180.4)
    assert tam_ky == (547.6, 306.8)


@pytest.mark.parametrize(
    ("lat", "lon", "shown"),
    [(15.88, 108.33, True), (16.53, 111.61, True), (21.03, 105.85, False), (10.78, 106.70, False)],
)
def test_the_sheet_shows_the_province_and_not_the_cities_far_away(lat: float, lon: float, shown: bool) -> None:
    assert atlas.on_map(lat, lon) is shown
