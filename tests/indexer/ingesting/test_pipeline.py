"""Reading and embedding as a stream: bounded, undisturbed by bad images, safe to interrupt."""

import io
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest.mock import ANY

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from indexer.build import BuildReport
from indexer.ingesting.pipeline import Tally
from indexer.ingesting.reading import Decoded
from search.arrays import Floats, Pixels
from search.catalog.records import ImageRef
from tests.indexer.ingesting.colour_pipeline import Pipeline, save
from tests.machine import of_the_work

Build = Callable[..., BuildReport]

BAD = ["empty", "text", "truncated", "dot", "bomb"]


@pytest.fixture
def pipeline(tmp_path: Path) -> Pipeline:
    return Pipeline(tmp_path)


def save_bad(path: Path, kind: str) -> str:
    """A file that no picture can be made of."""
    good = io.BytesIO()
    Image.effect_noise((64, 64), 50).save(good, "PNG")
    dot = io.BytesIO()
    Image.new("RGB", (1, 1)).save(dot, "PNG")
    data = good.getvalue()
    bomb = data[:16] + (30_000).to_bytes(4, "big") * 2 + data[24:]
    kinds = {"empty": b"", "text": b"no picture at all", "truncated": data[: len(data) // 2]}
    path.write_bytes((kinds | {"dot": dot.getvalue(), "bomb": bomb})[kind])
    return path.name


class TestBadImages:
    @settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
    @given(kinds=st.lists(st.sampled_from(["good", *BAD]), min_size=1, max_size=40))
    def test_just_those_are_rejected_and_every_other_gets_the_vector_it_gets_alone(
        self, tmp_path_factory: pytest.TempPathFactory, kinds: list[str]
    ) -> None:
        folder = tmp_path_factory.mktemp("mixed")
        pipeline = Pipeline(folder)
        good = {save(folder / f"{n}.png", 3 * n): 3 * n for n, k in enumerate(kinds) if k == "good"}
        bad = [save_bad(folder / f"{n}.png", k) for n, k in enumerate(kinds) if k != "good"]
        tally = pipeline.run(*sorted([*good, *bad]))
        assert (tally.embedded, tally.rejected) == (len(good), len(bad))
        expected = {name: [colour + 1, 255 - colour + 1, 8] for name, colour in good.items()}
        assert pipeline.vectors() == expected

    def test_one_that_is_mended_is_embedded_by_the_next_run(
        self, tmp_path: Path, pipeline: Pipeline
    ) -> None:
        names = [save(tmp_path / "a.png", 10), save_bad(tmp_path / "b.png", "truncated")]
        assert pipeline.run(*names).rejected == 1
        save(tmp_path / "b.png", 20)
        tally = pipeline.run(*names)
        assert (tally.embedded, tally.rejected) == (1, 0)


class TestWork:
    def test_one_content_under_many_names_is_embedded_once(
        self, tmp_path: Path, pipeline: Pipeline
    ) -> None:
        names = [save(tmp_path / f"{n}.png", n % 4) for n in range(100)]
        tally = pipeline.run(*names)
        assert tally.embedded == pipeline.runtime.embedded == 4
        assert len(pipeline.vectors()) == 100

    def test_unchanged_images_are_not_embedded_again(
        self, tmp_path: Path, pipeline: Pipeline
    ) -> None:
        names = [save(tmp_path / f"{n}.png", n) for n in range(40)]
        assert pipeline.run(*names).embedded == 40
        assert pipeline.run(*names).embedded == 0
        assert pipeline.runtime.embedded == 40

    def test_nothing_to_embed_never_starts_the_runtime(
        self, tmp_path: Path, pipeline: Pipeline
    ) -> None:
        names = [save(tmp_path / "a.png", 1), save_bad(tmp_path / "b.png", "text")]
        pipeline.run(*names)
        del pipeline.bench.embedder.__dict__["runtime"]  # starting the real one would fail
        assert pipeline.run(*names).rate == 0


class TestColours:
    def test_every_picture_is_measured_with_its_features(
        self, tmp_path: Path, pipeline: Pipeline
    ) -> None:
        names = [save(tmp_path / f"{n}.png", 255 * (n % 2)) for n in range(40)]
        pipeline.run(*names)
        assert pipeline.colours() == {
            name: ["red" if n % 2 else "green"] for n, name in enumerate(names)
        }

    def test_an_index_of_an_earlier_release_is_measured_without_embedding(
        self, tmp_path: Path, pipeline: Pipeline
    ) -> None:
        names = [save(tmp_path / f"{n}.png", 255) for n in range(20)]
        pipeline.run(*names)
        pipeline.forget_colours()
        before = pipeline.bench.catalog.revision(), pipeline.bench.catalog.images_revision()
        del pipeline.bench.embedder.__dict__["runtime"]  # starting the real one would fail
        assert pipeline.run(*names) == Tally(0, 0, seconds=ANY)
        assert set(map(tuple, pipeline.colours().values())) == {("red",)}
        after = pipeline.bench.catalog.revision(), pipeline.bench.catalog.images_revision()
        assert after == (before[0] + 1, before[1]), "filters notice, and nothing is indexed anew"
        assert pipeline.would_read() == []

    def test_a_known_picture_whose_url_fails_stays_without_colours(
        self, pipeline: Pipeline, site: Any
    ) -> None:
        file = io.BytesIO()
        Image.new("RGB", (16, 16), "#ff0007").save(file, "PNG")
        site.pages["/a.png"] = file.getvalue()
        url = f"{site.url}/a.png"
        assert pipeline.run(url).embedded == 1
        pipeline.forget_colours()
        del site.pages["/a.png"]
        assert pipeline.run(url).rejected == 0
        assert pipeline.colours() == {url: []}
        assert list(pipeline.vectors()) == [url]
        site.pages["/a.png"] = file.getvalue()
        pipeline.run(url)
        assert pipeline.colours() == {url: ["red"]}
        asked = site.asked["/a.png"]
        pipeline.run(url)
        assert site.asked["/a.png"] == asked, "all is known of it"


class TestBounds:
    def test_decoding_runs_ahead_by_a_bounded_number_of_images(
        self, tmp_path: Path, pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        names = [save(tmp_path / f"{n}.png", n % 256) for n in range(400)]
        ahead: list[int] = []
        decoded = 0
        read = pipeline.reader.read

        def counting(ref: ImageRef) -> Decoded:
            nonlocal decoded
            decoded += 1
            return read(ref)

        features = pipeline.runtime.features

        def measuring(pixels: Pixels) -> Floats:
            ahead.append(decoded - pipeline.runtime.embedded)
            return features(pixels)

        monkeypatch.setattr("indexer.engines.local._AHEAD", 32)
        monkeypatch.setattr(pipeline.reader, "read", counting)
        monkeypatch.setattr(pipeline.runtime, "features", measuring)
        pipeline.run(*names)
        # What was decoded: the blocks at hand, their successors ahead, and repeated contents.
        repeated = 400 - 256
        assert max(ahead) <= 2 * pipeline.runtime.block + 32 + repeated

    @pytest.mark.skipif(
        not Path("/proc/self/status").exists(), reason="the peak of a process is read from /proc"
    )
    def test_memory_does_not_grow_with_the_catalog(self, tmp_path: Path) -> None:
        small, large = (peak_megabytes(tmp_path / str(count), count) for count in (600, 2_400))
        # 1,800 more images of 224 x 224 pixels would be 270 MB, were they kept. What is allowed is
        # room for chunks (16,000 rows, 4,096 images) that are fuller.
        assert large - small < 60


PEAK = """
import io, sys
from pathlib import Path
import numpy as np
from PIL import Image
from rich.console import Console
from indexer.ingesting.pipeline import embed_images
from indexer.progress import Steps
from indexer.ingesting.reading import Reader
from indexer.sealing.journey import seal
from indexer.workbench import Workbench
from search.catalog.records import ProductRow
from search.catalog.syncing import sync
from search.embedding import Embedder
from search.embedding.backbone import Backbone
from search.embedding.preprocessing import Preprocessing
from search.fetching.fetcher import Fetcher
from search.uploads import ImagePlaces
from search.versions import IndexFolder

class MeanColour:
    name, block = "mean colour", 64
    def features(self, pixels):
        return pixels.mean(axis=(1, 2), dtype=np.float32) + 1

folder, count = Path(sys.argv[1]), int(sys.argv[2])
folder.mkdir()
rows = []
for n in range(count):
    Image.new("RGB", (16, 16), (n % 256, n // 256, 7)).save(folder / f"{n}.jpg", quality=95)
    rows.append(ProductRow(n, f"p{n}", (f"{n}.jpg",)))
half = (0.5, 0.5, 0.5)
backbone = Backbone("mean", 3, Preprocessing(224, half, half), "mean", lambda: None)
embedder = Embedder(backbone)
embedder.__dict__["runtime"] = MeanColour()
steps = Steps(Console(file=io.StringIO()))
with Workbench.open(IndexFolder(folder / "index"), embedder, steps) as bench:
    sync(bench.catalog.engine, rows, print)
    with Fetcher() as fetcher:
        reader = Reader(ImagePlaces(folder, folder / "index"), fetcher, backbone.preprocessing)
        tally = embed_images(bench, reader)
    assert not tally.rejected
    assert seal(bench, None, folder).images == count
(line,) = (one for one in open("/proc/self/status") if one.startswith("VmHWM"))
print(int(line.split()[1]) / 1024)
"""


def peak_megabytes(folder: Path, count: int) -> float:
    """The most memory that a process holds at once while it builds an index of ``count`` images.

    Not ``ru_maxrss``: a child inherits it from the process that starts it.
    """
    command: list[str | Path] = [sys.executable, "-c", PEAK, folder, str(count)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return float(done.stdout)


def stored(index: Path) -> int:
    """How many contents have features; 0 while there is no catalog yet."""
    try:
        with sqlite3.connect(f"file:{index / 'catalog.sqlite'}?mode=ro", uri=True) as connection:
            (count,) = connection.execute("SELECT count(*) FROM features").fetchone()
            return int(count)
    except sqlite3.OperationalError:
        return 0
    finally:
        if "connection" in locals():
            connection.close()


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL], ids=["Ctrl-C", "kill -9"])
def test_an_interrupted_build_loses_nothing_that_was_stored(
    tmp_path: Path,
    index: Path,
    build: Build,
    make_shop: Callable[..., Path],
    indexer_command: Path,
    how: signal.Signals,
) -> None:
    shop = make_shop(tmp_path / "shop", 400, "jpg")
    command: list[str | Path] = [indexer_command, "build", shop, "--index", index]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=one_thread()) as process:
        deadline = time.monotonic() + 60
        while not stored(index) and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.005)
        process.send_signal(how)
        said = process.communicate(timeout=60)[1]
    kept = stored(index)
    assert 0 < kept < 400
    if how is signal.SIGINT:
        assert process.returncode == 130
        assert (
            of_the_work(said)
            == "Stopped. What was embedded so far is kept: the next build goes on there.\n"
        )
    report = build(shop, index)
    assert (report.images, report.embedded, report.version) == (400, 400 - kept, 1)


def one_thread() -> dict[str, Any]:
    return {**os.environ, "OMP_NUM_THREADS": "1"}
