"""Templates mirror endpoints, hold no code of their own, and escape everything."""

import ast
import re
from pathlib import Path

import pytest
from flask import Flask
from jinja2 import nodes

from config import Settings
from storefront import create_app
from tests.house.source import ROOT, calls, modules

TEMPLATES = ROOT / "templates"
SHEETS = TEMPLATES / "print"
"""Set by typst, not by Jinja."""
ALL = sorted(path.relative_to(TEMPLATES).as_posix() for path in TEMPLATES.rglob("*.*") if SHEETS not in path.parents)
PAGES = [name for name in ALL if not name.split("/")[-1].startswith("_") and not name.startswith(("_", "mail/"))]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """Its templates and routes; nothing here asks a database."""
    return create_app(Settings(environment="test", var=tmp_path_factory.mktemp("var")))


def source(name: str) -> str:
    return (TEMPLATES / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", [name for name in PAGES if name != "errors/show.html"])
def test_a_page_is_named_after_its_endpoint(shop: Flask, name: str) -> None:
    assert name.rsplit(".", 1)[0].replace("/", ".") in shop.view_functions


def test_a_module_renders_only_its_own_pages() -> None:
    """``storefront/shop/products.py`` renders ``shop/products/…`` and nothing else."""
    foreign = []
    for path, tree in modules("storefront"):
        home = path.removeprefix("storefront/").removesuffix(".py").removesuffix("/pages") + "/"
        for name, call in calls(tree):
            if name != "render_template":
                continue
            for node in ast.walk(call.args[0]):
                if isinstance(node, ast.Constant) and not str(node.value).startswith((home, "shop/pages/")):
                    foreign.append(f"{path}: {node.value}")
    assert foreign == []


def test_every_page_is_rendered_by_somebody() -> None:
    rendered = {
        str(node.value)
        for _, tree in modules("storefront")
        for name, call in calls(tree)
        if name == "render_template"
        for node in ast.walk(call.args[0])
        if isinstance(node, ast.Constant)
    }
    assert set(PAGES) - rendered == set()


def test_every_partial_is_used() -> None:
    texts = {name: source(name) for name in ALL}
    code = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "storefront").rglob("*.py"))
    partials = [name for name in ALL if name not in PAGES and not name.startswith("mail/")]
    unused = [
        name
        for name in partials
        if name not in code
        and not name.startswith("shop/pages/_")  # named by the address they are the words of
        and not any(f'"{name}"' in text for other, text in texts.items() if other != name)
    ]
    assert unused == []


def test_every_sheet_is_printed_by_somebody() -> None:
    code = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "storefront").rglob("*.py"))
    assert [path.name for path in SHEETS.glob("*.typ") if f'"{path.stem}"' not in code] == []


@pytest.mark.parametrize("name", ALL)
def test_a_template_compiles(shop: Flask, name: str) -> None:
    shop.jinja_env.get_template(name)


@pytest.mark.parametrize("name", [name for name in ALL if name.startswith("_components/")])
def test_a_component_is_the_macro_of_its_file_s_name(shop: Flask, name: str) -> None:
    tree = shop.jinja_env.parse(source(name))
    assert Path(name).stem in [macro.name for macro in tree.find_all(nodes.Macro)]


@pytest.mark.parametrize("name", [name for name in ALL if name.endswith(".html") and not name.startswith("mail/")])
def test_a_page_has_no_code_and_no_style_of_its_own(name: str) -> None:
    text = re.sub(r"\{[#%{].*?[#%}]\}", "", source(name), flags=re.S)
    assert re.findall(r"\sstyle\s*=", text) == []
    assert re.findall(r"\son[a-z]+\s*=", text) == []
    assert re.findall(r"<style\b", text) == []
    assert re.findall(r"javascript:", text, flags=re.I) == []
    scripts = re.findall(r"<script\b[^>]*>", text)
    assert [tag for tag in scripts if "src=" not in tag and 'type="application/ld+json"' not in tag] == []


@pytest.mark.parametrize("name", ALL)
def test_nothing_is_declared_safe(shop: Flask, name: str) -> None:
    tree = shop.jinja_env.parse(source(name))
    assert [f.lineno for f in tree.find_all(nodes.Filter) if f.name == "safe"] == []
    assert "autoescape" not in source(name) or name.startswith("mail/")


def test_only_four_places_make_markup() -> None:
    """What is not escaped was made of JSON, of a number or by a drawing library, never of somebody's words."""
    making = sorted(
        {path for path, tree in modules() for name, _ in calls(tree) if name in ("Markup", "markupsafe.Markup")}
    )
    assert making == [
        "storefront/drawing.py", "storefront/keeping.py", "storefront/shop/orders.py", "storefront/structured.py",
    ]  # fmt: skip
