"""PDF from a sheet of ``templates/print``: typst sets it, and what people wrote goes in as data, never as markup."""

import json
import threading
from functools import lru_cache
from pathlib import Path
from typing import Any

import fontpkg_be_vietnam_pro
import typst

SHEETS = Path(__file__).resolve().parent.parent / "templates" / "print"
_FONTS = Path(fontpkg_be_vietnam_pro.__file__).parent / "files"
_turn = threading.Lock()
"""A compiler serves one at a time."""


def pdf(sheet: str, facts: dict[str, Any]) -> bytes:
    """``templates/print/<sheet>.typ`` with these facts, which it reads by ``json(bytes(sys.inputs.facts))``.

    facts: what JSON can hold; pictures as SVG text.
    """
    return _set(sheet, facts, "pdf")


def png(sheet: str, facts: dict[str, Any], *, ppi: float = 300) -> bytes:
    """The first page of the same as pixels, to look at."""
    return _set(sheet, facts, "png", ppi=ppi)


def _set(sheet: str, facts: dict[str, Any], form: str, **options: Any) -> bytes:
    with _turn:
        made = _compiler(sheet).compile(
            format=form, sys_inputs={"facts": json.dumps(facts, ensure_ascii=False)}, **options
        )
    pages = made if isinstance(made, list) else [made]
    return bytes(pages[0])


@lru_cache
def _compiler(sheet: str) -> Any:
    return typst.Compiler(
        str(SHEETS / f"{sheet}.typ"),
        root=str(SHEETS),
        font_paths=[str(_FONTS)],
        ignore_system_fonts=True,
    )
