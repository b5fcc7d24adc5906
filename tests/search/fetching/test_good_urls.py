"""Every URL that may be fetched is, whatever it looks like; no proxy comes between."""

import pytest

from search.fetching.fetcher import Fetcher
from tests.search.fetching.conftest import Listeners, numbers_and

GOOD = [
    ("127.0.0.1", "http://127.0.0.1:{port}/a.jpg", "/a.jpg"),
    ("127.0.0.0/8", "http://127.0.0.1:{port}/a.jpg", "/a.jpg"),
    ("127.0.0.1", "http://127.1:{port}/a.jpg", "/a.jpg"),
    ("127.0.0.1", "http://0x7f.1:{port}/a.jpg", "/a.jpg"),
    ("localhost", "http://localhost:{port}/a.jpg", "/a.jpg"),
    ("LocalHost.", "HTTP://LOCALHOST:{port}/a.jpg", "/a.jpg"),
    ("shop.test", "http://shop.test:{port}", "/"),
    ("shop.test", "http://shop.test.:{port}/", "/"),
    ("shop.test", "http://shop.test:{port}?size=big", "/?size=big"),
    ("shop.test", "http://shop.test:{port}/a.jpg#top", "/a.jpg"),
    ("shop.test", "http://shop.test:{port}/a%20b/c%2Fd.jpg", "/a%20b/c%2Fd.jpg"),
    ("shop.test", "http://shop.test:{port}/a b.jpg", "/a%20b.jpg"),
    ("shop.test", "http://shop.test:{port}/tröja.jpg", "/tr%C3%B6ja.jpg"),
    ("shop.test", "http://shop.test:{port}/a.jpg?w=1&h=2&s=a%2Bb+c", "/a.jpg?w=1&h=2&s=a%2Bb+c"),
    ("shop.test", "http://shop.test:{port}/?u=http://127.0.0.1/", "/?u=http://127.0.0.1/"),
    ("shop.test", "http://shop.test:{port}/@me/a;v=1,2.jpg", "/@me/a;v=1,2.jpg"),
    ("bücher.test", "http://bücher.test:{port}/a.jpg", "/a.jpg"),
    ("BÜCHER.test", "http://xn--bcher-kva.test:{port}/a.jpg", "/a.jpg"),
    ("xn--bcher-kva.test", "http://bücher.test:{port}/a.jpg", "/a.jpg"),
    ("my_shop.test", "http://my_shop.test:{port}/a.jpg", "/a.jpg"),
    ("shop.test", "http://shop.test:{port}/hops/3/a.jpg", "/hops/0/a.jpg"),
    ("shop.test", "http://shop.test:{port}/to?b.jpg", "/b.jpg"),
    ("shop.test", "http://shop.test:{port}/to?//shop.test:{port}/b.jpg", "/b.jpg"),
    ("127.0.0.0/8", "http://shop.test:{port}/to?http://other.test:{port}/b.jpg", "/b.jpg"),
    ("127.0.0.0/8", "http://shop.test:{port}/to?http://127.0.0.1:{port}/b.jpg", "/b.jpg"),
]


@pytest.mark.parametrize(("allow", "url", "path"), GOOD)
def test_a_good_url_is_fetched(
    monkeypatch: pytest.MonkeyPatch, site: int, allow: str, url: str, path: str
) -> None:
    numbers_and(monkeypatch, lambda _: ["127.0.0.1"])
    with Fetcher([allow], timeout=5) as fetcher:
        body = fetcher.fetch(url.format(port=site)).decode()
    assert body.split(" ", 1)[1] == path
    assert str(site) in body.split(" ", 1)[0]


@pytest.mark.parametrize("allow", ["::1", "::1/128", "::/0"])
@pytest.mark.parametrize("host", ["[::1]", "[0:0:0:0:0:0:0:1]"])
def test_an_ipv6_url_is_fetched(site6: int, allow: str, host: str) -> None:
    with Fetcher([allow], timeout=5) as fetcher:
        assert fetcher.fetch(f"http://{host}:{site6}/a.jpg").endswith(b" /a.jpg")


@pytest.mark.parametrize("name", ["http_proxy", "https_proxy", "all_proxy"])
def test_a_proxy_of_the_environment_is_not_used(
    monkeypatch: pytest.MonkeyPatch, listeners: Listeners, site: int, name: str
) -> None:
    """It would look names up itself, past every check."""
    for spelled in (name, name.upper()):
        monkeypatch.setenv(spelled, f"http://127.0.0.1:{listeners.port}")
    with Fetcher(["127.0.0.1"], timeout=5) as fetcher:
        assert fetcher.fetch(f"http://127.0.0.1:{site}/a.jpg").endswith(b" /a.jpg")
    assert listeners.connections() == 0
