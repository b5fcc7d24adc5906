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
def openvino(backbone: Backbone, converted: Path) -> Runtime:
    return start_runtime(backbone, "openvino", converted)


@pytest.fixture(scope="session")
def reference(backbone: Backbone) -> Runtime:
    """Torch: float32 where there is no GPU."""
    return start_runtime(backbone, "torch", None)
