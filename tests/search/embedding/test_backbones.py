"""A specification names a backbone, or the error says in one sentence why it does not."""

import json
import pickle
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.torch import save_file

from search.arrays import Floats
from search.embedding.backbone import Backbone
from search.embedding.backbones import DEFAULT_SPEC, load_backbone
from search.embedding.backbones.hub_models import load_folder
from search.embedding.runtimes import start_runtime
from search.embedding.torchvision_ops import declare_missing_operators
from search.errors import ModelError

TINY = "test_vit"
CLIP = "tiny-clip"
CLIP_CONFIG = {
    "embed_dim": 16,
    "vision_cfg": {"image_size": 32, "layers": 1, "width": 32, "head_width": 16, "patch_size": 16},
    "text_cfg": {"context_length": 8, "vocab_size": 99, "width": 16, "heads": 2, "layers": 1},
}
Save = Callable[[dict[str, Any], Path], None]


def tiny_timm(seed: int = 0) -> Any:
    declare_missing_operators()
    import timm
    import torch

    torch.manual_seed(seed)
    return timm.create_model(TINY, pretrained=False)


@pytest.fixture(scope="module")
def tiny_clip() -> Any:
    """A small open_clip model, whose configuration the library knows from now on."""
    declare_missing_operators()
    import open_clip
    import torch
    from open_clip.factory import _MODEL_CONFIGS

    torch.manual_seed(0)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(_MODEL_CONFIGS, CLIP, CLIP_CONFIG)
        yield open_clip.create_model(CLIP, load_weights=False)


def as_safetensors(weights: dict[str, Any], path: Path) -> None:
    save_file({name: tensor.contiguous().clone() for name, tensor in weights.items()}, path)


def as_pickle(weights: dict[str, Any], path: Path) -> None:
    import torch

    torch.save(weights, path)


EITHER = pytest.mark.parametrize(
    ("save", "name"), [(as_safetensors, "weights.safetensors"), (as_pickle, "weights.pth")]
)


def features_of(backbone: Backbone) -> Floats:
    """Of one grey picture, by the reference."""
    size = backbone.preprocessing.size
    pixels = np.full((1, size, size, 3), 99, np.uint8)
    return start_runtime(backbone, "torch", None).features(pixels)


def refusal(spec: str) -> str:
    with pytest.raises(ModelError) as caught:
        load_backbone(spec)
    sentence = str(caught.value)
    assert "\n" not in sentence
    assert len(sentence) < 500
    return sentence


def test_the_default_is_known_without_torch() -> None:
    code = (
        "import sys\n"
        "from search.embedding.backbones import load_backbone\n"
        "found = load_backbone('efficientnet_lite0')\n"
        "print(found.fingerprint, found.dim, 'torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == [load_backbone(DEFAULT_SPEC).fingerprint, "1280", "False"]


def test_the_defaults_fingerprint_never_changes() -> None:
    """Changing it would make every index out there unusable: that needs a reason and a release."""
    assert load_backbone(DEFAULT_SPEC).fingerprint == "1aa04f9fb82d6ac6"


@EITHER
def test_a_timm_checkpoint_is_loaded_whole(tmp_path: Path, save: Save, name: str) -> None:
    network = tiny_timm()
    save(network.state_dict(), tmp_path / name)
    backbone = load_backbone(f"timm:{TINY}/{tmp_path / name}")
    assert (backbone.dim, backbone.preprocessing.size) == (64, 160)
    assert backbone.preprocessing.mean == network.pretrained_cfg["mean"]
    other = tmp_path / f"other-{name}"
    save(tiny_timm(seed=1).state_dict(), other)
    assert features_of(backbone).shape == (1, 64)
    assert not np.allclose(
        features_of(backbone), features_of(load_backbone(f"timm:{TINY}/{other}"))
    )


def test_a_relative_checkpoint_is_remembered_by_its_whole_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_file(tiny_timm().state_dict(), tmp_path / "weights.safetensors")
    monkeypatch.chdir(tmp_path)
    spec = load_backbone(f"timm:{TINY}/weights.safetensors").spec
    assert spec == f"timm:{TINY}/{tmp_path.resolve() / 'weights.safetensors'}"


@EITHER
def test_the_same_weights_give_the_same_fingerprint_and_one_changed_weight_another(
    tmp_path: Path, save: Save, name: str
) -> None:
    weights = tiny_timm().state_dict()
    for file in (name, f"copy-{name}"):
        save(weights, tmp_path / file)
    weights["blocks.0.mlp.fc1.bias"][3] += 1e-4
    save(weights, tmp_path / f"changed-{name}")
    one, copy, changed = (
        load_backbone(f"timm:{TINY}/{tmp_path / f'{prefix}{name}'}").fingerprint
        for prefix in ("", "copy-", "changed-")
    )
    assert one == copy
    assert one != changed
    assert len(one) == 16


def test_the_width_is_that_of_the_features_whatever_the_library_says(tmp_path: Path) -> None:
    """timm counts mobilenetv3's features before the last layer but one."""
    declare_missing_operators()
    import timm

    network = timm.create_model("mobilenetv3_small_050", pretrained=False)
    as_safetensors(network.state_dict(), tmp_path / "a.safetensors")
    backbone = load_backbone(f"timm:mobilenetv3_small_050/{tmp_path / 'a.safetensors'}")
    assert features_of(backbone).shape == (1, backbone.dim)
    assert backbone.dim != network.num_features


@EITHER
def test_a_torchvision_checkpoint_loses_only_its_classifier(
    tmp_path: Path, save: Save, name: str
) -> None:
    declare_missing_operators()
    import torch
    from torchvision.models import resnet18

    torch.manual_seed(0)
    network = resnet18(weights=None).eval()
    save(network.state_dict(), tmp_path / name)
    backbone = load_backbone(f"torchvision:resnet18/{tmp_path / name}")
    assert (backbone.dim, backbone.preprocessing.size) == (512, 224)
    images = torch.rand(1, 3, 224, 224)
    with torch.inference_mode():
        classes = network.fc(backbone.network().eval()(images))
        torch.testing.assert_close(classes, network(images))


@pytest.mark.parametrize("name", ["mobilenet_v3_small", "squeezenet1_0"])
def test_torchvision_families_end_in_a_linear_layer_or_are_refused(
    tmp_path: Path, name: str
) -> None:
    declare_missing_operators()
    from torchvision.models import get_model

    as_safetensors(get_model(name, weights=None).state_dict(), tmp_path / "a.safetensors")
    spec = f"torchvision:{name}/{tmp_path / 'a.safetensors'}"
    if name == "squeezenet1_0":  # ends in a convolution
        assert "no linear classifier" in refusal(spec)
    else:
        assert load_backbone(spec).dim == 1024


@EITHER
def test_an_open_clip_checkpoint_gives_its_image_tower(
    tmp_path: Path, tiny_clip: Any, save: Save, name: str
) -> None:
    import torch

    save(tiny_clip.state_dict(), tmp_path / name)
    backbone = load_backbone(f"open_clip:{CLIP}/{tmp_path / name}")
    assert (backbone.dim, backbone.preprocessing.size) == (16, 32)
    assert backbone.preprocessing.fit == "shortest"
    images = torch.rand(2, 3, 32, 32)
    with torch.inference_mode():
        expected = tiny_clip.eval().encode_image(images)
        torch.testing.assert_close(backbone.network().eval()(images), expected)


def test_a_hub_folder_of_open_clip_is_loaded(tmp_path: Path, tiny_clip: Any) -> None:
    preprocess = {"mean": [0.1, 0.2, 0.3], "std": [0.5, 0.6, 0.7], "resize_mode": "squash"}
    config = {"model_cfg": CLIP_CONFIG, "preprocess_cfg": preprocess}
    (tmp_path / "open_clip_config.json").write_text(json.dumps(config))
    as_safetensors(tiny_clip.state_dict(), tmp_path / "open_clip_model.safetensors")
    backbone = load_folder("hf-hub:someone/clip", tmp_path)
    assert (backbone.spec, backbone.dim) == ("hf-hub:someone/clip", 16)
    prepared = backbone.preprocessing
    assert (prepared.mean, prepared.std) == ((0.1, 0.2, 0.3), (0.5, 0.6, 0.7))
    assert (prepared.fit, prepared.size) == ("squash", 32)
    assert features_of(backbone).shape == (1, 16)


@pytest.mark.parametrize("file", ["model.safetensors", "pytorch_model.bin"])
def test_a_hub_folder_of_timm_is_loaded(tmp_path: Path, file: str) -> None:
    network = tiny_timm()
    network.pretrained_cfg["mean"] = (0.1, 0.2, 0.3)
    from timm.models import save_for_hf

    safe = file.endswith("safetensors")
    save_for_hf(network, tmp_path, safe_serialization=safe)
    assert (tmp_path / file).exists()
    save = as_safetensors if safe else as_pickle
    backbone = load_folder("hf-hub:someone/vit", tmp_path)
    assert backbone.dim == 64
    assert backbone.preprocessing.mean == (0.1, 0.2, 0.3)
    save(network.state_dict(), tmp_path / f"direct-{file}")
    direct = load_backbone(f"timm:{TINY}/{tmp_path / f'direct-{file}'}")
    assert backbone.weights == direct.weights
    assert backbone.fingerprint != direct.fingerprint  # prepared in another way


@pytest.mark.parametrize(
    ("spec", "word"),
    [
        (
            "nonsense",
            "not a model specification; known forms are efficientnet_lite0, efficientnet_lite1, ",
        ),
        ("keras:resnet50", "is not a model specification"),
        ("timm:", "is not a model specification"),
        ("", "is not a model specification"),
        ("timm:no_such_model/a.pth", "no_such_model"),
        (f"timm:{TINY}/missing.pth", "missing.pth"),
        (f"timm:{TINY}/missing.safetensors", "missing.safetensors"),
        ("torchvision:no_such_model/a.pth", "no_such_model"),
        ("torchvision:resnet18/missing.pth", "missing.pth"),
        ("torchvision:resnet18/missing.safetensors", "missing.safetensors"),
        ("open_clip:RN50", "say which weights"),
        ("open_clip:no_such_model/a.pth", "no_such_model"),
        ("open_clip:RN50/missing.pth", "missing.pth"),
        ("hf-hub:someone/something", "hf-hub:someone/something"),
    ],
)
def test_what_cannot_be_loaded_is_said_in_one_sentence(spec: str, word: str) -> None:
    assert word in refusal(spec)


@pytest.mark.parametrize("library", [f"timm:{TINY}", "torchvision:resnet18", f"open_clip:{CLIP}"])
@EITHER
def test_a_checkpoint_of_another_shape_is_refused(
    tmp_path: Path, tiny_clip: Any, library: str, save: Save, name: str
) -> None:
    import torch

    save({"fc.weight": torch.zeros(3, 3)}, tmp_path / name)
    assert library in refusal(f"{library}/{tmp_path / name}")


class Hostile:
    """Unpickling it writes a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return (Path.touch, (self.path,))


@pytest.mark.parametrize("library", [f"timm:{TINY}", "torchvision:resnet18", f"open_clip:{CLIP}"])
@pytest.mark.parametrize("form", ["torch", "pickle"])
def test_a_pickle_with_code_in_it_is_refused_and_its_code_is_not_run(
    tmp_path: Path, tiny_clip: Any, library: str, form: str
) -> None:
    ran = tmp_path / "ran"
    path = tmp_path / "weights.pth"
    if form == "torch":
        as_pickle({"fc.weight": Hostile(ran)}, path)
    else:
        path.write_bytes(pickle.dumps({"fc.weight": Hostile(ran)}, protocol=2))
    refusal(f"{library}/{path}")
    assert not ran.exists()


@pytest.mark.parametrize("library", ["open_clip", "timm"])
def test_a_hub_folder_with_code_in_its_weights_is_refused(
    tmp_path: Path, tiny_clip: Any, library: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran = tmp_path / "ran"
    if library == "open_clip":
        config: dict[str, Any] = {"model_cfg": CLIP_CONFIG, "preprocess_cfg": {}}
        (tmp_path / "open_clip_config.json").write_text(json.dumps(config))
        as_pickle({"visual.proj": Hostile(ran)}, tmp_path / "open_clip_pytorch_model.bin")
    else:
        config = {"architecture": TINY, "pretrained_cfg": {"input_size": [3, 160, 160]}}
        (tmp_path / "config.json").write_text(json.dumps(config))
        as_pickle({"norm.weight": Hostile(ran)}, tmp_path / "pytorch_model.bin")
    import huggingface_hub

    monkeypatch.setattr(huggingface_hub, "snapshot_download", lambda *_, **__: str(tmp_path))
    refusal("hf-hub:someone/something")
    assert not ran.exists()
