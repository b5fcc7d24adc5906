"""Images behind URLs: asked whether they changed, and their bytes kept only if that is wanted."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from indexer.build import BuildReport
from indexer.ingesting.downloads import Downloads
from search.arrays import Floats, Pixels
from search.fetching.fetcher import NO_VALIDATORS, Validators
from tests.indexer.ingesting.colour_pipeline import Pipeline

URL = "http://shop.example/a.png"


def png(colour: str) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (16, 16), colour).save(file, "PNG")
    return file.getvalue()


@pytest.fixture
def url(site: Any) -> str:
    site.pages["/a.png"] = png("red")
    return f"{site.url}/a.png"


class TestAskingAgain:
    @pytest.mark.parametrize(("has_etags", "asked"), [(True, 3), (False, 1)])
    def test_an_unchanged_image_is_sent_and_embedded_once(
        self, tmp_path: Path, site: Any, url: str, has_etags: bool, asked: int
    ) -> None:
        site.has_etags = has_etags
        pipeline = Pipeline(tmp_path)
        assert [pipeline.run(url).embedded for _ in range(3)] == [1, 0, 0]
        assert (site.asked["/a.png"], site.sent["/a.png"]) == (asked, 1)
        assert list(pipeline.vectors()) == [url]

    def test_an_unchanged_image_gives_no_product_a_revision(
        self, tmp_path: Path, site: Any, url: str
    ) -> None:
        site.has_etags = True
        pipeline = Pipeline(tmp_path)
        pipeline.run(url)
        before = pipeline.bench.catalog.revision()
        pipeline.run(url)
        assert pipeline.bench.catalog.revision() == before

    def test_a_changed_image_is_embedded_and_measured(
        self, tmp_path: Path, site: Any, url: str
    ) -> None:
        site.has_etags = True
        pipeline = Pipeline(tmp_path)
        pipeline.run(url)
        site.pages["/a.png"] = png("blue")
        assert pipeline.run(url).embedded == 1
        assert pipeline.vectors() == {url: [1, 1, 256]}
        assert pipeline.colours() == {url: ["blue"]}
        pipeline.run(url)
        assert site.sent["/a.png"] == 2, "the new one is known now"

    @pytest.mark.parametrize("now", [None, b"<html>Sold out</html>"])
    def test_a_known_image_stays_when_its_server_fails_or_sends_no_picture(
        self, tmp_path: Path, site: Any, url: str, now: bytes | None
    ) -> None:
        site.has_etags = True
        pipeline = Pipeline(tmp_path)
        pipeline.run(url)
        if now is None:
            del site.pages["/a.png"]
        else:
            site.pages["/a.png"] = now
        assert pipeline.run(url).rejected == 0
        assert pipeline.vectors() == {url: [256, 1, 1]}

    def test_another_model_needs_the_bytes_whatever_the_server_calls_them(
        self, tmp_path: Path, site: Any, url: str
    ) -> None:
        site.has_etags = True
        Pipeline(tmp_path).run(url)
        assert Pipeline(tmp_path, "other").run(url).embedded == 1
        assert site.sent["/a.png"] == 2

    def test_many_images_come_in_one_run(self, tmp_path: Path, site: Any) -> None:
        site.pages |= {f"/{n}.png": png(f"rgb({n}, 0, 0)") for n in range(100)}
        pipeline = Pipeline(tmp_path)
        urls = [f"{site.url}/{n}.png" for n in range(100)]
        assert pipeline.run(*urls).embedded == 100
        assert pipeline.vectors() == {one: [n + 1, 1, 1] for n, one in enumerate(urls)}


class TestKeeping:
    @pytest.mark.parametrize("has_etags", [True, False])
    def test_another_model_uses_what_was_kept(
        self, tmp_path: Path, site: Any, url: str, has_etags: bool
    ) -> None:
        site.has_etags = has_etags
        kept = Downloads(tmp_path / "downloads")
        Pipeline(tmp_path, downloads=kept).run(url)
        assert Pipeline(tmp_path, "other", kept).run(url).embedded == 1
        assert (site.asked["/a.png"], site.sent["/a.png"]) == (2 if has_etags else 1, 1)

    def test_an_interrupted_run_is_gone_on_with(
        self, tmp_path: Path, site: Any, url: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        pipeline = Pipeline(tmp_path, downloads=Downloads(tmp_path / "downloads"))

        def interrupted(_: Pixels) -> Floats:
            raise KeyboardInterrupt

        with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
            patch.setattr(pipeline.runtime, "features", interrupted)
            pipeline.run(url)
        assert pipeline.vectors() == {}
        again = Pipeline(tmp_path, downloads=Downloads(tmp_path / "downloads"))
        assert again.run(url).embedded == 1
        assert site.sent["/a.png"] == 1

    def test_a_changed_image_takes_the_place_of_the_kept_one(
        self, tmp_path: Path, site: Any, url: str
    ) -> None:
        site.has_etags = True
        kept = Downloads(tmp_path / "downloads")
        Pipeline(tmp_path, downloads=kept).run(url)
        site.pages["/a.png"] = png("blue")
        other = Pipeline(tmp_path, "other", kept)
        other.run(url)
        assert other.vectors() == {url: [1, 1, 256]}
        found = kept.find(url)
        assert found is not None
        assert found.data == png("blue")

    def test_what_is_no_picture_is_not_kept(self, tmp_path: Path, site: Any) -> None:
        site.pages["/a.png"] = b"<html>Soon</html>"
        kept = Downloads(tmp_path / "downloads")
        assert Pipeline(tmp_path, downloads=kept).run(f"{site.url}/a.png").rejected == 1
        assert kept.find(f"{site.url}/a.png") is None

    @pytest.mark.parametrize("part", ["contents", "urls"])
    @pytest.mark.parametrize("damage", [b"", b"[]", b'["x"]', b'{"a": 1}', b'["..", 1, 2]', None])
    def test_what_is_damaged_or_deleted_counts_as_not_there(
        self, tmp_path: Path, part: str, damage: bytes | None
    ) -> None:
        kept = Downloads(tmp_path)
        kept.keep(URL, b"pixels", Validators('"v1"'))
        assert kept.find(URL) == (b"pixels", Validators('"v1"'))
        for path in (tmp_path / part).iterdir():
            path.unlink() if damage is None else path.write_bytes(damage)
        assert kept.find(URL) is None
        kept.keep(URL, b"pixels", NO_VALIDATORS)
        assert (kept.find(URL) is None) == (part == "contents" and damage is not None)

    def test_one_content_under_many_urls_is_one_file(self, tmp_path: Path) -> None:
        kept = Downloads(tmp_path)
        for n in range(5):
            kept.keep(f"{URL}?{n}", b"pixels", NO_VALIDATORS)
        assert len(list((tmp_path / "contents").iterdir())) == 1
        assert kept.find(f"{URL}?3") == (b"pixels", NO_VALIDATORS)


def test_a_build_keeps_downloads_if_asked(
    index: Path,
    tmp_path: Path,
    build: Callable[..., BuildReport],
    write_rows: Callable[[Path, list[dict[str, Any]]], Path],
    url: str,
) -> None:
    file = write_rows(tmp_path / "shop" / "catalog.csv", [{"product_id": "p", "image": url}])
    build(file, index, fetch_allow=("127.0.0.1",), cache_downloads=True)
    assert Downloads(index / "downloads").find(url) == (png("red"), NO_VALIDATORS)
