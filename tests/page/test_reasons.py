"""'Why?' at each result: where the likeness lies, and what both have in common."""

from typing import Any

import pytest

from tests.page.asking import CARDS, search, titles
from tests.page.conftest import Open, sideways
from tests.page.test_accessibility import findings

expect = pytest.importorskip("playwright.sync_api").expect

DRAWN = """all => all.map((one) => {
    const {data} = one.getContext("2d").getImageData(0, 0, one.width, one.height);
    return new Set(data).size;
})"""


def why(page: Any, place: int = 0) -> None:
    page.locator(".why").nth(place).click()
    page.wait_for_selector(".heat canvas")


def test_both_heat_maps_and_the_facts_are_shown(open_page: Open) -> None:
    page = open_page()
    search(page)
    why(page)
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Home > Furniture > Chairs")
    expect(dialog).to_contain_text("The next one")
    expect(dialog).to_contain_text("apart")
    kinds = page.locator(".heat canvas").evaluate_all(DRAWN)
    assert len(kinds) == 2
    assert min(kinds) > 20  # different values, so a map and no flat colour
    page.wait_for_load_state("networkidle")
    widths = page.locator(".heat img").evaluate_all("all => all.map((one) => one.naturalWidth)")
    assert min(widths) > 0
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(page.locator(".why").first).to_be_focused()


def test_the_score_is_that_of_the_part_that_was_searched(open_page: Open) -> None:
    page = open_page()
    search(page)
    page.get_by_role("button", name="Part 1: search for it").click()
    page.wait_for_url("**box=*")
    page.wait_for_selector(CARDS)
    page.get_by_label("Scores").check()
    score = page.locator(".score").first.inner_text().split()[1].strip(",")
    why(page)
    expect(page.get_by_role("dialog")).to_contain_text(score)


def test_a_result_of_a_product_is_explained_too(open_page: Open) -> None:
    page = open_page("?product_id=mug-01")
    titles(page)
    why(page, 1)
    expect(page.get_by_role("dialog")).to_contain_text("Home > Kitchen > Mugs")


def test_a_failure_is_told_in_words(open_page: Open) -> None:
    page = open_page("?product_id=mug-01")
    titles(page)
    page.route("**/explain?*", lambda route: route.abort())
    page.locator(".why").first.click()
    page.get_by_role("dialog").get_by_text("The server does not answer").wait_for()


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 320)])
def test_the_reasons_have_no_finding(open_page: Open, scheme: str, width: int) -> None:
    page = open_page(color_scheme=scheme, bypass_csp=True, viewport={"width": width, "height": 700})
    search(page)
    why(page)
    page.wait_for_load_state("networkidle")
    assert findings(page) == []
    assert sideways(page) <= 0
