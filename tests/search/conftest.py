"""The real default model, started once on each runtime."""

from pathlib import Path

import pytest

from search.embedding.backbone import Backbone
from search.embedding.backbones import DEFAULT_SPEC, load_backbone
from search.embedding.runtimes import Runtime, start_runtime


@pytest.fixture(scope="session")
def backbone() -> Backbone:
    return load_backbone(DEFAULT_SPEC)


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Holds the converted network once ``openvino`` has started."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="session")
def openvino(backbone: Backbone, cache: Path) -> Runtime:
    return start_runtime(backbone, "openvino", cache)


@pytest.fixture(scope="session")
def reference(backbone: Backbone) -> Runtime:
    """Torch: float32 where there is no GPU."""
    return start_runtime(backbone, "torch", None)


@pytest.fixture(scope="session")
def converted(openvino: Runtime, cache: Path) -> Path:
    """A folder that holds the default model's converted network: converting takes seconds."""
    assert openvino.name
    return cache
