"""Pictures from cameras: what is kept of them, what is refused, and that a hostile file leaves nothing behind."""

import os
import resource
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given
from hypothesis import settings as fuzz_settings
from hypothesis import strategies as st
from PIL import Image
from sqlalchemy import delete
from werkzeug.datastructures import FileStorage

from catalog import revisions
from catalog.db import db
from catalog.errors import Invalid
from catalog.ladder import KINDS
from catalog.products import Photo, Product
from storefront import pictures, worker
from storefront.outside import settings
from tests.pages import PageClient
from tests.storefront import camera
from tests.storefront.camera import BLUE, GREEN, RED, WHITE
from tests.world import MONDAY_NINE, World, changing, make_member, maker_of

pytestmark = pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)

HALVES = ((0.25, 0.25), (0.75, 0.25), (0.5, 0.75))
"""Where a scene is red, green and blue."""


@pytest.fixture
def var(choose: Callable[..., None], tmp_path: Path) -> Path:
    """Where this test's pictures are kept."""
    choose(var=tmp_path)
    return tmp_path


@pytest.fixture
def folders(app: Flask, var: Path) -> Iterator[Path]:
    """The same, within the application's context."""
    with app.test_request_context():
        yield var


def read(data: bytes, name: str = "IMG_0001.jpg", **options: Any) -> Image.Image:
    return pictures.read(FileStorage(BytesIO(data), name), **options)


def colours(picture: Image.Image, *places: tuple[float, float]) -> list[tuple[int, ...]]:
    """The colours at these places, each a share of the width and the height."""
    found = [picture.getpixel((int(x * picture.width), int(y * picture.height))) for x, y in places]
    return [pixel if isinstance(pixel, tuple) else (int(pixel or 0),) for pixel in found]


def near(found: list[tuple[int, ...]], *wanted: tuple[int, int, int], by: int = 12) -> bool:
    return all(abs(a - b) <= by for one, two in zip(found, wanted, strict=True) for a, b in zip(one, two, strict=True))


def stored(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file() and path.parent.name in ("pictures", "media"))


TAKEN: dict[str, Callable[[], bytes]] = {
    "a JPEG": camera.jpeg,
    "a progressive JPEG": lambda: camera.jpeg(progressive=True),
    "a PNG": lambda: camera.saved(camera.scene(), "PNG"),
    "a WebP": lambda: camera.saved(camera.scene(), "WEBP", quality=95),
    "a HEIC": camera.heic,
    "a camera's JPEG of two pictures": lambda: camera.moving("MPO"),
    "inks": lambda: camera.saved(camera.scene().convert("CMYK"), "JPEG", quality=95),
    "a palette": lambda: camera.saved(camera.scene().quantize(8), "PNG"),
    "place and maker noted": camera.located,
    "a script as its comment": camera.commented,
    "an archive behind the picture": lambda: camera.jpeg() + camera.archive(),
    "a page behind the picture": lambda: camera.saved(camera.scene(), "PNG") + b"<html>" + camera.SCRIPT,
    "a profile that is none": lambda: camera.jpeg(icc_profile=b"no profile at all"),
    "notes that are none": lambda: camera.jpeg(exif=b"Exif\0\0II*\0\xff\xff\xff\xff" + b"\xff" * 64),
}


@pytest.mark.parametrize("made", TAKEN.values(), ids=TAKEN)
def test_what_a_camera_makes_is_taken_as_its_pixels(folders: Path, made: Callable[[], bytes]) -> None:
    picture = read(made())
    assert (picture.mode, picture.size, picture.info) == ("RGB", (600, 400), {})
    assert near(colours(picture, *HALVES), RED, GREEN, BLUE)


def test_a_name_says_nothing_about_what_a_file_is(folders: Path) -> None:
    for name in ("IMG.jpg", "x.svg", "a.php.jpg", "..\\..\\x.png", "../../etc/passwd", "a\0.png", "ảnh hũ mật.HEIC"):
        stem = pictures.keep(read(camera.saved(camera.scene(), "PNG"), name))
        assert [path.name for path in stored(folders)] == [f"{stem}-{w}.{k}" for w in (400, 600) for k in ("avif", "webp")]  # fmt: skip


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_picture_stands_as_it_was_seen(folders: Path, orientation: int) -> None:
    """The note says how the pixels lie; whichever it is, the picture is turned by it and not again."""
    picture = read(camera.located(orientation))
    wide = orientation < 5
    assert picture.size == ((600, 400) if wide else (400, 600))
    lies = {
        1: (RED, GREEN, BLUE, BLUE), 2: (GREEN, RED, BLUE, BLUE), 3: (BLUE, BLUE, GREEN, RED),
        4: (BLUE, BLUE, RED, GREEN), 5: (RED, BLUE, GREEN, BLUE), 6: (BLUE, RED, BLUE, GREEN),
        7: (BLUE, GREEN, BLUE, RED), 8: (GREEN, BLUE, RED, BLUE),
    }[orientation]  # fmt: skip
    corners = ((0.25, 0.25), (0.75, 0.25), (0.25, 0.75), (0.75, 0.75))
    assert near(colours(picture, *corners), *lies)


@pytest.mark.parametrize("made", [camera.located, camera.commented, camera.heic, camera.in_other_colours])
def test_nothing_of_the_file_itself_is_kept(folders: Path, made: Callable[[], bytes]) -> None:
    pictures.keep(read(made()))
    assert len(stored(folders)) == 4
    for path in stored(folders):
        data = path.read_bytes()
        for word in (b"Somebody", b"Exif\0", b"taken at", b"script", b"ICC_PROFILE", b"xmpmeta"):
            assert word not in data, path.name
        with Image.open(path) as picture:
            assert dict(picture.getexif()) == {}
            assert not {"icc_profile", "exif", "xmp", "comment"} & {k for k, v in picture.info.items() if v}


def test_colours_of_another_profile_become_those_of_the_web(folders: Path) -> None:
    picture = read(camera.in_other_colours())
    (red, _green, blue) = colours(picture, *HALVES)
    assert red[2] > red[0]
    assert blue[0] > blue[2]


@pytest.mark.parametrize(
    ("made", "right"),
    [
        (camera.sixteen_bits, (128, 0, 0)),
        (camera.sixteen_grey, (128, 128, 128)),
        (lambda: camera.with_holes("RGBA"), BLUE),
        (lambda: camera.with_holes("LA"), (67, 67, 67)),
        (lambda: camera.with_holes("P"), BLUE),
    ],
    ids=["16 bits", "16 bits of grey", "holes", "holes in grey", "holes in a palette"],
)
def test_depth_is_brought_down_and_holes_are_white(
    folders: Path, made: Callable[[], bytes], right: tuple[int, int, int]
) -> None:
    assert near(colours(read(made()), (0.25, 0.75), (0.75, 0.75)), WHITE, right)


def test_a_scan_of_twelve_thousand_pixels_is_made_small_while_it_is_read(folders: Path) -> None:
    picture = read(camera.scan())
    assert picture.size == (1600, 800)
    assert near(colours(picture, (0.5, 0.5)), (250, 250, 250))


REFUSED: dict[str, tuple[Callable[[], bytes], str]] = {
    "nothing": (lambda: b"", "required"),
    "zeros": (lambda: b"\0" * 100_000, "kind"),
    "a drawing with a script": (lambda: b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg">' + camera.SCRIPT + b"</svg>", "kind"),
    "a page": (lambda: b"<!doctype html><html>" + camera.SCRIPT, "kind"),
    "a page that begins like a GIF": (lambda: b"GIF89a/*" + camera.SCRIPT + b"*/", "kind"),
    "a PDF": (lambda: b"%PDF-1.7\n1 0 obj\n<< /JS (app.alert(1)) >>", "kind"),
    "a PDF that hides a JPEG": (lambda: b"%PDF-1.7\n" + camera.jpeg(), "kind"),
    "PHP before a JPEG": (lambda: b"<?php system($_GET[0]); ?>" + camera.jpeg(), "kind"),
    "PostScript": (lambda: camera.saved(camera.scene(), "EPS"), "kind"),
    "a shell script": (lambda: b"#!/bin/sh\nrm -rf ~\n", "kind"),
    "a program": (lambda: b"MZ\x90\0" + b"\0" * 1000, "kind"),
    "an archive": (camera.archive, "kind"),
    "an archive that hides a JPEG": (lambda: camera.archive() + camera.jpeg(), "kind"),
    "a GIF": (lambda: camera.saved(camera.scene(), "GIF"), "kind"),
    "a moving GIF": (lambda: camera.moving("GIF"), "kind"),
    "a BMP": (lambda: camera.saved(camera.scene(), "BMP"), "kind"),
    "a TIFF": (lambda: camera.saved(camera.scene(), "TIFF"), "kind"),
    "an icon": (lambda: camera.saved(camera.scene(), "ICO"), "kind"),
    "a signature and noise": (lambda: b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20, "kind"),
    "a RIFF that is no picture": (lambda: b"RIFF\x24\0\0\0WEBPVP8 " + b"\xff" * 40, "broken"),
    "a moving WebP": (lambda: camera.moving("WEBP"), "animated"),
    "a moving PNG": (lambda: camera.moving("PNG"), "animated"),
    "a JPEG cut short": (lambda: camera.jpeg((2000, 1500))[:9_000], "broken"),
    "a PNG cut short": (lambda: camera.saved(camera.scene(), "PNG")[:700], "broken"),
    "a HEIC cut short": (lambda: camera.heic()[:1_000], "kind"),
    "one pixel": (lambda: camera.saved(Image.new("RGB", (1, 1)), "PNG"), "too_small"),
    "a thumbnail": (lambda: camera.jpeg((1000, 399)), "too_small"),
    "a stripe": (lambda: camera.jpeg((1201, 400)), "too_long"),
    "a PNG that promises 60,000 × 60,000": (lambda: camera.png(60_000, 60_000, 8, 2, b"\0" * 1000), "too_large"),
    "a PNG of 50 million pixels and a few": (lambda: camera.png(8_000, 6_251, 1, 0, b"\0" * 1001 * 6_251), "too_large"),
    "a progressive JPEG of 54 million": (lambda: camera.saved(Image.new("L", (9_000, 6_000)), "JPEG", progressive=True), "too_large"),
    "a JPEG that promises 65,000 × 65,000": (lambda: camera.announced(65_000, 65_000, camera.jpeg()), "too_large"),
    "a JPEG that promises 20,000 × 12,000": (lambda: camera.announced(20_000, 12_000, camera.jpeg()), "too_large"),
    "a note that swells": (camera.text_bomb, "broken"),
    "a profile that swells": (camera.profile_bomb, "broken"),
    "too heavy": (lambda: camera.jpeg() + b"\0" * pictures.MOST_BYTES, "too_heavy"),
}  # fmt: skip


@pytest.mark.parametrize(("made", "reason"), REFUSED.values(), ids=REFUSED)
def test_what_is_no_picture_for_a_page_is_refused_with_a_sentence(
    folders: Path, made: Callable[[], bytes], reason: str
) -> None:
    with pytest.raises(Invalid) as refused:
        pictures.keep(read(made()))
    assert (refused.value.field, refused.value.reason) == ("picture", reason)
    words = {
        "required": "Chọn một ảnh",
        "kind": "Tệp này không phải ảnh JPEG, PNG, WebP hay HEIC",
        "animated": "Ảnh động không dùng được",
        "broken": "Ảnh bị hỏng hoặc chưa tải lên hết",
        "too_small": "Ảnh quá nhỏ: cạnh ngắn cần ít nhất 400 điểm ảnh",
        "too_long": "Ảnh quá dài và hẹp",
        "too_large": "Ảnh quá lớn: trên 50 triệu điểm ảnh",
        "too_heavy": "Ảnh nặng quá 20 MB",
    }[reason]
    assert pictures.why(refused.value).startswith(words)
    assert stored(folders) == []


def outcome(data: bytes) -> str:
    """``taken``, or why not."""
    try:
        read(data, least=1)
    except Invalid as refused:
        return refused.reason if pictures.why(refused) else "no words"
    return "taken"


SEEDS = {
    "JPEG": camera.located(),
    "PNG": camera.saved(camera.scene((40, 30)), "PNG"),
    "WEBP": camera.saved(camera.scene((40, 30)), "WEBP"),
    "HEIF": camera.heic((64, 48)),
}


@pytest.mark.parametrize("kind", SEEDS)
@fuzz_settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_damaged_file_is_a_picture_or_is_refused(folders: Path, kind: str, data: st.DataObject) -> None:
    damaged = bytearray(SEEDS[kind])
    for _ in range(data.draw(st.integers(1, 12))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(damaged)))
    assert outcome(bytes(damaged[:cut])) in {"taken", "required", "kind", "broken", "animated", "too_large", "too_long"}


@pytest.mark.parametrize(
    ("size", "widths", "height"),
    [
        ((4000, 3000), (400, 800, 1200, 1600), 1200),
        ((3000, 4000), (400, 800, 1200), 1600),
        ((1000, 1000), (400, 800, 1000), 1000),
        ((800, 600), (400, 800), 600),
        ((400, 1200), (400,), 1200),
    ],
)
def test_the_ladder_never_blows_a_picture_up(
    folders: Path, size: tuple[int, int], widths: tuple[int, ...], height: int
) -> None:
    stem = pictures.keep(read(camera.jpeg(size)))
    assert stem.endswith(f"_{widths[-1]}x{height}")
    files = [(folders / "pictures" / f"{stem}-{width}.{kind}", width) for width in widths for kind in KINDS]
    assert sorted(path for path, _ in files) == stored(folders)
    for path, width in files:
        with Image.open(path) as picture:
            assert picture.format == path.suffix[1:].upper()
            assert picture.width == width
            assert abs(picture.height - height * width / widths[-1]) <= 1


def test_the_same_picture_twice_is_kept_once_and_young_again(folders: Path) -> None:
    first = pictures.keep(read(camera.located()))
    before = {path: path.read_bytes() for path in stored(folders)}
    for path in before:
        os.utime(path, (0, 0))
    assert pictures.keep(read(camera.located())) == first
    assert {path: path.read_bytes() for path in stored(folders)} == before
    assert all(path.stat().st_mtime > 0 for path in before)


def test_two_at_once_keep_one_whole_picture(app: Flask, folders: Path) -> None:
    drawn = read(camera.jpeg((1600, 1200)))
    found: list[str] = []

    def send() -> None:
        with app.app_context():
            found.append(pictures.keep(drawn))

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [found[0]] * 4
    assert len(stored(folders)) == 8
    for path in stored(folders):
        with Image.open(path) as picture:
            picture.load()


def test_a_disk_that_fails_leaves_no_half_a_picture(folders: Path) -> None:
    drawn = read(camera.jpeg())
    (_, most) = before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, most))
    try:
        with pytest.raises(OSError, match="File too large"):
            pictures.keep(drawn)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert stored(folders) == []


def hang(app: Flask, product: int, data: bytes, **facts: Any) -> str:
    """Keep a picture and put it on a product's page. Its stem."""
    with changing(app):
        stem = pictures.keep(read(data))
        db.session.add(Photo(product_id=product, stem=stem, **{"position": 1, "alt_vi": "Hũ mật"} | facts))
    return stem


def test_a_kept_picture_is_nobodys_to_fetch_until_a_page_shows_it(
    app: Flask, world: World, var: Path, client: PageClient
) -> None:
    with app.app_context():
        stem = pictures.keep(read(camera.jpeg()))
    assert client.raw.get(f"/anh/{stem}-400.avif").status_code == 404
    assert not (var / "media").exists()
    assert hang(app, world.honey.id, camera.jpeg(), position=2) == stem
    for kind in KINDS:
        with client.raw.get(f"/anh/{stem}-400.{kind}") as answer:
            assert (answer.status_code, answer.mimetype) == (200, f"image/{kind}")
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
            assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
            with Image.open(BytesIO(answer.data)) as picture:
                assert (picture.format, picture.width) == (kind.upper(), 400)
    assert client.raw.get(f"/anh/{stem}-1600.avif").status_code == 404


@pytest.mark.parametrize(
    "name",
    ["../shop.sqlite3", "..%2fpictures%2fx-400.webp", "%2e%2e/pictures/x-400.webp", "a/b-400.webp", "a-400.svg", "a-400.html",
     "a-400.webp.html", "a-400.WEBP", "-400.webp", "a-.webp", "a-40000.webp", "*-400.webp", ".hidden-400.webp", "a-400.webp%0a"],
)  # fmt: skip
def test_an_address_that_names_no_picture_opens_nothing(var: Path, client: PageClient, name: str) -> None:
    (var / "pictures").mkdir()
    (var / "media").mkdir()
    (var / "pictures" / "x-400.webp").write_bytes(b"private")
    for odd in ("a-400.svg", "a-400.html", ".hidden-400.webp"):
        (var / "media" / odd).write_bytes(b"private")
    answer = client.raw.get(f"/anh/{name}", follow_redirects=True)
    assert answer.status_code == 404
    assert b"private" not in answer.data


def test_a_photograph_is_offered_small_and_sharp_and_cut_where_it_matters(
    app: Flask, world: World, var: Path, client: PageClient
) -> None:
    with changing(app):
        db.session.execute(delete(Photo).where(Photo.product_id == world.honey.id))
    stem = hang(app, world.honey.id, camera.jpeg((2000, 1500)), focus=2)
    page = client.get("/san-pham/mat-ong-rung")
    (image,) = [e for e in page.all("img") if stem in (e.get("src") or "") and e.get("fetchpriority")]
    (source,) = [e for e in page.all("source", type="image/avif") if "38rem" in (e.get("sizes") or "")]
    ladder = ", ".join(f"/anh/{stem}-{width}.webp {width}w" for width in (400, 800, 1200, 1600))
    assert (source.get("srcset"), image.get("srcset")) == (ladder.replace("webp", "avif"), ladder)
    assert source.get("sizes") == image.get("sizes") == "(min-width: 64rem) 38rem, 100vw"
    assert (image.get("width"), image.get("height"), image.get("alt")) == ("1600", "1200", "Hũ mật")
    assert (image.get("class") or "").split() == ["picture", "focus-2"]
    assert page.one("meta", property="og:image").get("content") == f"http://localhost/anh/{stem}-1200.webp"
    block = page.one("script", type="application/ld+json").text or ""
    assert f'"image": ["http://localhost/anh/{stem}-1200.webp"]' in block
    (small,) = [e for e in client.get("/san-pham").all("img") if stem in (e.get("src") or "")]
    assert small.get("srcset") == f"/anh/{stem}-400.webp 400w, /anh/{stem}-800.webp 800w"


def test_what_is_nobodys_for_a_week_goes_and_nothing_else(folders: Path) -> None:
    now = datetime(2026, 11, 25, tzinfo=UTC)
    old, young = (now - timedelta(days=8)).timestamp(), (now - timedelta(days=6)).timestamp()
    ages = {
        "pictures/shown-400.webp": old, "pictures/drafted-400.avif": old, "pictures/orphan-400.webp": old,
        "pictures/orphan-800.avif": old, "pictures/new-400.webp": young, "pictures/.half": old, "pictures/.halving": young,
        "pictures/readme.txt": old, "media/shown-400.webp": old, "media/drafted-400.avif": old, "media/new-400.avif": young,
        "media/new-400.webp": young,
    }  # fmt: skip
    for name, age in ages.items():
        path = folders / name
        path.parent.mkdir(exist_ok=True)
        path.touch()
        os.utime(path, (age, age))
    shown, referred = frozenset({"shown"}), frozenset({"drafted"})
    assert pictures.tidy(shown=shown, referred=referred, at=now) == 5
    gone = {
        "pictures/orphan-400.webp",
        "pictures/orphan-800.avif",
        "pictures/.half",
        "media/drafted-400.avif",
        "media/new-400.webp",
    }
    assert {str(path.relative_to(folders)) for path in stored(folders)} == set(ages) - gone
    assert pictures.tidy(shown=shown, referred=referred, at=now) == 0


def test_settings_keep_what_is_shown_apart_from_what_is_not(folders: Path) -> None:
    assert settings().pictures_folder.parent == settings().media_folder.parent
    assert settings().pictures_folder != settings().media_folder


def test_the_daily_job_keeps_what_pages_and_drafts_name(app: Flask, world: World, var: Path) -> None:
    shown = hang(app, world.honey.id, camera.jpeg(), position=2)
    with changing(app):
        pictures.publish(shown)
        drafted, orphan = (pictures.keep(read(camera.jpeg((600 + n, 400)))) for n in (1, 2))
        by = maker_of(make_member(world.cooperative))
        tea = db.session.get_one(Product, world.tea.id)
        draft = revisions.open_revision(tea, by=by, at=MONDAY_NINE)
        row = {"stem": drafted, "alt_vi": "", "alt_en": "", "focus": 5, "credit": "", "consent": False}
        revisions.save(draft, {"pictures": [row]}, seen=1, by=by, at=MONDAY_NINE)
        revisions.withdraw(draft, by=by, at=MONDAY_NINE)
    before = stored(var)
    for path in before:
        os.utime(path, (0, 0))
    with app.app_context():
        worker.ask_for_periodic(MONDAY_NINE, {})
    with app.app_context():
        while worker.work_once():
            pass
    assert {path.name.split("-")[0] for path in before} == {shown, drafted, orphan}
    assert stored(var) == [path for path in before if not path.name.startswith(orphan)]
