"""What tests of the page do with it."""

from pathlib import Path
from typing import Any

from tests.serving import SAMPLE

PHOTO = SAMPLE / "queries" / "chair-02.jpg"
CARDS = ".card:not(.ghost)"


def titles(page: Any) -> list[str]:
    page.wait_for_selector(CARDS)
    return [str(text) for text in page.locator(".card-title").all_text_contents()]


def search(page: Any, photo: Path = PHOTO) -> None:
    page.set_input_files("#file", photo)
    page.wait_for_url("**/?image_id=*")
    page.wait_for_selector("#filters summary")


def first(page: Any) -> str | None:
    """The id of the best result."""
    page.wait_for_selector(CARDS)
    found: str | None = page.locator(CARDS).first.get_attribute("data-product")
    return found
