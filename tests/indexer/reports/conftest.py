"""What a page must not hold."""

from collections.abc import Callable
from html.parser import HTMLParser

import pytest


class _Reader(HTMLParser):
    """What a browser would find in a page: its elements, the text, and what they refer to."""

    def __init__(self) -> None:
        super().__init__()
        self.elements: list[str] = []
        self.handlers: list[str] = []
        self.addresses: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(tag)
        for name, value in attrs:
            if name.startswith("on"):
                self.handlers.append(name)
            if name in ("src", "srcset", "href", "xlink:href", "action", "data", "poster"):
                self.addresses.append(value or "")

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.fixture(scope="session")
def read_page() -> Callable[[str], _Reader]:
    """Read a page, and make sure that it runs nothing and fetches nothing."""

    def read(html: str) -> _Reader:
        page = _Reader()
        page.feed(html)
        page.close()
        assert not {"script", "iframe", "object", "embed", "link", "base"} & {*page.elements}
        assert page.handlers == []
        outside = [one for one in page.addresses if not one.startswith(("data:image/jpeg;", "#"))]
        assert outside == []
        assert "@import" not in html
        assert html.count("url(") == html.count("url(#"), "what a chart clips with is in the page"
        assert "default-src 'none'" in html
        return page

    return read
