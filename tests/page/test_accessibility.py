"""WCAG 2.2 AA as far as a program can tell (axe-core), in each state, light and dark."""

from typing import Any

import pytest

from tests.page.asking import CARDS, search
from tests.page.conftest import Open

axe = pytest.importorskip(
    "axe_playwright_python.sync_playwright", reason="needs the package axe-playwright-python"
)
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


def findings(page: Any) -> list[str]:
    found = axe.Axe().run(page, options=RULES).response["violations"]
    return [f"{one['id']}: {node['html'][:150]}" for one in found for node in one["nodes"]]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_state_of_the_page_has_a_finding(open_page: Open, scheme: str) -> None:
    page = open_page(color_scheme=scheme, bypass_csp=True)  # axe is put into the page
    page.wait_for_selector(CARDS)
    assert findings(page) == []
    search(page)
    assert findings(page) == []
    page.locator(".crumbs .chip").first.click()
    page.wait_for_selector(".applied .chip")
    page.wait_for_selector(CARDS)
    assert findings(page) == []


@pytest.mark.parametrize(
    "address", ["?image_id=forgotten", "?product_id=mug-01&filter=price:..0.01"]
)
def test_errors_and_empty_results_have_no_finding(open_page: Open, address: str) -> None:
    page = open_page(address, bypass_csp=True, viewport={"width": 320, "height": 640})
    page.wait_for_selector("#problem:not([hidden]), .empty")
    assert findings(page) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_drawing_a_box_has_no_finding(open_page: Open, scheme: str) -> None:
    page = open_page(color_scheme=scheme, bypass_csp=True)
    search(page)
    page.get_by_role("button", name="Choose a part").click()
    page.wait_for_selector(".region.own:not([hidden])")
    assert findings(page) == []
    page.keyboard.press("Enter")
    page.wait_for_url("**box=*")
    page.wait_for_selector(CARDS)
    assert findings(page) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_the_catalog_page_has_no_finding(open_page: Open, scheme: str, width: int) -> None:
    page = open_page(
        "catalog",
        color_scheme=scheme,
        bypass_csp=True,
        viewport={"width": width, "height": 800},
    )
    page.wait_for_selector(".tile")
    assert findings(page) == []
    page.get_by_role("button", name="Make live").first.click()
    page.wait_for_selector("dialog[open]")
    assert findings(page) == []
