"""The catalog page: what is served, how well, what was left out, and going back to a version."""

import re

import pytest

from tests.page.asking import titles
from tests.page.conftest import Open

expect = pytest.importorskip("playwright.sync_api").expect


def test_it_says_what_is_served_how_well_and_how_fast(open_page: Open) -> None:
    page = open_page("?product_id=mug-01")
    titles(page)
    page.get_by_role("link", name="Catalog").click()
    page.wait_for_url("**/catalog")
    page.wait_for_selector(".tile")
    expect(page.locator(".tile", has_text="Products")).to_contain_text("71")
    expect(page.locator("tr", has_text="Right product first")).to_contain_text("%")
    for name in ("Scores of first results", "Same product: said, and right"):
        assert page.locator("figure", has_text=name).locator("svg.chart > *").count() > 10
    expect(page.locator("tr", has_text="GET /similar")).to_contain_text("ms")
    page.get_by_role("link", name="Search").click()
    titles(page)


def test_what_was_left_out_is_told_with_its_reason_as_text(open_page: Open) -> None:
    page = open_page("catalog")
    row = page.locator("tr", has_text="lamp-99")
    expect(row).to_contain_text("'cheap' is not a number")
    assert page.locator("main b").count() == 0


def test_an_older_version_is_made_live_and_the_newer_one_again(open_page: Open) -> None:
    page = open_page("catalog")
    for before, after in ((2, 1), (1, 2)):
        expect(page.locator(".live")).to_have_count(1)
        expect(page.locator("tr", has=page.locator(".live"))).to_contain_text(f"{before}")
        page.get_by_role("button", name=f"Make live version {after}").click()
        expect(page.get_by_role("button", name="Cancel")).to_be_focused()
        page.keyboard.press("Escape")  # nothing happens
        page.get_by_role("button", name=f"Make live version {after}").click()
        page.get_by_role("button", name=f"Make version {after} live").click()
        page.get_by_text(f"Version {after} is live").wait_for()
        row = page.locator("tr", has=page.locator(".live")).locator("th")
        expect(row).to_have_text(re.compile(f"^{after}$"))


def test_a_server_that_is_gone_is_told_and_asked_again(open_page: Open) -> None:
    page = open_page("catalog")
    page.wait_for_selector(".tile")
    page.context.set_offline(True)
    page.get_by_role("button", name="Refresh").click()
    page.get_by_text("The server does not answer").wait_for()
    page.context.set_offline(False)
    page.get_by_role("button", name="Try again").click()
    page.get_by_text("Read at").wait_for()
