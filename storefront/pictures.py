"""Pictures from cameras: taken in as pixels, never as files, and kept as a ladder of sizes.

What arrives is decoded and drawn again, upright and in the colours of the web, so nothing of the file itself (where
and when it was taken, comments, thumbnails, what hides behind the picture) is kept. A kept picture is named by its
pixels: sent twice, it is kept once. ``<stem>-<width>.avif`` and ``.webp`` lie in the pictures folder, which no address
leads to; ``publish`` puts those that a page shows into the media folder.
"""

import os
import re
import threading
import warnings
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import blake2b
from io import BytesIO
from pathlib import Path
from secrets import token_hex
from typing import Any, cast

from flask_babel import gettext as _
from PIL import Image, ImageCms, UnidentifiedImageError
from pillow_heif import register_heif_opener
from werkzeug.datastructures import FileStorage

from catalog.errors import Invalid
from storefront.outside import settings

FORMATS = ("JPEG", "PNG", "WEBP", "HEIF")
MOST_BYTES = 20 * 1024 * 1024
MOST_PIXELS = 50_000_000
"""A phone's sharpest picture; decoded whole it takes 200 MB."""
MOST_JPEG_PIXELS = 200_000_000
"""A plain JPEG (not a progressive one) is decoded at a half, a quarter or an eighth in the first place."""
LEAST_EDGE = 400
"""Shortest side of a picture for a page, in pixels."""
LONGEST_SHAPE = 3
"""A picture for a page is at most so many times as long as it is wide."""
LADDER = (400, 800, 1200, 1600)
"""Widths that are kept, in pixels; a narrower picture is kept at its own width and never blown up."""
KINDS = ("avif", "webp")
NAME = re.compile(r"([0-9A-Za-z_-]+)-([0-9]{1,4})\.(avif|webp)")
YOUNG = timedelta(days=7)
"""How long a picture that nothing refers to is kept: somebody may be writing about it."""

_OPTIONS: dict[str, dict[str, Any]] = {
    "avif": {"quality": 60, "speed": 8, "max_threads": 1},
    "webp": {"quality": 80, "method": 4},
}
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_ORIENTATION = 0x0112
_SRGB = ImageCms.createProfile("sRGB")
_ONE_AT_A_TIME = threading.Lock()
"""Decoding is what takes memory: however many send pictures at once, a process holds one of them whole."""

register_heif_opener(thumbnails=False)
Image.MAX_IMAGE_PIXELS = MOST_JPEG_PIXELS


@dataclass(frozen=True, slots=True)
class Kept:
    """A picture that is stored. width, height: of its largest file.    widths: of its files."""

    stem: str
    width: int
    height: int
    widths: tuple[int, ...]


def read(
    upload: FileStorage | None,
    *,
    most_bytes: int = MOST_BYTES,
    edge: int = LADDER[-1],
    least: int = LEAST_EDGE,
    shape: int = LONGEST_SHAPE,
) -> Image.Image:
    """The picture, upright, in sRGB, without metadata, its longer side at most ``edge`` pixels.

    least: pixels of the shorter side.    shape: how many times the longer side may be the shorter one.

    Raises Invalid("picture", …): ``required``, ``too_heavy``, ``kind``, ``animated``, ``too_large``, ``too_small``,
    ``too_long``, ``broken``.
    """
    data = upload.stream.read(most_bytes + 1) if upload else b""
    if not data:
        raise Invalid("picture", "required")
    if len(data) > most_bytes:
        raise Invalid("picture", "too_heavy", most=most_bytes)
    with _ONE_AT_A_TIME, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what a decoder wonders about in a file is nobody's concern here
        try:
            with Image.open(BytesIO(data), formats=FORMATS) as picture:
                _refuse_by_header(picture, least=least, shape=shape)
                return _drawn(picture, edge)
        except Invalid:
            raise
        except Image.DecompressionBombError:
            raise Invalid("picture", "too_large", most=MOST_PIXELS) from None
        except UnidentifiedImageError:
            raise Invalid("picture", "kind") from None
        except Exception:  # each decoder fails in its own ways, and all of them are the file's fault
            raise Invalid("picture", "broken") from None


def why(error: Invalid) -> str:
    """What is wrong with a picture that ``read`` refused, and what to do about it."""
    facts = cast("dict[str, int]", error.facts)
    return {
        "required": _("Chọn một ảnh"),
        "too_heavy": _("Ảnh nặng quá %(n)s MB. Chụp lại ở cỡ nhỏ hơn", n=facts.get("most", 0) // 1024 // 1024),
        "too_large": _("Ảnh quá lớn: trên %(n)s triệu điểm ảnh. Thu nhỏ hoặc chụp lại ở cỡ nhỏ hơn", n=MOST_PIXELS // 1_000_000),
        "too_small": _("Ảnh quá nhỏ: cạnh ngắn cần ít nhất %(n)s điểm ảnh. Dùng ảnh gốc, đừng dùng ảnh chụp màn hình hay ảnh đã gửi qua tin nhắn", n=facts.get("least", 0)),
        "too_long": _("Ảnh quá dài và hẹp. Cắt cho gần vuông rồi gửi lại"),
        "animated": _("Ảnh động không dùng được. Gửi một ảnh tĩnh"),
        "broken": _("Ảnh bị hỏng hoặc chưa tải lên hết. Mở thử trên máy, rồi gửi lại"),
        "kind": _("Tệp này không phải ảnh JPEG, PNG, WebP hay HEIC, hoặc đã hỏng. Chọn ảnh chụp từ máy"),
    }[error.reason]  # fmt: skip


def keep(picture: Image.Image) -> Kept:
    """Store what ``read`` drew, at every width that it has. What is stored already is only made young again."""
    pixels = blake2b(f"{picture.width}x{picture.height} ".encode(), digest_size=10)
    pixels.update(picture.tobytes())
    stem = pixels.hexdigest()
    widths = (*(width for width in LADDER if width < picture.width), min(picture.width, LADDER[-1]))
    folder = settings().pictures_folder
    folder.mkdir(parents=True, exist_ok=True)
    for width in widths:
        size = (width, max(1, round(picture.height * width / picture.width)))
        for kind in KINDS:
            file = folder / f"{stem}-{width}.{kind}"
            try:
                os.utime(file)
            except FileNotFoundError:
                _write(file, encoded(picture.resize(size, Image.Resampling.LANCZOS), kind))
    return Kept(stem, *size, widths)


def encoded(picture: Image.Image, kind: str) -> bytes:
    """The picture as a file of this kind, ``avif`` or ``webp``."""
    out = BytesIO()
    picture.save(out, kind.upper(), **_OPTIONS[kind])
    return out.getvalue()


def publish(stem: str) -> None:
    """Put all files of a kept picture where everybody may fetch them. Done twice, or at once by two, it is done."""
    media = settings().media_folder
    media.mkdir(parents=True, exist_ok=True)
    for file in settings().pictures_folder.glob(f"{stem}-*"):
        target = media / file.name
        try:
            os.link(file, target)
        except FileExistsError:
            continue
        except OSError:  # another disk
            _write(target, file.read_bytes())


def tidy(*, shown: frozenset[str], referred: frozenset[str], at: datetime) -> int:
    """Remove files that have been nobody's for a week. Returns how many.

    shown: stems that pages of the shop show.    referred: stems that drafts and histories of pages name.
    """
    removed = 0
    for folder, wanted in ((settings().media_folder, shown), (settings().pictures_folder, shown | referred)):
        for file in sorted(folder.glob("*")):
            named = NAME.fullmatch(file.name)
            unfinished = file.name.startswith(".")
            if not unfinished and (named is None or named[1] in wanted):
                continue
            with suppress(FileNotFoundError):
                if at.timestamp() - file.stat().st_mtime > YOUNG.total_seconds():
                    file.unlink()
                    removed += 1
    return removed


def _refuse_by_header(picture: Image.Image, *, least: int, shape: int) -> None:
    """What the first bytes tell, before anything is decoded."""
    short, long = sorted(picture.size)
    plain = picture.format in ("JPEG", "MPO") and not picture.info.get("progressive")
    if short * long > (MOST_JPEG_PIXELS if plain else MOST_PIXELS):
        raise Invalid("picture", "too_large", most=MOST_PIXELS)
    if picture.format in ("PNG", "WEBP") and getattr(picture, "is_animated", False):
        raise Invalid("picture", "animated")
    if short < least:
        raise Invalid("picture", "too_small", least=least)
    if long > shape * short:
        raise Invalid("picture", "too_long")


def _drawn(picture: Image.Image, edge: int) -> Image.Image:
    long = max(picture.size)
    picture.draft(None, (max(1, picture.width * edge // long), max(1, picture.height * edge // long)))
    turn = _TURNS.get(_orientation(picture))
    profile = picture.info.get("icc_profile")
    small = _plain(picture)
    small.thumbnail((edge, edge), Image.Resampling.LANCZOS)
    if small.mode == "RGBA":
        paper = Image.new("RGB", small.size, "white")
        paper.paste(small, mask=small.getchannel("A"))
        small = paper
    coloured = _in_srgb(small, profile)
    upright = coloured if turn is None else coloured.transpose(turn)
    drawn = Image.new("RGB", upright.size)
    drawn.paste(upright)
    return drawn


def _orientation(picture: Image.Image) -> int:
    try:
        return int(picture.getexif().get(_ORIENTATION, 1))
    except Exception:  # as above: notes that cannot be read turn nothing
        return 1


def _plain(picture: Image.Image) -> Image.Image:
    """In one of the modes that can be made smaller: grey, colours, colours with holes, or inks."""
    if picture.mode.startswith("I"):
        wide = picture.convert("I")
        return wide.point(lambda value: value * (1 / 256)).convert("L")
    if "transparency" in picture.info or picture.mode in ("RGBA", "RGBa", "LA", "La", "PA"):
        return picture if picture.mode == "RGBA" else picture.convert("RGBA")
    if picture.mode in ("L", "RGB", "CMYK"):
        return picture
    return picture.convert("L" if picture.mode == "1" else "RGB")


def _in_srgb(picture: Image.Image, profile: bytes | None) -> Image.Image:
    if profile:
        with suppress(ImageCms.PyCMSError, OSError, ValueError):  # a profile that cannot be read says nothing
            source = ImageCms.ImageCmsProfile(BytesIO(profile))
            turned = ImageCms.profileToProfile(picture, source, _SRGB, outputMode="RGB")
            if turned is not None:
                return turned
    return picture.convert("RGB")


def _write(file: Path, data: bytes) -> None:
    """All of it or nothing: nobody ever reads half a picture."""
    unfinished = file.with_name(f".{token_hex(8)}")
    try:
        with unfinished.open("xb") as out:
            out.write(data)
            out.flush()
            os.fsync(out.fileno())
        unfinished.replace(file)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise
