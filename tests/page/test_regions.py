"""A part of the picture is searched for: by dragging, clicking, tapping, or with keys alone."""

import re
from typing import Any
from urllib.parse import parse_qs, urlparse

import pytest

from tests.page.asking import CARDS, first, search, titles
from tests.page.conftest import Open

expect = pytest.importorskip("playwright.sync_api").expect


def box_of(page: Any) -> list[int]:
    """The box that the address names."""
    return [int(one) for one in parse_qs(urlparse(page.url).query)["box"][0].split(",")]


def asked(page: Any) -> list[str]:
    """What is sent from now on, by method and path."""
    sent: list[str] = []
    page.on("request", lambda one: sent.append(f"{one.method} {urlparse(one.url).path}"))
    return sent


def corner(page: Any, x: float, y: float) -> tuple[float, float]:
    """A place of the picture on the screen, from shares of its sides."""
    canvas = page.locator(".canvas")
    canvas.scroll_into_view_if_needed()
    found = canvas.bounding_box()
    return found["x"] + x * found["width"], found["y"] + y * found["height"]


def drag(page: Any, start: tuple[float, float], end: tuple[float, float]) -> None:
    page.mouse.move(*corner(page, *start))
    page.mouse.down()
    page.mouse.move(*corner(page, *end), steps=4)
    page.mouse.up()


def size_of(page: Any) -> int:
    """The sample's photos are squares."""
    side: int = page.locator(".canvas img").evaluate("one => one.naturalWidth")
    return side


def test_a_drawn_box_is_searched_with_no_new_upload(open_page: Open) -> None:
    page = open_page()
    search(page)
    side = size_of(page)
    sent = asked(page)
    drag(page, (0.2, 0.1), (0.8, 0.6))
    page.wait_for_url("**box=*")
    page.wait_for_selector(CARDS)
    x1, y1, x2, y2 = (one / side for one in box_of(page))
    assert (x1, y1, x2, y2) == pytest.approx((0.2, 0.1, 0.8, 0.6), abs=0.03)
    assert not [one for one in sent if one.startswith("POST")]
    own = page.locator(".region[aria-pressed=true]")
    expect(own).to_be_visible()


def test_back_takes_the_box_away_and_a_shared_link_has_it(open_page: Open) -> None:
    page = open_page()
    search(page)
    whole = titles(page)
    drag(page, (0.3, 0.3), (0.6, 0.6))
    page.wait_for_url("**box=*")
    page.wait_for_load_state("networkidle")
    part = titles(page)
    other = open_page(page.url.rpartition("/")[2])
    assert titles(other) == part
    expect(other.locator(".region[aria-pressed=true]")).to_be_visible()
    page.go_back()
    expect(page).not_to_have_url(re.compile("box="))
    page.wait_for_load_state("networkidle")
    assert titles(page) == whole


def test_the_whole_picture_can_be_asked_for_again(open_page: Open) -> None:
    page = open_page()
    search(page)
    side = size_of(page)
    drag(page, (0.3, 0.3), (0.6, 0.6))
    page.wait_for_url("**box=*")
    page.get_by_role("button", name="Whole picture").click()
    page.wait_for_url(f"**box=0%2C0%2C{side}%2C{side}*")
    expect(page.get_by_role("button", name="Whole picture")).to_have_count(0)


def test_keys_alone_move_and_resize_the_box(open_page: Open) -> None:
    page = open_page()
    search(page)
    side = size_of(page)
    page.get_by_role("button", name="Choose a part").focus()
    page.keyboard.press("Enter")
    shape = page.locator(".region.own")
    expect(shape).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Choose a part")).to_be_focused()
    page.keyboard.press("Enter")
    for key in ("ArrowLeft", "ArrowUp", "Shift+ArrowRight"):
        page.keyboard.press(key)
    page.keyboard.press("Enter")
    page.wait_for_url("**box=*")
    step = 0.04
    shares = [one / side for one in box_of(page)]
    assert shares == pytest.approx([0.25 - step, 0.25 - step, 0.75, 0.75 - step], abs=0.01)


def test_two_clicks_do_without_dragging(open_page: Open) -> None:
    page = open_page()
    search(page)
    page.get_by_role("button", name="Choose a part").click()
    page.mouse.click(*corner(page, 0.1, 0.1))
    page.mouse.click(*corner(page, 0.5, 0.9))
    page.wait_for_url("**box=*")
    shares = [one / size_of(page) for one in box_of(page)]
    assert shares == pytest.approx([0.1, 0.1, 0.5, 0.9], abs=0.03)


def test_a_finger_scrolls_until_it_is_to_draw(open_page: Open) -> None:
    page = open_page(viewport={"width": 390, "height": 800}, is_mobile=True, has_touch=True)
    search(page)
    page.touchscreen.tap(*corner(page, 0.5, 0.5))
    expect(page.locator(".canvas.drawing")).to_have_count(0)
    page.get_by_role("button", name="Choose a part").tap()
    page.touchscreen.tap(*corner(page, 0.1, 0.2))
    page.touchscreen.tap(*corner(page, 0.9, 0.7))
    page.wait_for_url("**box=*")
    shares = [one / size_of(page) for one in box_of(page)]
    assert shares == pytest.approx([0.1, 0.2, 0.9, 0.7], abs=0.04)


def test_what_stands_out_is_drawn_and_searched_when_it_is_chosen(open_page: Open) -> None:
    page = open_page()
    search(page)
    found = page.get_by_role("button", name="Part 1: search for it")
    found.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**box=*")
    chosen = page.get_by_role("button", name="Part 1: searched now")
    expect(chosen).to_have_attribute("aria-pressed", "true")
    x1, y1, x2, y2 = box_of(page)
    assert 0 < (x2 - x1) * (y2 - y1) < size_of(page) ** 2
    assert first(page) == "chair-02"
