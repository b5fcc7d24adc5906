"""A server that asks for keys: the page asks for one, keeps it in its tab, and tells nobody."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.page.asking import CARDS, search, titles
from tests.page.conftest import Open, indexer
from tests.page.test_accessibility import findings
from tests.serving import served

expect = pytest.importorskip("playwright.sync_api").expect


class Guarded(NamedTuple):
    """A server, and keys that it knows."""

    url: str
    read: str
    admin: str


@pytest.fixture(scope="module")
def guarded(shop: Path) -> Iterator[Guarded]:
    """Of the same index as the other one."""
    keys = [
        json.loads(indexer(shop, "keys", "add", f"page-{scope}", "--scope", scope, "--json"))["key"]
        for scope in ("read", "admin")
    ]
    with served(shop, "--auth") as server:
        yield Guarded(server.url, *keys)


def enter(page: Any, key: str) -> None:
    page.get_by_label("API key").fill(key)
    page.get_by_role("button", name="Use this key").click()


def test_the_page_asks_for_a_key_and_goes_on(open_page: Open, guarded: Guarded) -> None:
    page = open_page(at=guarded.url, bypass_csp=True)
    page.get_by_text("This server asks for an API key").wait_for()
    expect(page.get_by_label("API key")).to_be_focused()
    assert findings(page) == []
    enter(page, guarded.read)
    titles(page)
    search(page)
    page.wait_for_load_state("networkidle")
    pictures = [page.locator("#query-picture img"), page.locator(f"{CARDS} img").first]
    for picture in pictures:
        expect(picture).to_be_visible()
        assert picture.evaluate("one => one.naturalWidth") > 0
    assert findings(page) == []


def test_the_key_is_in_no_address_and_in_no_other_tab(open_page: Open, guarded: Guarded) -> None:
    page = open_page(at=guarded.url)
    asked: list[str] = []
    page.on("request", lambda one: asked.append(one.url))
    enter(page, guarded.read)
    titles(page)
    assert asked
    assert not [one for one in [page.url, *asked] if guarded.read in one]
    assert page.evaluate("document.cookie + JSON.stringify(localStorage)") == "{}"
    open_page(at=guarded.url).get_by_label("API key").wait_for()
    page.reload()
    titles(page)  # it is still known here
    page.get_by_role("button", name="Forget the key").click()
    page.get_by_label("API key").wait_for()


def test_a_wrong_key_is_asked_for_again(open_page: Open, guarded: Guarded) -> None:
    page = open_page(at=guarded.url)
    enter(page, "lk_wrong")
    page.get_by_text("none of this server's").wait_for()
    enter(page, guarded.read)
    titles(page)


def test_the_catalog_page_needs_a_key_for_administrators(open_page: Open, guarded: Guarded) -> None:
    page = open_page("catalog", at=guarded.url)
    enter(page, guarded.read)
    page.get_by_text("this needs admin").wait_for()
    enter(page, guarded.admin)
    page.wait_for_selector(".tile")


def test_where_no_key_is_needed_none_is_asked_for(open_page: Open) -> None:
    page = open_page()
    titles(page)
    assert page.get_by_label("API key").count() == 0
    assert page.get_by_role("button", name="Forget the key").count() == 0
