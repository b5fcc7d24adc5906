"""``hf-hub:REPO``: an open_clip or timm repository of the Hugging Face hub."""

from pathlib import Path

from search.embedding.backbone import Backbone
from search.embedding.backbones import open_clip_models, timm_models

_WANTED = ["*.json", "*.safetensors", "open_clip_pytorch_model.bin", "pytorch_model.bin", "*.txt"]


def load(spec: str) -> Backbone:
    """Download (or take from the hub's own cache) and load from the local copy."""
    from huggingface_hub import snapshot_download

    repository = spec.partition(":")[2]
    return load_folder(spec, Path(snapshot_download(repository, allow_patterns=_WANTED)))


def load_folder(spec: str, folder: Path) -> Backbone:
    """A downloaded repository; its configuration file tells whose it is."""
    if (folder / "open_clip_config.json").exists():
        import open_clip

        model = open_clip.create_model(f"local-dir:{folder}")
        return open_clip_models.as_backbone(spec, model.visual)
    import timm

    return timm_models.as_backbone(spec, timm.create_model(f"local-dir:{folder}", pretrained=True))
