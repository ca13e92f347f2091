"""Structured data for search engines (schema.org as JSON-LD). It repeats what the page shows, never more.

OCOP stars are a certification, not a rating: they appear as ``hasCertification`` while valid. The aggregateRating comes
from buyers' published reviews only.
"""

import json
from datetime import date
from typing import Any

from flask import url_for
from markupsafe import Markup

from catalog.views import OutletPage, ProducerPage, ProductPage
from checkout.reviews import Opinion, Opinions
from storefront import opinion_words
from storefront.assets import photo_url
from storefront.presenting import ShopFacts


def product(page: ProductPage, opinions: Opinions) -> Markup:
    """One product with an offer for each size, and what its buyers say where they have said something."""
    address = url_for("shop.products.show", slug=page.slug, _external=True)
    offers = [
        {
            "@type": "Offer",
            "sku": variant.sku,
            "name": variant.unit,
            "price": variant.price.minor,
            "priceCurrency": variant.price.currency,
            "availability": f"https://schema.org/{'InStock' if variant.free > 0 else 'OutOfStock'}",
            "url": address,
            "itemCondition": "https://schema.org/NewCondition",
        }
        for variant in page.variants
    ]
    facts: dict[str, Any] = {
        "@type": "Product",
        "name": page.name,
        "description": page.summary,
        "sku": page.variants[0].sku,
        "url": address,
        "image": [photo_url(picture, 1200, _external=True) for picture in page.pictures],
        "brand": {"@type": "Organization", "name": page.producer.name},
        "countryOfOrigin": "VN",
        "offers": offers,
    }
    if page.certificate:
        facts["hasCertification"] = {
            "@type": "Certification",
            "name": f"OCOP {page.certificate.stars} sao",
            "certificationIdentification": page.certificate.number,
            "issuedBy": {"@type": "GovernmentOrganization", "name": page.certificate.issuer},
            "datePublished": page.certificate.signed_on.isoformat() if page.certificate.signed_on else None,
            "expires": page.certificate.expires_on.isoformat() if page.certificate.expires_on else None,
        }
    if opinions.score.average is not None:
        facts["aggregateRating"] = {
            "@type": "AggregateRating",
            "ratingValue": str(opinions.score.average),
            "reviewCount": opinions.score.count,
            "bestRating": 5,
            "worstRating": 1,
        }
        facts["review"] = [_review(opinion) for opinion in opinions.shown]
    return _block(facts)


def _review(opinion: Opinion) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "@type": "Review",
        "author": {"@type": "Person", "name": opinion_words.author(opinion.name)},
        "datePublished": opinion.on.isoformat(),
        "reviewRating": {"@type": "Rating", "ratingValue": opinion.rating, "bestRating": 5, "worstRating": 1},
    }
    return facts | {"reviewBody": opinion.words} if opinion.words else facts


def producer(page: ProducerPage) -> Markup:
    """The maker as an organisation."""
    return _block(
        {
            "@type": "Organization",
            "name": page.producer.name,
            "description": page.producer.summary,
            "url": url_for("shop.producers.show", slug=page.producer.slug, _external=True),
            "address": page.address,
        }
    )


def outlet(page: OutletPage) -> Markup:
    """A shop one can walk into."""
    return _block(
        {
            "@type": "Store",
            "name": page.outlet.name,
            "address": f"{page.outlet.address}, {page.outlet.commune}",
            "telephone": page.outlet.phone,
            "url": url_for("shop.outlets.show", slug=page.outlet.slug, _external=True),
            "geo": {"@type": "GeoCoordinates", "latitude": page.outlet.lat, "longitude": page.outlet.lon},
        }
    )


def event(
    *,
    name: str,
    url: str,
    starts_on: date,
    ends_on: date,
    place: str,
    commune: str | None,
    organiser: str,
    description: str,
    cancelled: bool,
) -> Markup:
    """A fair, a festival or a conference. commune: where it is, None outside of our communes."""
    facts: dict[str, Any] = {
        "@type": "Event",
        "name": name,
        "url": url,
        "startDate": starts_on.isoformat(),
        "endDate": ends_on.isoformat(),
        "eventStatus": f"https://schema.org/{'EventCancelled' if cancelled else 'EventScheduled'}",
        "location": {"@type": "Place", "name": place, "address": commune or place},
        "organizer": {"@type": "Organization", "name": organiser},
    }
    if description:
        facts["description"] = description
    return _block(facts)


def site(shop: ShopFacts) -> Markup:
    """The shop itself, with its search."""
    home = url_for("shop.home.show", _external=True)
    target = url_for("shop.search.show", _external=True) + "?q={search_term_string}"
    return _block(
        {
            "@graph": [
                {"@type": "OnlineStore", "name": shop.name, "url": home, **_owner(shop)},
                {
                    "@type": "WebSite",
                    "name": shop.name,
                    "url": home,
                    "potentialAction": {
                        "@type": "SearchAction",
                        "target": {"@type": "EntryPoint", "urlTemplate": target},
                        "query-input": "required name=search_term_string",
                    },
                },
            ]
        }
    )


def _owner(shop: ShopFacts) -> dict[str, str]:
    known = {
        "legalName": shop.operator,
        "taxID": shop.tax_code,
        "address": shop.address,
        "telephone": shop.phone,
        "email": shop.email,
    }
    return {name: fact for name, fact in known.items() if fact}


def _block(facts: dict[str, Any]) -> Markup:
    text = json.dumps({"@context": "https://schema.org", **facts}, ensure_ascii=False)
    # a text that says "</script>" must not end the block it stands in
    return Markup(text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026"))
