"""The backbone with its input stage: the one place where pixels are normalised."""

from torch import Tensor, nn

from search.embedding.backbone import Backbone


class PixelsToFeatures(nn.Module):
    """(n, size, size, 3) uint8 → (n, dim) float32: scale, normalise, run the network."""

    def __init__(self, backbone: Backbone) -> None:
        super().__init__()
        prepared = backbone.preprocessing
        self.network = backbone.network().eval()
        self.scale = [1 / (255 * std) for std in prepared.std]
        self.shift = [-mean / std for mean, std in zip(prepared.mean, prepared.std, strict=True)]

    def forward(self, pixels: Tensor) -> Tensor:
        images = pixels.permute(0, 3, 1, 2).float()
        shape = (1, 3, 1, 1)
        scale = images.new_tensor(self.scale).view(shape)
        shift = images.new_tensor(self.shift).view(shape)
        features: Tensor = self.network(images * scale + shift)
        return features.flatten(1)
