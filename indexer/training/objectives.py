"""What a network is trained for: losses by name, over vectors and the classes that they show."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from indexer.holdout import Labels
from indexer.training.recipe import Recipe

_FOCUS = 2.0
_FORWARD = 0.001
"""The weight of cross entropy beside its reverse. It pulls at a wrong label until that is known by
heart, so it only starts what the reverse hardly sees: docs/quality.md has the figures."""

_LOG_ZERO = -4.0
_TEMPERATURE = 0.1


class Objective(nn.Module):
    """The category head with its loss, another one for each category level, and a teacher's.

    ``classifier.weight`` is (classes, dim). For every loss but ``softmax`` the head compares
    directions: logits are ``scale`` times the cosine (Wang et al., "NormFace", 2017).
    """

    def __init__(
        self, recipe: Recipe, dim: int, classes: int, levels: Sequence[Labels] = ()
    ) -> None:
        super().__init__()
        self._recipe = recipe
        self.classifier = _Directions(dim, classes)
        self.coarse = nn.ModuleList(_Directions(dim, int(level.max()) + 1) for level in levels)
        self._members = [_members(level) for level in levels]
        self.metric = _METRICS[recipe.loss](recipe, dim, classes) if classes else None
        self._classify = _CLASSIFYING.get(recipe.loss, _softmax)

    def forward(self, vectors: Tensor, labels: Tensor) -> Tensor:
        """(n, dim) float32 and (n,) int64 or (n, classes) shares → the mean loss."""
        shares = labels
        if labels.ndim == 1:
            shares = functional.one_hot(labels, len(self.classifier.weight)).float()
        logits = self.logits(vectors)
        classify, smoothing = self._classify, self._recipe.smoothing
        loss = classify(logits, shares, smoothing)
        if self.metric is not None:
            loss = loss + self.metric(vectors, labels)
        for head, members in zip(self.coarse, self._members, strict=True):
            coarse = self._cosines(vectors, head)
            above = shares @ members.to(shares)
            loss = loss + self._recipe.levels * classify(coarse, above, smoothing)
        return loss

    def logits(self, vectors: Tensor) -> Tensor:
        """(n, dim) → (n, classes)."""
        if self._recipe.loss == "softmax":
            return vectors @ self.classifier.weight.T
        return self._cosines(vectors, self.classifier)

    def _cosines(self, vectors: Tensor, head: nn.Module) -> Tensor:
        cosines = (
            functional.normalize(vectors, dim=1)
            @ functional.normalize(head.get_parameter("weight"), dim=1).T
        )
        return self._recipe.scale * cosines


def imitation(vectors: Tensor, wanted: Tensor) -> Tensor:
    """The mean of 1 - cosine to the teacher's (n, dim) vectors."""
    return 1 - functional.cosine_similarity(vectors, wanted).mean()


def _softmax(logits: Tensor, shares: Tensor, smoothing: float) -> Tensor:
    return functional.cross_entropy(logits, shares, label_smoothing=smoothing)


def _focal(logits: Tensor, shares: Tensor, smoothing: float) -> Tensor:
    """Lin et al., "Focal Loss for Dense Object Detection", ICCV 2017."""
    every = functional.log_softmax(logits, 1)
    smooth = shares * (1 - smoothing) + smoothing / shares.shape[1]
    return -(smooth * (1 - every.exp()) ** _FOCUS * every).sum(1).mean()


def _symmetric(logits: Tensor, shares: Tensor, smoothing: float) -> Tensor:
    """Wang et al., "Symmetric Cross Entropy for Robust Learning with Noisy Labels", ICCV 2019."""
    reverse = -(logits.softmax(1) * shares.clamp_min(1e-12).log().clamp_min(_LOG_ZERO)).sum(1)
    return _FORWARD * _softmax(logits, shares, smoothing) + reverse.mean()


_CLASSIFYING: dict[str, Callable[[Tensor, Tensor, float], Tensor]] = {
    "softmax": _softmax,
    "cosine": _softmax,
    "focal": _focal,
    "symmetric": _symmetric,
}


def _none(_recipe: Recipe, _dim: int, _classes: int) -> None:
    return None


def _arcface(recipe: Recipe, dim: int, classes: int) -> nn.Module:
    """Deng et al., CVPR 2019."""
    from pytorch_metric_learning.losses import ArcFaceLoss

    degrees = recipe.margin * 180 / torch.pi
    loss: nn.Module = ArcFaceLoss(classes, dim, margin=degrees, scale=recipe.scale)
    return loss


def _proxy_anchor(recipe: Recipe, dim: int, classes: int) -> nn.Module:
    """Kim et al., CVPR 2020."""
    from pytorch_metric_learning.losses import ProxyAnchorLoss

    loss: nn.Module = ProxyAnchorLoss(classes, dim, margin=recipe.margin, alpha=32)
    return loss


def _supcon(_recipe: Recipe, _dim: int, _classes: int) -> nn.Module:
    """Khosla et al., "Supervised Contrastive Learning", NeurIPS 2020."""
    from pytorch_metric_learning.losses import SupConLoss

    loss: nn.Module = SupConLoss(temperature=_TEMPERATURE)
    return loss


_METRICS: dict[str, Callable[[Recipe, int, int], nn.Module | None]] = {
    **dict.fromkeys(_CLASSIFYING, _none),
    "arcface": _arcface,
    "proxy_anchor": _proxy_anchor,
    "supcon": _supcon,
}


class _Directions(nn.Module):
    """``weight`` is (classes, dim); a linear layer cannot have no classes."""

    def __init__(self, dim: int, classes: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(classes, dim) / dim**0.5)


def _members(level: Labels) -> Tensor:
    """(classes,) the part of each class → (classes, parts) 1 where it belongs."""
    return functional.one_hot(torch.from_numpy(level)).float()
