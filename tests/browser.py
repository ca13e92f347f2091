"""A real shop in a real browser: the processes of ``make run`` on a free port, and Chromium at phone width."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, Playwright

ROOT = Path(__file__).resolve().parent.parent
PHONE = {"width": 390, "height": 844}
FLAGS = [
    "--disable-gpu", "--disable-quic", "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--no-first-run",
]  # fmt: skip


@contextmanager
def open_shop(var: Path, **settings: str) -> Iterator[str]:
    """Start the shop with its demo data and worker; yields its address. settings: environment variables."""
    port = free_port()
    environment = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")}
    environment |= {"PORT": str(port), "SHOP_VAR": str(var), "SHOP_DEMO": "1", "SHOP_ENV": "development", **settings}
    process = subprocess.Popen([sys.executable, "tools/serve.py"], cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)
    try:
        _wait(f"http://127.0.0.1:{port}/readyz", process)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(30)


def launch(playwright: Playwright) -> Browser:
    """Chromium of the system; as root it runs without its sandbox."""
    path = os.environ.get("SHOP_TEST_CHROMIUM", "/usr/bin/chromium")
    return playwright.chromium.launch(
        executable_path=path, args=FLAGS + (["--no-sandbox"] if os.geteuid() == 0 else [])
    )


def phone(browser: Browser, *, scripts: bool, errors: list[str]) -> Page:
    """A new visitor at 390 px. errors: receives what the console complains about."""
    context = browser.new_context(viewport=PHONE, java_script_enabled=scripts, locale="vi-VN", reduced_motion="reduce")
    page = context.new_page()
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.set_default_timeout(15_000)
    return page


def free_port() -> int:
    """A port nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait(address: str, process: "subprocess.Popen[bytes]") -> None:
    for _ in range(600):
        if process.poll() is not None:
            raise RuntimeError("the shop ended while it was starting")
        try:
            with urllib.request.urlopen(address, timeout=5):
                return
        except OSError:
            time.sleep(0.2)
    raise RuntimeError(f"{address} was not ready in time")
