"""Takes the pictures of the page in docs/images: a real server of the sample shop in Chromium.

make demo SERVE=0 && .venv/bin/python -m docs.screenshots
"""

import io
import shutil
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.serve.server import serving

ROOT = Path(__file__).parent.parent
QUERIES = ROOT / "data" / "sample" / "queries"
PHOTO = QUERIES / "chair-02.jpg"
TWO = ("teapot-03.jpg", "bag-04.jpg")
DESK = {"viewport": {"width": 1280, "height": 860}}
PHONE: dict[str, Any] = {
    "viewport": {"width": 390, "height": 844},
    "device_scale_factor": 1.5,
    "is_mobile": True,
    "has_touch": True,
    "color_scheme": "dark",
}
_DECODED = """Promise.all([...document.images].filter((one) => one.complete)
    .map((one) => one.decode().catch(() => 0)))"""
GAP = 24
QUALITY = 80


def main() -> None:
    """Each picture from a page of its own."""
    chromium = shutil.which("chromium")
    with serving(ROOT / "demo-index", 1) as server, sync_playwright() as started:
        browser = started.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        save("page-search", [search(opened(browser, server.url, DESK))])
        save("page-regions", [regions(opened(browser, server.url, DESK))])
        save("page-reasons", [reasons(opened(browser, server.url, DESK))])
        save("page-catalog", [catalog(opened(browser, server.url, DESK), server.url)])
        phones = [opened(browser, server.url, PHONE) for _ in range(3)]
        save("page-phone", [taken(phones[0]), search(phones[1]), reasons(phones[2])])
        browser.close()


def opened(browser: Browser, url: str, options: dict[str, Any]) -> Page:
    """The start page, complete."""
    page = browser.new_context(locale="en-GB", **options).new_page()
    page.goto(url)
    page.wait_for_selector(".card:not(.ghost)")
    return page


def asked(page: Page, picture: Path | dict[str, Any]) -> None:
    """Search for a picture."""
    page.set_input_files("#file", picture)  # type: ignore[arg-type]
    page.wait_for_selector("#filters summary")


def taken(page: Page) -> Image.Image:
    """What is to be seen, once nothing is loaded any more."""
    page.wait_for_load_state("networkidle")
    page.evaluate(_DECODED)
    return Image.open(io.BytesIO(page.screenshot()))


def search(page: Page) -> Image.Image:
    """The products that look like a photo."""
    asked(page, PHOTO)
    return taken(page)


def regions(page: Page) -> Image.Image:
    """A picture of two things, with a box drawn around one of them."""
    halves = [Image.open(QUERIES / name) for name in TWO]
    both = Image.new("RGB", (sum(one.width for one in halves), halves[0].height))
    both.paste(halves[0], (0, 0))
    both.paste(halves[1], (halves[0].width, 0))
    file = io.BytesIO()
    both.save(file, "PNG")
    asked(page, {"name": "both.png", "mimeType": "image/png", "buffer": file.getvalue()})
    canvas = page.locator(".canvas").bounding_box()
    assert canvas is not None  # noqa: S101 - it is shown
    for move, (across, down) in ((page.mouse.down, (0.54, 0.2)), (page.mouse.up, (0.97, 0.95))):
        page.mouse.move(
            canvas["x"] + across * canvas["width"], canvas["y"] + down * canvas["height"], steps=4
        )
        move()
    page.wait_for_url("**box=*")
    page.wait_for_selector(".card:not(.ghost)")
    return taken(page)


def reasons(page: Page) -> Image.Image:
    """Why the second result is there."""
    asked(page, PHOTO)
    page.locator(".why").nth(1).click()
    page.wait_for_selector(".heat canvas")
    return taken(page)


def catalog(page: Page, url: str) -> Image.Image:
    """What is served, and how well."""
    page.goto(f"{url}/catalog")
    page.wait_for_selector(".tile")
    return taken(page)


def save(name: str, shots: list[Image.Image]) -> None:
    """Side by side, as WebP."""
    width = sum(one.width for one in shots) + GAP * (len(shots) - 1)
    whole = Image.new("RGB", (width, shots[0].height), "white")
    left = 0
    for shot in shots:
        whole.paste(shot, (left, 0))
        left += shot.width + GAP
    whole.save(ROOT / "docs" / "images" / f"{name}.webp", quality=QUALITY, method=6)


if __name__ == "__main__":
    main()
