"""A real server of the sample catalog, and Chromium to look at its page."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.serving import sample_shop, served

playwright = pytest.importorskip("playwright.sync_api", reason="needs the package playwright")

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
PATIENCE = 60_000
"""Milliseconds that a page may take on a busy machine."""

DESK = {"width": 1280, "height": 900}

Open = Callable[..., Any]


@pytest.fixture(scope="session")
def url(tmp_path_factory: pytest.TempPathFactory, converted: Path) -> Iterator[str]:
    """Where the page is."""
    folder = sample_shop(tmp_path_factory.mktemp("page") / "shop", converted)
    with served(folder) as server:
        yield server.url


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Debian's Chromium."""
    if CHROMIUM is None:
        pytest.skip("needs Chromium (Debian package chromium)")
    with playwright.sync_playwright() as started:
        chromium = started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture
def open_page(browser: Any, url: str) -> Iterator[Open]:
    """``open_page("?product_id=…", **context)``: the page, which must log no error to the end."""
    contexts, said = [], []

    def opened(address: str = "", **options: Any) -> Any:
        context = browser.new_context(**{"viewport": DESK, "locale": "en-GB", **options})
        context.set_default_timeout(PATIENCE)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("request", lambda one: said.append(one.url) if is_outside(one.url, url) else None)
        page.goto(f"{url}/{address}")
        return page

    yield opened
    for context in contexts:
        context.close()
    assert said == []


def is_outside(address: str, own: str) -> bool:
    return not address.startswith((own, "blob:", "data:"))
