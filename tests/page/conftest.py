"""A real server of the sample catalog, and Chromium to look at its page."""

import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.serving import INDEXER, sample_shop, served

playwright = pytest.importorskip("playwright.sync_api", reason="needs the package playwright")

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
PATIENCE = 60_000
"""Milliseconds that a page may take on a busy machine."""

LEFT_OUT = "headphones-06"
LAMPS = "Home > Decoration > Lamps"

DESK = {"width": 1280, "height": 900}

Open = Callable[..., Any]


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory, converted: Path) -> Path:
    """The sample with two versions, of which the second one had to leave a row out."""
    folder = sample_shop(tmp_path_factory.mktemp("page") / "shop", converted)
    rows = (folder / "catalog.csv").read_text().splitlines()
    assert rows.pop().startswith(LEFT_OUT)
    rows.append(f'lamp-99,lamp.jpg,"<b>Lantern</b>",,{LAMPS},Terrane,cheap,EUR,true,,white,paper')
    (folder / "catalog.csv").write_text("\n".join(rows))
    indexer(folder, "build", "catalog.csv")
    return folder


@pytest.fixture(scope="session")
def url(shop: Path) -> Iterator[str]:
    """Where the page is; the server may fetch pictures from this machine."""
    with served(shop, "--fetch-allow", "127.0.0.1") as server:
        yield server.url


def indexer(folder: Path, *words: str) -> str:
    command = [str(INDEXER), *words]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    return str(done.stdout)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Debian's Chromium; while it runs, Playwright's event loop is that of this thread."""
    if CHROMIUM is None:
        pytest.skip("needs Chromium (Debian package chromium)")
    with playwright.sync_playwright() as started:
        chromium = started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture
def open_page(browser: Any, url: str) -> Iterator[Open]:
    """``open_page("?product_id=…", **context)``: the page, which must log no error to the end.

    ``at`` is another server."""
    contexts, said = [], []

    def opened(address: str = "", at: str = url, **options: Any) -> Any:
        context = browser.new_context(**{"viewport": DESK, "locale": "en-GB", **options})
        context.set_default_timeout(PATIENCE)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("request", lambda one: said.append(one.url) if is_outside(one.url, at) else None)
        page.goto(f"{at}/{address}")
        return page

    yield opened
    for context in contexts:
        context.close()
    assert said == []


def sideways(page: Any) -> int:
    """Pixels by which the page is wider than its window."""
    width: int = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    return width


def is_outside(address: str, own: str) -> bool:
    return not address.startswith((own, "blob:", "data:"))
