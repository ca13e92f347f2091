"""A browser for tests: fetches pages as a visitor without scripts would, and checks every one of them.

Each HTML answer must parse without error, have one ``<h1>``, no block inside a run of text, no id twice, a label for
every field, sizes on every picture, and no inline code or style.
"""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any
from xml.etree import ElementTree

import html5lib
from flask import Flask
from werkzeug.test import TestResponse

UNLABELLED = {"hidden", "submit", "button"}
BLOCKS = {
    "address",
    "blockquote",
    "details",
    "div",
    "dl",
    "fieldset",
    "figure",
    "form",
    "h2",
    "h3",
    "h4",
    "ol",
    "p",
    "section",
    "table",
    "ul",
}
"""May not stand inside a run of text."""
RUNS = {"b", "button", "em", "label", "p", "small", "span", "strong"}


@dataclass
class Page:
    """One fetched page. ``tree`` is an ElementTree without namespaces."""

    response: TestResponse
    tree: ElementTree.Element

    @property
    def text(self) -> str:
        """All visible words, runs of white space as one blank."""
        skipped = {id(e) for tag in ("script", "style", "template") for e in self.tree.iter(tag)}
        parts: list[str] = []

        def walk(element: ElementTree.Element) -> None:
            if id(element) in skipped:
                return
            parts.append(element.text or "")
            for child in element:
                walk(child)
                parts.append(child.tail or "")

        walk(self.tree)
        return " ".join("".join(parts).replace("\u00a0", " ").split())

    def all(self, tag: str, **attributes: str) -> list[ElementTree.Element]:
        """Elements of a tag with these attribute values (``class_`` tests one class)."""
        wanted = dict(attributes)
        one_class = wanted.pop("class_", None)
        return [
            e
            for e in self.tree.iter(tag)
            if all(e.get(name.rstrip("_").replace("_", "-")) == value for name, value in wanted.items())
            and (one_class is None or one_class in (e.get("class") or "").split())
        ]

    def one(self, tag: str, **attributes: str) -> ElementTree.Element:
        """The only one. Raises AssertionError otherwise."""
        found = self.all(tag, **attributes)
        assert len(found) == 1, f"{len(found)} × <{tag} {attributes}>"
        return found[0]

    def form(self, action: str) -> dict[str, str]:
        """The values a browser would send for the first form with this action: hidden fields, defaults, choices."""
        return form_values(self.tree, action)


def form_values(tree: ElementTree.Element, action: str) -> dict[str, str]:
    """What a browser would send for the first form of a page with this action."""
    form = next(form for form in tree.iter("form") if (form.get("action") or "").split("?")[0] == action)
    values: dict[str, str] = {}
    for element in form.iter():
        name = element.get("name")
        if not name or element.get("disabled") is not None:
            continue
        if element.tag == "input":
            kind = element.get("type", "text")
            if kind in ("checkbox", "radio") and element.get("checked") is None:
                continue
            if kind not in ("submit", "button", "image"):
                values[name] = element.get("value", "on" if kind == "checkbox" else "")
        elif element.tag == "textarea":
            values[name] = element.text or ""
        elif element.tag == "select":
            options = list(element.iter("option"))
            chosen = [o for o in options if o.get("selected") is not None] or options[:1]
            if chosen:
                values[name] = chosen[0].get("value", chosen[0].text or "")
    return values


@dataclass
class PageClient:
    """``get`` and ``post`` return a checked Page; redirects are followed; the CSRF token of the last page is sent."""

    app: Flask
    last: Page | None = None
    raw: Any = field(init=False)

    def __post_init__(self) -> None:
        self.raw = self.app.test_client()

    def get(self, path: str, *, status: int = 200, **options: Any) -> Page:
        """Fetch and check. status: what the final answer must have."""
        return self._page(self.raw.get(path, follow_redirects=True, **options), status)

    def post(self, path: str, data: dict[str, Any], *, status: int = 200, **options: Any) -> Page:
        """Send a form as the last page would, and check what comes back."""
        if "csrf_token" not in data:
            data = {"csrf_token": self.token(), **data}
        return self._page(self.raw.post(path, data=data, follow_redirects=True, **options), status)

    def token(self) -> str:
        """A CSRF token of this browser's session."""
        page = self.last
        if page is None or not page.all("input", name="csrf_token"):
            page = self.get("/tai-khoan/dang-nhap")
        return page.all("input", name="csrf_token")[0].get("value", "")

    def _page(self, response: TestResponse, status: int) -> Page:
        assert response.status_code == status, f"{response.status_code} for {response.request.path}"
        self.last = check(response)
        return self.last


def check(response: TestResponse) -> Page:
    """Raises AssertionError naming what is wrong with the page."""
    html = response.get_data(as_text=True)
    parser = html5lib.HTMLParser(html5lib.getTreeBuilder("etree"), namespaceHTMLElements=False)
    tree = parser.parse(html)
    where = response.request.path
    assert not parser.errors, f"{where}: {[(position, code) for position, code, _ in parser.errors][:5]}"
    headings = [e for e in tree.iter("h1")]
    assert len(headings) == 1, f"{where}: {len(headings)} × <h1>"
    twice = [name for name, count in Counter(e.get("id") for e in tree.iter() if e.get("id")).items() if count > 1]
    assert not twice, f"{where}: ids twice: {twice}"
    _check_labels(tree, where)
    for element in tree.iter():
        inline = [name for name in element.attrib if name == "style" or str(name).startswith("on")]
        assert not inline, f"{where}: inline {inline} on <{element.tag}>"
        if element.tag in RUNS:
            blocks = [inner.tag for inner in element.iter() if inner is not element and inner.tag in BLOCKS]
            assert not blocks, f"{where}: {blocks} inside <{element.tag}>"
        if element.tag == "img":
            assert None not in (element.get("alt"), element.get("width"), element.get("height")), (
                f"{where}: {element.attrib}"
            )
        if element.tag == "script" and element.get("src") is None:
            assert element.get("type") == "application/ld+json", f"{where}: inline script"
    return Page(response, tree)


def _check_labels(tree: ElementTree.Element, where: str) -> None:
    targets = {e.get("for") for e in tree.iter("label")}
    inside = {id(field) for label in tree.iter("label") for field in label.iter()}
    for element in tree.iter():
        if element.tag not in ("input", "select", "textarea") or element.get("type") in UNLABELLED:
            continue
        named = element.get("aria-label") or element.get("aria-labelledby") or element.get("id") in targets
        assert named or id(element) in inside, f"{where}: no label for {element.attrib}"
