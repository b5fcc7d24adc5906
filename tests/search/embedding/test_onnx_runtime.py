"""ONNX Runtime computes what the float32 reference does (invariant 2), on the device there is."""

import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import onnxruntime
import pytest

from indexer.exporting.networks import write_onnx
from search.arrays import Floats, Pixels, unit_rows
from search.embedding.backbone import Backbone, Exported, Precision
from search.embedding.backbones.timm_models import as_backbone
from search.embedding.runtimes import Runtime, start_runtime
from search.embedding.runtimes.onnx_runtime import OnnxRuntime, providers
from search.embedding.torchvision_ops import declare_missing_operators
from search.errors import ModelError

TOLERANCE = 1e-3
GPU_PROVIDERS = ["TensorrtExecutionProvider", "CUDAExecutionProvider", "CPUExecutionProvider"]


def drift(one: Floats, other: Floats) -> float:
    """The largest 1 - cosine between rows of the same number."""
    assert one.shape == other.shape
    return float(1 - (unit_rows(one) * unit_rows(other)).sum(axis=1).min())


@pytest.fixture(scope="module")
def tiny() -> Backbone:
    """A small network with random weights."""
    declare_missing_operators()
    import timm
    import torch

    torch.manual_seed(0)
    return as_backbone("tiny", timm.create_model("test_efficientnet", pretrained=False))


@pytest.fixture(scope="module")
def file(tiny: Backbone, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("onnx") / "model.onnx"
    write_onnx(tiny, path)
    return path


def started(file: Path, precision: Precision = "float32") -> OnnxRuntime:
    return OnnxRuntime(Exported(file, "onnx", precision), 160, None)


@pytest.fixture(scope="module")
def runtime(file: Path) -> Runtime:
    return started(file)


@pytest.fixture(scope="module")
def pixels() -> Pixels:
    return np.random.default_rng(0).integers(0, 256, (9, 160, 160, 3), np.uint8)


@pytest.fixture(scope="module")
def expected(tiny: Backbone, pixels: Pixels) -> Floats:
    return start_runtime(tiny, "torch", None).features(pixels)


@pytest.mark.parametrize("count", range(1, 10))
def test_any_number_of_pictures_gives_the_references_features(
    runtime: Runtime, pixels: Pixels, expected: Floats, count: int
) -> None:
    found = runtime.features(pixels[:count])
    assert found.dtype == np.float32
    assert drift(found, expected[:count]) <= TOLERANCE


def test_more_than_a_block_is_computed_in_order(
    runtime: Runtime, pixels: Pixels, expected: Floats
) -> None:
    count = runtime.block + 3
    found = runtime.features(np.resize(pixels, (count, *pixels.shape[1:])))
    assert drift(found, np.resize(expected, (count, expected.shape[1]))) <= TOLERANCE


def test_pixels_that_may_only_be_read_or_are_not_contiguous_are_fine(
    runtime: Runtime, pixels: Pixels, expected: Floats
) -> None:
    view = pixels.view()
    view.flags.writeable = False
    assert drift(runtime.features(view[::-2]), expected[::-2]) <= TOLERANCE


def test_threads_get_the_rows_of_their_own_pictures(
    runtime: Runtime, pixels: Pixels, expected: Floats
) -> None:
    parts = [slice(start, start + 3) for start in (0, 3, 6)] * 3
    with ThreadPoolExecutor(3) as threads:
        found = threads.map(lambda part: runtime.features(pixels[part]), parts)
        for part, rows in zip(parts, found, strict=True):
            assert drift(rows, expected[part]) <= TOLERANCE


def test_says_what_it_computes_in(file: Path, runtime: Runtime) -> None:
    if "CUDAExecutionProvider" in onnxruntime.get_available_providers():
        pytest.skip("this machine has a GPU")
    assert runtime.name == "onnx cpu float32"
    assert started(file, "bfloat16").name == "onnx cpu float32"  # a CPU computes it exactly


def test_the_fastest_device_comes_first_whatever_order_they_are_found_in() -> None:
    found = providers(["AzureExecutionProvider", *reversed(GPU_PROVIDERS)], "float32", 224, None)
    assert [name for name, _ in found] == GPU_PROVIDERS
    assert providers(["CPUExecutionProvider"], "int8", 224, None) == [("CPUExecutionProvider", {})]


@pytest.mark.parametrize(
    ("precision", "flags"),
    [("float32", set()), ("bfloat16", {"trt_bf16_enable"}), ("int8", {"trt_int8_enable"})],
)
def test_tensorrt_takes_any_batch_computes_in_the_precision_and_keeps_its_engine(
    tmp_path: Path, precision: Precision, flags: set[str]
) -> None:
    (_, options), *_ = providers(GPU_PROVIDERS, precision, 224, tmp_path)
    assert options["trt_profile_min_shapes"] == "pixels:1x224x224x3"
    assert options["trt_profile_max_shapes"] == "pixels:256x224x224x3"
    assert options["trt_engine_cache_path"] == str(tmp_path / "tensorrt")
    switched = {name for name, value in options.items() if value == "True"}
    assert switched == {"trt_engine_cache_enable"} | flags
    (_, nowhere), *_ = providers(GPU_PROVIDERS, precision, 224, None)
    assert "trt_engine_cache_path" not in nowhere


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_tensorrt_computes_the_references_features(
    file: Path, pixels: Pixels, expected: Floats, precision: Precision
) -> None:
    if "TensorrtExecutionProvider" not in onnxruntime.get_available_providers():
        pytest.skip("needs a GPU with TensorRT")
    runtime = started(file, precision)
    assert runtime.name == f"onnx tensorrt {precision}"
    for count in (1, 4, 9):
        assert drift(runtime.features(pixels[:count]), expected[:count]) <= TOLERANCE


def test_without_onnx_runtime_one_sentence_says_how_to_get_it(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(ModelError, match=r"not installed: pip install 'lookalike\[onnx\]'"):
        started(file)


def test_a_damaged_file_is_refused_in_one_sentence(file: Path, tmp_path: Path) -> None:
    damaged = tmp_path / "model.onnx"
    damaged.write_bytes(file.read_bytes()[:5000])
    with pytest.raises(ModelError, match="damaged") as caught:
        started(damaged)
    assert "\n" not in str(caught.value)
