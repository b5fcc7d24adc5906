"""Every runtime computes what the float32 reference does, to 1e-3 in cosine (invariant 2)."""

import csv
import hashlib
import logging
import os
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from search.arrays import Floats, Pixels
from search.embedding.backbone import Backbone
from search.embedding.backbones import load_backbone
from search.embedding.head import Head, fit_whitening
from search.embedding.runtimes import Runtime, start_runtime
from search.embedding.runtimes.openvino_runtime import OpenVinoRuntime
from search.images import load

Draw = Callable[..., Image.Image]
TOLERANCE = 1e-3
ROOT = Path(__file__).parents[3]
GROCERY = ROOT.parent / "shared" / "datasets" / "grocery"
SAMPLE = ROOT / "data" / "sample" / "images"


def prepared(backbone: Backbone, pictures: list[Any]) -> Pixels:
    fitted = backbone.preprocessing
    return np.stack([fitted.apply(load(one, at_least=fitted.decode_at_least)) for one in pictures])


def drift(one: Floats, other: Floats) -> float:
    """The largest 1 - cosine between rows of the same number."""
    plain = Head()
    return float(1 - (plain.apply(one) * plain.apply(other)).sum(axis=1).min())


@pytest.fixture(scope="module")
def drawn(backbone: Backbone, draw: Draw) -> Pixels:
    return prepared(backbone, [draw(seed) for seed in range(20)])


@pytest.fixture(scope="module")
def photos(backbone: Backbone) -> Pixels:
    """Shelf photos of groceries."""
    if not GROCERY.exists():
        pytest.skip(f"needs the photos of {GROCERY}")
    with (GROCERY / "listings.csv").open() as file:
        names = [row["image"] for row in csv.DictReader(file)][::9]
    return prepared(backbone, [GROCERY / name for name in names])


@pytest.fixture(scope="module")
def float32(converted: Path, backbone: Backbone) -> OpenVinoRuntime:
    """OpenVINO as on a CPU without bfloat16."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(OpenVinoRuntime, "_has_bfloat16", lambda _self, _core: False)
        return OpenVinoRuntime(backbone, converted)


def test_on_photos_features_and_whitened_vectors_are_the_references(
    openvino: Runtime, reference: Runtime, photos: Pixels
) -> None:
    fast = openvino.features(photos)
    head = fit_whitening([fast])
    some = slice(None, None, 5)
    exact = reference.features(photos[some])
    assert drift(fast[some], exact) <= TOLERANCE
    assert drift(head.apply(fast[some]), head.apply(exact)) <= TOLERANCE


def test_on_the_sample_catalog_vectors_are_the_references(
    backbone: Backbone, openvino: Runtime, reference: Runtime
) -> None:
    paths = sorted(SAMPLE.glob("*.jpg"))[::8]
    if not paths:
        pytest.skip(f"needs the pictures of {SAMPLE}")
    pixels = prepared(backbone, list(paths))
    assert drift(openvino.features(pixels), reference.features(pixels)) <= TOLERANCE


def test_in_float32_nothing_but_rounding_differs(
    float32: Runtime, reference: Runtime, drawn: Pixels
) -> None:
    assert float32.name == "openvino cpu float32"
    assert drift(float32.features(drawn), reference.features(drawn)) <= 1e-5


def test_drawn_pictures_give_the_references_vectors(
    openvino: Runtime, reference: Runtime, drawn: Pixels
) -> None:
    assert drift(openvino.features(drawn), reference.features(drawn)) <= TOLERANCE


@pytest.mark.parametrize("runtime", ["openvino", "reference", "float32"])
def test_batch_size_and_order_do_not_change_a_vector(
    request: pytest.FixtureRequest, runtime: str, drawn: Pixels
) -> None:
    compute: Runtime = request.getfixturevalue(runtime)
    together = compute.features(drawn)
    assert together.shape == (20, 1280)
    assert together.dtype == np.float32
    one_by_one = np.concatenate([compute.features(one[None]) for one in drawn[:9]])
    assert drift(one_by_one, together[:9]) <= TOLERANCE
    order = np.random.default_rng(0).permutation(20)
    assert drift(compute.features(drawn[order]), together[order]) <= TOLERANCE


def test_more_than_a_block_is_computed_in_order(openvino: Runtime, drawn: Pixels) -> None:
    count = openvino.block + 3
    rows = openvino.features(np.resize(drawn, (count, *drawn.shape[1:])))
    expected = openvino.features(drawn)
    assert drift(rows, np.resize(expected, (count, 1280))) <= TOLERANCE


@pytest.mark.parametrize("runtime", ["openvino", "reference"])
def test_threads_get_the_rows_of_their_own_pictures(
    request: pytest.FixtureRequest, runtime: str, drawn: Pixels
) -> None:
    compute: Runtime = request.getfixturevalue(runtime)
    expected = compute.features(drawn)
    parts = [slice(start, start + 5) for start in (0, 5, 10, 15)] * 2
    with ThreadPoolExecutor(4) as threads:
        for part, rows in zip(
            parts, threads.map(lambda part: compute.features(drawn[part]), parts), strict=True
        ):
            assert drift(rows, expected[part]) <= TOLERANCE


@pytest.mark.parametrize("runtime", ["openvino", "reference"])
def test_the_models_features_of_a_fixed_picture_stay_what_they_are(
    request: pytest.FixtureRequest, backbone: Backbone, draw: Draw, runtime: str
) -> None:
    """Catches a drift of decoding, resizing, normalising or weights."""
    compute: Runtime = request.getfixturevalue(runtime)
    found = compute.features(prepared(backbone, [draw(7)]))[0]
    expected = [0.0000, 0.0000, 1.6399, 0.6938, 0.0000, 0.0000, 0.0000, 0.3117]
    np.testing.assert_allclose(found[:8], expected, atol=2e-2)


def test_the_second_start_reads_the_converted_file_and_never_imports_torch(
    openvino: Runtime, backbone: Backbone, converted: Path
) -> None:
    assert {path.suffix for path in converted.iterdir()} == {".xml", ".bin", ".sha256"}
    before = {path: path.stat().st_mtime_ns for path in converted.iterdir()}
    code = (
        "import sys; from pathlib import Path; import numpy as np\n"
        "from search.embedding.backbones import load_backbone\n"
        "from search.embedding.runtimes import start_runtime\n"
        "found = load_backbone('efficientnet_lite0')\n"
        "runtime = start_runtime(found, 'openvino', Path(sys.argv[1]))\n"
        "rows = runtime.features(np.full((1, 224, 224, 3), 99, np.uint8))\n"
        "print('torch' in sys.modules, float(rows[0, 0]))"
    )
    command = [sys.executable, "-c", code, str(converted)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    imported, first = done.stdout.split()
    assert imported == "False"
    grey = openvino.features(np.full((1, 224, 224, 3), 99, np.uint8))
    assert float(first) == pytest.approx(float(grey[0, 0]), abs=1e-3)
    assert {path: path.stat().st_mtime_ns for path in converted.iterdir()} == before


def test_another_choice_of_exact_layers_is_another_converted_network(tmp_path: Path) -> None:
    backbone = tiny(tmp_path)
    cache = tmp_path / "cache"
    for exact in ((), (0,), (0,)):
        changed = replace(backbone, exact_layers=frozenset(exact))
        start_runtime(changed, "openvino", cache)
    assert len(list(cache.glob("*.xml"))) == 2


@pytest.mark.parametrize("kind", [".xml", ".bin", ".sha256"])
@pytest.mark.parametrize("how", ["flip", "cut", "missing"])
def test_a_converted_network_that_is_not_what_was_written_is_made_again(
    tmp_path: Path, kind: str, how: str
) -> None:
    backbone, cache = tiny(tmp_path), tmp_path / "cache"
    size = backbone.preprocessing.size
    pixels = np.full((1, size, size, 3), 99, np.uint8)
    right = start_runtime(backbone, "openvino", cache).features(pixels)
    (path,) = cache.glob(f"*{kind}")
    before = path.read_bytes()
    changed = bytearray(before)
    changed[len(before) // 2] ^= 1
    path.write_bytes({"flip": bytes(changed), "cut": before[: len(before) // 2]}.get(how, b""))
    if how == "missing":
        path.unlink()
    found = start_runtime(backbone, "openvino", cache).features(pixels)
    assert np.array_equal(found, right)
    sealed = path.with_suffix(".sha256").read_text().split()
    files = [path.with_suffix(suffix).read_bytes() for suffix in (".xml", ".bin")]
    assert sealed == [hashlib.sha256(one).hexdigest() for one in files]


@pytest.mark.parametrize("runtime", ["openvino", "reference"])
def test_pixels_that_may_only_be_read_or_are_not_contiguous_are_fine(
    request: pytest.FixtureRequest, runtime: str, drawn: Pixels
) -> None:
    compute: Runtime = request.getfixturevalue(runtime)
    expected = compute.features(drawn[::5])
    view = drawn.view()
    view.flags.writeable = False
    assert drift(compute.features(view[::5]), expected) <= TOLERANCE


def test_without_a_cache_nothing_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    backbone = tiny(tmp_path)
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(scratch))
    pixels = np.full((2, 160, 160, 3), 99, np.uint8)
    found = start_runtime(backbone, "openvino", None).features(pixels)
    assert drift(found, start_runtime(backbone, "torch", None).features(pixels)) <= TOLERANCE
    assert list(scratch.iterdir()) == []


def tiny(folder: Path) -> Backbone:
    """A small timm model with random weights."""
    from search.embedding.torchvision_ops import declare_missing_operators

    declare_missing_operators()
    import timm
    import torch

    torch.manual_seed(0)
    torch.save(timm.create_model("test_vit").state_dict(), folder / "tiny.pth")
    return load_backbone(f"timm:test_vit/{folder / 'tiny.pth'}")


class NoBfloat16:
    """OpenVINO's answer on an older CPU."""

    def get_property(self, _device: str, _name: str) -> list[str]:
        return ["FP32", "INT8"]


def test_a_cpu_without_bfloat16_is_said_once(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        assert not OpenVinoRuntime._has_bfloat16(NoBfloat16())
    assert [record.message for record in caplog.records] == [
        "This CPU has no bfloat16: images are embedded in float32, more slowly."
    ]


def test_the_automatic_choice_needs_no_gpu(openvino: Runtime, reference: Runtime) -> None:
    import torch

    gpu = torch.cuda.is_available()
    assert openvino.name.startswith("openvino cpu ")
    assert reference.name == ("torch cuda bfloat16" if gpu else "torch cpu float32")


def test_a_gpu_computes_the_references_vectors(backbone: Backbone, drawn: Pixels) -> None:
    import torch

    if not torch.cuda.is_available():
        pytest.skip("needs a CUDA GPU")
    from search.embedding.runtimes.pixels import PixelsToFeatures

    fast = start_runtime(backbone, "auto", None)
    assert fast.name == "torch cuda bfloat16"
    with torch.inference_mode():
        exact: Floats = PixelsToFeatures(backbone)(torch.from_numpy(drawn)).numpy()
    assert drift(fast.features(drawn), exact) <= TOLERANCE


def test_models_that_come_and_go_leave_signals_alone() -> None:
    """Each OpenVINO core replaces the stack that signals run on; a freed one kills the program."""
    code = (
        "import gc, subprocess, sys\n"
        "import numpy as np\n"
        "from search import load_embedder\n"
        "picture = np.zeros((32, 32, 3), np.uint8)\n"
        "embedders = [load_embedder(), load_embedder()]\n"
        "[one.embed(picture) for one in embedders]\n"
        "import signal\n"
        "signal.signal(signal.SIGCHLD, lambda *_: None)\n"
        "while embedders:\n"
        "    embedders.pop(0)\n"
        "    gc.collect()\n"
        "    subprocess.run([sys.executable, '-c', ''], check=True)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_no_engine_prepares_to_report_its_use(tmp_path: Path) -> None:
    """Who has not declined, is counted as willing: with an identity in the home folder."""
    code = """
import sys
from search.embedding.backbones import load_backbone
from search.embedding.runtimes import start_runtime
start_runtime(load_backbone("efficientnet_lite0"), "openvino", None)
import nncf
assert not any(name.startswith("openvino_telemetry.") for name in sys.modules)
"""
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}
    subprocess.run([sys.executable, "-c", code], check=True, env=environment, cwd=ROOT)
    assert not (tmp_path / "intel").exists()
