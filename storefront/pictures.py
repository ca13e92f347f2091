"""Pictures from cameras: taken in as pixels, never as files, and kept as a ladder of sizes.

What arrives is decoded and drawn again, upright and in the colours of the web, so nothing of the file itself (where
and when it was taken, comments, thumbnails, what hides behind the picture) is kept. A kept picture is named by its
pixels (``catalog.ladder``): sent twice, it is kept once. Its files lie in the pictures folder, which no address leads
to; ``publish`` puts those that a page shows into the media folder.
"""

import os
import threading
import warnings
from collections.abc import Collection, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from hashlib import blake2b
from io import BytesIO
from pathlib import Path
from secrets import token_hex
from typing import Any, cast

from flask import Response, send_from_directory, url_for
from flask_babel import gettext as _
from PIL import Image, ImageCms, UnidentifiedImageError
from pillow_heif import register_heif_opener
from werkzeug.datastructures import FileStorage

from catalog import ladder
from catalog.errors import Invalid, NotFound
from catalog.views import Picture
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


def read(
    upload: FileStorage | None,
    *,
    most_bytes: int = MOST_BYTES,
    edge: int = ladder.WIDTHS[-1],
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


def keep(picture: Image.Image) -> str:
    """Store what ``read`` drew, at every width that it has. What is stored already is only made young again. Its stem."""
    pixels = blake2b(picture.tobytes(), digest_size=10).hexdigest()
    stem = ladder.stem_of(pixels, *picture.size)
    folder = settings().pictures_folder
    folder.mkdir(parents=True, exist_ok=True)
    for width in ladder.ladder_of(stem).widths:
        size = (width, max(1, round(picture.height * width / picture.width)))
        for kind in ladder.KINDS:
            file = folder / f"{stem}-{width}.{kind}"
            try:
                os.utime(file)
            except FileNotFoundError:
                _write(file, encoded(picture.resize(size, Image.Resampling.LANCZOS), kind))
    return stem


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


def show(name: str, *, stems: Collection[str]) -> Response:
    """One file of a picture that may be on no page yet; the caller has made sure that this person may see these.

    Raises NotFound for a name that is none, of another picture, or of a file that is not there.
    """
    named = ladder.FILE.fullmatch(name)
    if named is None or named[1] not in stems:
        raise NotFound(name)
    folder = next((f for f in (settings().pictures_folder, settings().media_folder) if (f / name).is_file()), None)
    if folder is None:
        raise NotFound(name)
    return send_from_directory(folder.resolve(), name, mimetype=f"image/{named[3]}")


def drafted(row: Mapping[str, Any], folder: str, lang: str = "vi") -> Picture:
    """A picture as a revision carries it, to show to who may see it. folder: as ``folder_of`` gives it."""
    words = (row["alt_en"] if lang == "en" else "") or row["alt_vi"]
    return Picture(row["stem"], words, row["focus"], folder)


def folder_of(endpoint: str, **values: Any) -> str:
    """The address under which an endpoint ending in ``/<name>`` gives the files that it guards."""
    return url_for(endpoint, name="-", **values).removesuffix("/-")


def tidy(*, shown: frozenset[str], referred: frozenset[str], at: datetime) -> int:
    """Remove files that have been nobody's for a week, and at once what everybody may fetch though no page shows it.

    shown: stems that pages of the shop show.    referred: stems that drafts and histories of pages name. Returns how
    many files went.
    """
    removed = 0
    media, kept = settings().media_folder, settings().pictures_folder
    for folder, wanted in ((media, shown), (kept, shown | referred)):
        for file in sorted(folder.glob("*")):
            named = ladder.FILE.fullmatch(file.name)
            if (named is not None and named[1] in wanted) or (named is None and not file.name.startswith(".")):
                continue
            copied = folder == media and (kept / file.name).is_file()
            with suppress(FileNotFoundError):
                if copied or at.timestamp() - file.stat().st_mtime > YOUNG.total_seconds():
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
