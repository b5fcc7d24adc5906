"""What one would write without this project: timm, torchvision's transforms and a DataLoader."""

import os
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch.utils.data import DataLoader, Dataset

from search.arrays import Floats
from search.embedding.backbone import Backbone
from search.embedding.torchvision_ops import declare_missing_operators

PRECISIONS = {"float32": torch.float32, "bfloat16": torch.bfloat16}

_BATCH = 64
_WORKERS = 2


class Peer:
    """timm's network with the same weights, in one precision, on all cores."""

    def __init__(self, backbone: Backbone, precision: str) -> None:
        self.name = f"timm_dataloader_{precision}"
        self._dtype = PRECISIONS[precision]
        # What PyTorch advises for bfloat16 on CPUs; float32 as a model comes.
        self._format = torch.contiguous_format if precision == "float32" else torch.channels_last
        network: Any = backbone.network().eval().to(dtype=self._dtype)
        self._network = network.to(memory_format=self._format)
        self._size = backbone.preprocessing.size

    def features(self, paths: list[Path]) -> Floats:
        """(n, dim) float32."""
        torch.set_num_threads(os.cpu_count() or 1)
        photos = _Photos(paths, self._size)
        loader: Any = DataLoader(photos, _BATCH, num_workers=_WORKERS)
        with torch.inference_mode():
            found = [
                self._network(batch.to(self._dtype, memory_format=self._format)).float()
                for batch in loader
            ]
        return np.asarray(torch.cat(found).numpy(), np.float32)


class _Photos(Dataset[torch.Tensor]):
    """JPEGs are decoded reduced, as a build's are: at no less than twice the side."""

    def __init__(self, paths: list[Path], size: int) -> None:
        declare_missing_operators()
        from torchvision import transforms

        self._paths = paths
        self._draft = (2 * size, 2 * size)
        self._transform = transforms.Compose(
            [
                transforms.Resize((size, size), transforms.InterpolationMode.BICUBIC),
                transforms.ToTensor(),
                transforms.Normalize((0.5, 0.5, 0.5), (0.5, 0.5, 0.5)),
            ]
        )

    def __len__(self) -> int:
        return len(self._paths)

    def __getitem__(self, number: int) -> torch.Tensor:
        with Image.open(self._paths[number]) as image:
            image.draft("RGB", self._draft)
            found: torch.Tensor = self._transform(image.convert("RGB"))
        return found
