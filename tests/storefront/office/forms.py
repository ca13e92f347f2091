"""What a browser would send for a page's own form."""

from tests.pages import PageClient


def typed_form(client: PageClient, address: str) -> dict[str, str]:
    """The values of the only form that this page sends to itself."""
    page = client.get(address)
    (form,) = [f for f in page.all("form", method="post") if not f.get("action")]
    values = {}
    for element in form.iter():
        if element.tag in ("input", "textarea", "select") and element.get("name"):
            chosen = [o.get("value", "") for o in element.iter("option") if o.get("selected") is not None]
            values[str(element.get("name"))] = (chosen or [element.get("value", element.text or "")])[0]
    return values
