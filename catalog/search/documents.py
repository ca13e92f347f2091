"""What is searchable about a product, and how it is laid down in the index."""

from dataclasses import dataclass

from whoosh import fields

from catalog.search.analysis import pairs, singular, words

FORMAT = "1"
"""Changes with the fields or with the analysis: an index of another format is not opened but rebuilt."""

LEXICONS = ("name", "name_exact", "pairs", "english", "near", "near_exact", "body", "body_exact")
"""The searchable fields: in the name, beside it (producer, place), in the text; folded and exact."""

STORED = ("product", "title", "group", "rank", "length", "sequence")

SCHEMA = fields.Schema(
    key=fields.ID(unique=True),
    **{name: fields.KEYWORD() for name in LEXICONS},
    **{name: fields.STORED() for name in STORED},
)

SEQUENCE_KEY = "sequence"
"""Key of the one document that is no product but says how far the catalogue was, in the same commit."""


@dataclass(frozen=True, slots=True)
class Document:
    """What is searchable about one product.

    id: the product's.    place: commune, old district and province words.    group: as ``"1.3c"``.
    text: summary, description, ingredients.    rank: among equal hits the higher comes first.
    """

    id: int
    name: str
    name_en: str
    producer: str
    place: str
    group: str
    text: str
    rank: int


def row(document: Document) -> dict[str, object]:
    """A document in the terms of the schema."""
    name, body = words(document.name), words(document.text)
    producer, place = words(document.producer), words(document.place)
    return {
        "key": str(document.id),
        "name": [word.folded for word in name],
        "name_exact": [word.exact for word in name],
        "pairs": [*pairs(name, opening=True), *pairs(producer), *pairs(place)],
        "english": [singular(word.folded) for word in words(document.name_en)],
        "near": [word.folded for word in (*producer, *place)],
        "near_exact": [word.exact for word in (*producer, *place)],
        "body": [word.folded for word in body],
        "body_exact": [word.exact for word in body],
        "product": document.id,
        "title": document.name,
        "group": document.group,
        "rank": document.rank,
        "length": max(1, len(name)),
    }


def sequence_row(sequence: int) -> dict[str, object]:
    """The document that says how far the catalogue was."""
    return {"key": SEQUENCE_KEY, "sequence": sequence}
