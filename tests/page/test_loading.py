"""The page is light, may be kept, and shows pictures no larger than they are seen."""

import io

import httpx
import pytest
from PIL import Image

from tests.page.asking import CARDS
from tests.page.conftest import Open

LIGHT = 150_000
"""Bytes of a first load without pictures, as they are sent."""


@pytest.mark.parametrize(("address", "ready"), [("", CARDS), ("catalog", ".tile")])
def test_a_first_load_is_light(open_page: Open, url: str, address: str, ready: str) -> None:
    page = open_page("healthz")
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    sent: dict[str, int] = {}
    pictures: set[str] = set()
    session.on(
        "Network.responseReceived",
        lambda one: pictures.add(one["requestId"]) if one["type"] == "Image" else None,
    )
    session.on(
        "Network.loadingFinished",
        lambda one: sent.update({one["requestId"]: one["encodedDataLength"]}),
    )
    page.goto(f"{url}/{address}")
    page.wait_for_selector(ready)
    page.wait_for_load_state("networkidle")
    own = [size for request, size in sent.items() if request not in pictures]
    assert len(own) > 10
    assert 10_000 < sum(own) < LIGHT


def test_scripts_are_packed_and_asked_for_anew_only_when_they_changed(url: str) -> None:
    with httpx.Client(base_url=url, trust_env=False) as client:
        first = client.get("/page/main.js")
        assert first.headers["content-encoding"] == "gzip"
        assert first.headers["cache-control"] == "no-cache"
        again = client.get("/page/main.js", headers={"If-None-Match": first.headers["etag"]})
        assert again.status_code == 304


def test_thumbnails_may_be_kept_and_are_as_large_as_asked(url: str) -> None:
    with httpx.Client(base_url=url, trust_env=False) as client:
        for width in (160, 320):
            answer = client.get(f"/images/7?width={width}")
            assert "max-age=3600" in answer.headers["cache-control"]
            with Image.open(io.BytesIO(answer.content)) as picture:
                assert max(picture.size) == width


@pytest.mark.parametrize("density", [1, 2])
def test_pictures_fit_the_screen(open_page: Open, density: int) -> None:
    page = open_page(device_scale_factor=density)
    page.wait_for_selector(CARDS)
    page.wait_for_load_state("networkidle")
    first = page.locator(f"{CARDS} img").first
    loaded = int(first.evaluate("one => one.currentSrc").rpartition("=")[2])
    needed = density * first.evaluate("one => one.clientWidth")
    assert needed <= 1.2 * loaded
    assert loaded <= 2 * needed


def test_pages_run_their_own_scripts_alone(url: str) -> None:
    with httpx.Client(base_url=url, trust_env=False) as client:
        for path in ("/", "/catalog"):
            policy = client.get(path).headers["content-security-policy"]
            assert "script-src 'self'" in policy
            assert "unsafe" not in policy.partition("script-src")[2].partition(";")[0]
