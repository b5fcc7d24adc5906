"""Blending two pictures: MixUp (Zhang et al., ICLR 2018) and CutMix (Yun et al., ICCV 2019)."""

import torch
from torch import Tensor

from search.embedding.torchvision_ops import declare_missing_operators

_ALPHA = 0.2


def mixed(images: Tensor, seed: int, chance: float) -> tuple[Tensor, float, Tensor]:
    """Blend each image of a batch with a partner, or none with any, as the seed says.

    Returns the images, the share that is the first one's, and the (n,) indices of the partners.
    The loss is the same share of each one's: for any loss that classifies this equals blended
    labels.
    """
    declare_missing_operators()
    from torchvision.transforms import v2

    own = torch.arange(len(images), device=images.device)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        if len(images) < 2 or torch.rand(()) >= chance:
            return images, 1.0, own
        blends = [
            v2.MixUp(alpha=_ALPHA, num_classes=len(images)),
            v2.CutMix(num_classes=len(images)),
        ]
        blended, shares = v2.RandomChoice(blends)(images, own)
    return blended, float(shares[0, 0]), own.roll(1)
