"""The search page in a real browser, as somebody uses it who reads no manual."""

import re
from pathlib import Path

import pytest

from tests.page.asking import CARDS, PHOTO, first, search, titles
from tests.page.conftest import Open, sideways

expect = pytest.importorskip("playwright.sync_api").expect

PASTE = """async (bytes) => {
    const file = new File([new Uint8Array(bytes)], "pasted.jpg", {type: "image/jpeg"});
    const data = new DataTransfer();
    data.items.add(file);
    const event = (name, more) => Object.assign(new Event(name, {bubbles: true}), more);
    dispatchEvent(event("%s", {%s: data}));
}"""


def test_the_first_page_shows_products_to_go_on_from(open_page: Open) -> None:
    page = open_page()
    assert len(titles(page)) == 24
    page.locator("#more").scroll_into_view_if_needed()
    expect(page.locator(CARDS)).not_to_have_count(24)
    page.locator(".card-title").first.click()
    page.wait_for_url("**/?product_id=*")
    page.wait_for_selector("#query img")


def test_a_chosen_photo_finds_its_product_and_says_its_category(open_page: Open) -> None:
    page = open_page()
    search(page)
    assert first(page) == "chair-02"
    assert "Home > Furniture > Chairs" in page.locator("#query-facts").inner_text()
    assert page.locator("#query-picture img").evaluate("one => one.naturalWidth") > 0


@pytest.mark.parametrize(("name", "field"), [("paste", "clipboardData"), ("drop", "dataTransfer")])
def test_a_picture_can_be_pasted_and_dropped(open_page: Open, name: str, field: str) -> None:
    page = open_page()
    titles(page)
    page.evaluate(PASTE % (name, field), list(PHOTO.read_bytes()))
    page.wait_for_url("**/?image_id=*")
    assert first(page) == "chair-02"


def test_a_category_and_a_facet_filter_and_back_undoes_them(open_page: Open) -> None:
    page = open_page()
    search(page)
    everything = titles(page)
    page.locator(".crumbs .chip").nth(0).click()
    page.wait_for_selector(".applied .chip")
    assert "filter=category" in page.url
    page.locator("#sections details", has_text="Brand").locator("input").first.check()
    expect(page.locator(".applied .chip")).to_have_count(3)  # one removes all
    assert 0 < len(titles(page)) < len(everything)
    page.go_back()
    expect(page).not_to_have_url(re.compile("brand"))
    page.go_back()
    expect(page).not_to_have_url(re.compile("filter"))
    expect(page.locator(CARDS)).to_have_count(len(everything))
    assert titles(page) == everything
    page.go_forward()
    page.wait_for_selector(".applied .chip")


def test_prices_are_those_asked_for(open_page: Open) -> None:
    page = open_page("?product_id=mug-01&filter=price:10..15")
    titles(page)
    prices = page.locator(".price").all_inner_texts()
    assert prices
    assert all(10 <= float(re.sub(r"[^\d.]", "", text)) <= 15 for text in prices)


def test_a_shared_address_shows_the_same_to_somebody_else(open_page: Open) -> None:
    page = open_page()
    search(page)
    page.locator(".crumbs .chip").first.click()
    page.wait_for_selector(".applied .chip")
    other = open_page(page.url.rpartition("/")[2])
    other.wait_for_selector(".applied .chip")
    assert titles(other) == titles(page)
    other.wait_for_load_state("networkidle")
    assert other.locator("#query-picture img").evaluate("one => one.naturalWidth") > 0


def test_a_filter_that_nothing_passes_says_so_and_can_be_removed(open_page: Open) -> None:
    page = open_page("?product_id=mug-01&filter=price:..0.01")
    page.get_by_text("No product passes these filters").wait_for()
    page.get_by_role("button", name="Remove the filters").click()
    page.wait_for_selector(CARDS)


def test_a_file_that_is_no_picture_is_refused_in_words(open_page: Open, tmp_path: Path) -> None:
    page = open_page()
    (tmp_path / "notes.pdf").write_bytes(b"%PDF-1.4 nothing")
    page.set_input_files("#file", tmp_path / "notes.pdf")
    page.wait_for_selector("#problem:not([hidden])")
    assert "PDF document" in page.locator("#problem").inner_text()


def test_a_file_that_is_too_large_is_not_even_sent(open_page: Open, tmp_path: Path) -> None:
    page = open_page()
    (tmp_path / "huge.jpg").write_bytes(bytes(20_000_001))
    page.set_input_files("#file", tmp_path / "huge.jpg")
    page.get_by_text("larger than 20 MB").wait_for()


def test_a_picture_that_is_not_kept_any_more_is_asked_for_again(open_page: Open) -> None:
    page = open_page("?image_id=forgotten")
    page.get_by_text("Choose it again").wait_for()


def test_a_server_that_is_gone_can_be_asked_again(open_page: Open) -> None:
    page = open_page()
    titles(page)
    page.context.set_offline(True)
    page.locator(".card-title").first.click()
    page.get_by_text("The server does not answer").wait_for()
    page.context.set_offline(False)
    page.get_by_role("button", name="Try again").click()
    page.wait_for_selector(CARDS)


def test_it_works_with_the_keyboard_alone(open_page: Open) -> None:
    page = open_page()
    titles(page)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the results"
    page.locator(".card-title").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/?product_id=*")
    expect(page.locator("#results-title")).to_be_focused()


def test_a_phone_shows_results_without_scrolling_sideways(open_page: Open) -> None:
    page = open_page(
        "?product_id=mug-01", viewport={"width": 320, "height": 640}, is_mobile=True, has_touch=True
    )
    titles(page)
    page.wait_for_selector("#filters summary")
    assert sideways(page) <= 0
    assert page.get_by_text("Take a photo").is_visible()


def test_text_of_a_catalog_is_never_markup(open_page: Open) -> None:
    page = open_page("?product_id=%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E")
    page.wait_for_selector("#problem:not([hidden])")
    assert "<img src=x" in page.locator("#problem").inner_text()
    assert page.locator("#problem img").count() == 0


def test_the_start_shows_something_of_everything(open_page: Open) -> None:
    page = open_page()
    titles(page)
    shown = page.locator(CARDS).evaluate_all("all => all.map((one) => one.dataset.product)")
    kinds = {str(one).rpartition("-")[0] for one in shown}
    assert len(kinds) >= 10  # of the sample's 12


def test_the_address_of_a_picture_finds_it_and_stays_in_the_address_bar(
    open_page: Open, url: str
) -> None:
    page = open_page()
    titles(page)
    page.fill("#url", f"{url}/images/7")
    page.keyboard.press("Enter")
    page.wait_for_url("**/?image=http*")
    page.wait_for_selector("#filters summary")
    assert first(page) == "mug-03"
    page.locator(".crumbs .chip").first.click()
    page.wait_for_selector(".applied .chip")
    assert "image=http" in page.url


def test_an_address_that_gives_no_picture_is_refused_in_words(open_page: Open, url: str) -> None:
    page = open_page()
    page.fill("#url", f"{url}/openapi.json")
    page.get_by_role("button", name="Search").click()
    page.get_by_text("not a readable image").wait_for()


@pytest.mark.parametrize("address", ["", "?product_id=mug-01", "catalog"])
def test_nothing_is_wider_than_the_window(open_page: Open, address: str) -> None:
    page = open_page(address)
    page.wait_for_selector(f"{CARDS}, .tile")
    page.wait_for_load_state("networkidle")
    for width in (320, 390, 768, 1280, 3840):
        page.set_viewport_size({"width": width, "height": 800})
        assert sideways(page) <= 0


def test_nothing_moves_for_those_who_want_no_motion(open_page: Open) -> None:
    page = open_page(reduced_motion="reduce")
    page.route("**/similar?*", lambda _: None)  # stays in the loading state
    page.locator(".card-title").first.click()
    page.wait_for_selector(".ghost")
    assert page.evaluate("document.getAnimations().length") == 0
    page.unroute_all()
