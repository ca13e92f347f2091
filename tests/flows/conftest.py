"""One real shop and one browser for all flows of a worker."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.browser import launch, open_shop


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a shop with its demo data, worker and index."""
    with open_shop(tmp_path_factory.mktemp("var"), BANK_ACCOUNT="1020304050", BANK_HOLDER="OCOP QUANG NAM") as address:
        yield address


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium."""
    with sync_playwright() as playwright:
        browser = launch(playwright)
        yield browser
        browser.close()
