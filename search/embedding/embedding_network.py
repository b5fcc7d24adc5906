"""A trunk with an embedding layer in place of its classifier: what ``indexer train`` trains."""

from torch import Tensor, nn


class EmbeddingNetwork(nn.Module):
    """(n, 3, size, size) → (n, dim): trunk, batch normalisation, one linear layer.

    The normalisation before the layer is the neck of Luo et al., "Bag of Tricks and a Strong
    Baseline for Deep Person Re-identification", CVPR workshops 2019. ``flip`` averages the features
    of a picture and its mirror image.
    """

    def __init__(self, trunk: nn.Module, features: int, dim: int, *, flip: bool = False) -> None:
        super().__init__()
        self.trunk = trunk
        self.neck = nn.BatchNorm1d(features)
        self.embedding = nn.Linear(features, dim, bias=False)
        self.flip = flip

    def forward(self, images: Tensor) -> Tensor:
        features = self.trunk(images).flatten(1)
        if self.flip:
            features = (features + self.trunk(images.flip(3)).flatten(1)) / 2
        vectors: Tensor = self.embedding(self.neck(features))
        return vectors
