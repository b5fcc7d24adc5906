"""The map that a torch network averages into its features, caught on its way into the pooling."""

from typing import Any

from torch import Tensor, nn

from search.embedding.embedding_network import EmbeddingNetwork

_CLOSE = 0.01
"""How far the features may be from the mean of the map, in lengths of theirs: bfloat16 rounds."""


def traced(network: nn.Module, pixels: Tensor) -> tuple[Tensor, Tensor | None, Tensor | None]:
    """``PixelsToFeatures`` of (n, size, size, 3) → features, map and positions, float32.

    These are (n, dim), (n, h, w, channels) and (n, h, w, dim), whose mean the features are. The
    last two are None where they are not a mean.
    """
    seen: list[Tensor] = []
    hooks = [
        module.register_forward_pre_hook(lambda _module, given: seen.append(given[0]))
        for module in network.modules()
        if isinstance(module, nn.AdaptiveAvgPool2d) or hasattr(module, "pool_type")
    ]
    try:
        features = network(pixels).float()
    finally:
        for hook in hooks:
            hook.remove()
    trunk: Any = network.network
    for one in reversed([one.float() for one in seen if one.ndim == 4]):
        for maps in (one.permute(0, 2, 3, 1), one):  # channels last, whichever way it had them
            positions = _after(trunk, maps)
            if positions is not None and _is_mean(positions, features):
                return features, maps, positions
    return features, None, None


def _after(trunk: nn.Module, maps: Tensor) -> Tensor | None:
    """Each position through what follows the pooling, where that is known to be affine."""
    if not isinstance(trunk, EmbeddingNetwork):
        return maps
    if trunk.flip or maps.shape[-1] != trunk.neck.num_features:
        return None
    rows: Tensor = trunk.embedding(trunk.neck(maps.reshape(-1, maps.shape[-1])))
    return rows.float().reshape(*maps.shape[:3], -1)


def _is_mean(positions: Tensor, features: Tensor) -> bool:
    means = positions.mean(dim=(1, 2))
    if means.shape != features.shape:
        return False
    away = (means - features).norm(dim=1)
    return bool((away <= _CLOSE * features.norm(dim=1)).all())
