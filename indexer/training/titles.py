"""What a CLIP model's text tower makes of the products' titles: where their pictures should go."""

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy, normalize

_BATCH = 256
_SHARPNESS = 50.0


def title_vectors(spec: str, titles: Sequence[str]) -> Tensor | None:
    """(n, d) float32 unit rows of an ``open_clip:`` model, zeros without a title; None for others.

    The text tower keeps its weights, so that this is done once: Zhai et al., "LiT: Zero-Shot
    Transfer with Locked-image text Tuning", CVPR 2022, with the towers' parts exchanged.
    """
    library, _, rest = spec.partition(":")
    if library != "open_clip" or not any(titles):
        return None
    import open_clip

    name, _, pretrained = rest.partition("/")
    model = open_clip.create_model(name, pretrained=pretrained).eval()
    tokenize = open_clip.get_tokenizer(name)
    distinct = sorted({title for title in titles if title})
    with torch.inference_mode():
        parts = [
            model.encode_text(tokenize(distinct[start : start + _BATCH]))
            for start in range(0, len(distinct), _BATCH)
        ]
    vectors = normalize(torch.cat(parts).float(), dim=1)
    known = {title: vectors[at] for at, title in enumerate(distinct)}
    none = torch.zeros(vectors.shape[1])
    return torch.stack([known.get(title, none) for title in titles]).clone()


def contrast(features: Tensor, texts: Tensor) -> Tensor:
    """(n, d) image features and (n, d) text vectors → the mean contrastive loss, both ways.

    Radford et al., "Learning Transferable Visual Models From Natural Language Supervision", ICML
    2021. Pictures of products with the same title belong to each other's.
    """
    titled = texts.abs().sum(1) > 0
    if titled.sum() < 2:
        return features.new_zeros(())
    images, texts = normalize(features[titled].float(), dim=1), texts[titled]
    same = (texts @ texts.T > 1 - 1e-5).float()
    logits = _SHARPNESS * images @ texts.T
    wanted = same / same.sum(1, keepdim=True)
    return (cross_entropy(logits, wanted) + cross_entropy(logits.T, wanted)) / 2
