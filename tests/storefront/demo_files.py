"""A copy of the demo's files with little stock, for tests that change them or need only some of it."""

import shutil
from pathlib import Path

from storefront import demo


def small_demo(tmp_path: Path) -> Path:
    """The folder of a demo with all its products and pictures, and goods on few shelves."""
    folder = tmp_path / "demo"
    shutil.copytree(demo.FOLDER, folder)
    stock = folder / "stock.csv"
    lines = stock.read_text(encoding="utf-8").splitlines(keepends=True)
    stock.write_text("".join(lines[:41]), encoding="utf-8")
    return folder
