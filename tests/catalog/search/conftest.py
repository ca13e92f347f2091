"""A small shop to search in: the programme's product names, with texts for some, and no database."""

import csv
from collections.abc import Callable
from pathlib import Path

import pytest

from catalog.search.documents import Document
from catalog.search.index import SearchIndex
from catalog.search.synonyms import seed

HERE = Path(__file__).parent


@pytest.fixture(scope="session")
def catalogue() -> list[Document]:
    """All products, numbered from 1."""
    with (HERE / "products.csv").open(encoding="utf-8", newline="") as lines:
        return [
            Document(
                id=number,
                name=line["name"],
                name_en=line["name_en"],
                producer="",
                place=line["place"],
                group=line["group"],
                text=line["text"],
                rank=0,
            )
            for number, line in enumerate(csv.DictReader(lines), start=1)
        ]


@pytest.fixture(scope="session")
def shop(catalogue: list[Document], tmp_path_factory: pytest.TempPathFactory) -> SearchIndex:
    """The whole catalogue with the seed synonyms; read only."""
    index = SearchIndex(tmp_path_factory.mktemp("search"), seed())
    index.rebuild(catalogue, sequence=131)
    return index


@pytest.fixture
def product() -> Callable[..., Document]:
    """A document of which only what matters to the test is said."""

    def make(id: int, name: str = "", **rest: object) -> Document:
        plain: dict[str, object] = {
            "name_en": "",
            "producer": "",
            "place": "",
            "group": "1.3b",
            "text": "",
            "rank": 0,
        }
        return Document(id=id, name=name, **{**plain, **rest})  # type: ignore[arg-type]

    return make


@pytest.fixture
def index_of(tmp_path: Path) -> Callable[..., SearchIndex]:
    """An index of a few documents, without synonyms."""

    def build(*documents: Document) -> SearchIndex:
        index = SearchIndex(tmp_path / "search")
        index.rebuild(documents, sequence=1)
        return index

    return build
