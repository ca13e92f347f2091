"""Files that are sent as pictures: as cameras make them, and as nobody should. All are made here, none is kept."""

import io
import struct
import zipfile
import zlib
from typing import Any

from PIL import Image, ImageCms, PngImagePlugin
from pillow_heif import register_heif_opener

register_heif_opener(thumbnails=False)

SCRIPT = b"<script>alert(document.cookie)</script>"
RED, GREEN, BLUE, WHITE = (214, 40, 40), (34, 139, 34), (30, 60, 180), (255, 255, 255)


def scene(size: tuple[int, int] = (600, 400)) -> Image.Image:
    """Red at the top left, green at the top right, blue below: it shows how it lies."""
    picture = Image.new("RGB", size, BLUE)
    wide, high = size
    picture.paste(RED, (0, 0, wide // 2, high // 2))
    picture.paste(GREEN, (wide // 2, 0, wide, high // 2))
    return picture


def saved(picture: Image.Image, kind: str = "JPEG", **options: Any) -> bytes:
    out = io.BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()


def jpeg(size: tuple[int, int] = (600, 400), **options: Any) -> bytes:
    return saved(scene(size), "JPEG", **options)


def located(orientation: int = 1) -> bytes:
    """A phone's picture: turned by a note, with the place where it was taken and the phone's name."""
    tags = Image.Exif()
    tags[0x0112], tags[0x010F], tags[0x9286] = orientation, "Phone of Somebody", "taken at home"
    tags.get_ifd(0x8825).update({1: "N", 2: (15.0, 52.0, 48.0), 3: "E", 4: (108.0, 20.0, 6.0)})
    return jpeg(exif=tags.tobytes(), comment=b"written by Somebody")


def commented() -> bytes:
    xmp = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><author>Somebody</author></x:xmpmeta>'
    return jpeg(comment=SCRIPT, xmp=xmp)


def heic(size: tuple[int, int] = (600, 400)) -> bytes:
    tags = Image.Exif()
    tags[0x010F] = "Phone of Somebody"
    return saved(scene(size), "HEIF", exif=tags.tobytes(), quality=90)


def in_other_colours() -> bytes:
    """Colours noted in a profile whose red and blue are exchanged."""
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    swapped = srgb.replace(b"rXYZ", b"?XYZ").replace(b"bXYZ", b"rXYZ").replace(b"?XYZ", b"bXYZ")
    return jpeg(icc_profile=swapped, quality=95)


def png_chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png(width: int, height: int, depth: int, colour: int, pixels: bytes, *chunks: bytes) -> bytes:
    """A PNG by hand: what the library does not write. pixels: not compressed yet, filter bytes included."""
    header = png_chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0))
    body = png_chunk(b"IDAT", zlib.compress(pixels)) + png_chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + header + b"".join(chunks) + body


def sixteen_bits() -> bytes:
    """600 × 400 in 16 bits a colour: half of it white, half mid red."""
    row = b"\0" + b"\xff\xff" * 3 * 300 + b"\x80\x00\0\0\0\0" * 300
    return png(600, 400, 16, 2, row * 400)


def sixteen_grey() -> bytes:
    row = b"\0" + b"\xff\xff" * 300 + b"\x80\x00" * 300
    return png(600, 400, 16, 0, row * 400)


def with_holes(mode: str) -> bytes:
    """The left half is a hole."""
    picture = scene().convert("RGBA")
    picture.paste((0, 0, 0, 0), (0, 0, 300, 400))
    if mode == "P":
        return saved(picture.quantize(16), "PNG")
    return saved(picture.convert(mode), "WEBP" if mode == "RGBA" else "PNG")


def scan(size: tuple[int, int] = (12_000, 6_000)) -> bytes:
    """A page from a flat-bed scanner, mostly white."""
    return saved(Image.new("L", size, 250), "JPEG", quality=30)


def moving(kind: str) -> bytes:
    frames = [scene(), Image.new("RGB", (600, 400), RED)]
    return saved(frames[0], kind, save_all=True, append_images=frames[1:], duration=100, loop=0)


def announced(width: int, height: int, data: bytes) -> bytes:
    """A JPEG whose header promises another size than it holds."""
    at = data.index(b"\xff\xc0") + 5
    return data[:at] + struct.pack(">HH", height, width) + data[at + 4 :]


def text_bomb() -> bytes:
    note = PngImagePlugin.PngInfo()
    note.add_text("Comment", "A" * 70_000_000, zip=True)
    return saved(scene(), "PNG", pnginfo=note)


def profile_bomb() -> bytes:
    bomb = png_chunk(b"iCCP", b"p\0\0" + zlib.compress(b"\0" * 70_000_000))
    return png(600, 400, 8, 0, (b"\0" + b"\x80" * 600) * 400, bomb)


def archive() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as bag:
        bag.writestr("index.html", SCRIPT)
    return out.getvalue()
