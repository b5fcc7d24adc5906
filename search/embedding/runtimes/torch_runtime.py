"""PyTorch: float32 on the CPU (the reference), bfloat16 autocast on a CUDA GPU."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np

from search.arrays import Floats, Pixels
from search.embedding.backbone import Backbone
from search.embedding.runtimes.runtime import Look

if TYPE_CHECKING:
    from torch import Tensor

_CPU_BLOCK = 32
_GPU_BLOCK = 256


class TorchRuntime:
    """Runs the network where torch finds the fastest device."""

    def __init__(self, backbone: Backbone) -> None:
        import torch

        from search.embedding.runtimes.pixels import PixelsToFeatures

        self._torch = torch
        self._on_gpu = torch.cuda.is_available()
        self._device = torch.device("cuda" if self._on_gpu else "cpu")
        self._network = PixelsToFeatures(backbone).eval().to(self._device)
        self._lock = Lock()
        self.name = "torch cuda bfloat16" if self._on_gpu else "torch cpu float32"
        self.block = _GPU_BLOCK if self._on_gpu else _CPU_BLOCK

    def features(self, pixels: Pixels) -> Floats:
        """(n, size, size, 3) uint8 → (n, dim) float32."""
        torch = self._torch
        with self._lock, torch.inference_mode(), self._precision():
            done = [self._network(batch).float().cpu() for batch in self._batches(pixels)]
            rows: Floats = torch.cat(done).numpy()
            return rows

    def look(self, pixels: Pixels) -> Look:
        """The same features, and (n, h, w, channels) that they come from, if they do."""
        return self._looked(pixels)[0]

    def positions(self, pixels: Pixels) -> Floats | None:
        """(n, h, w, dim), whose mean over h and w are the features, if they are a mean."""
        return self._looked(pixels)[1]

    def _looked(self, pixels: Pixels) -> tuple[Look, Floats | None]:
        from search.embedding.runtimes.torch_map import traced

        torch = self._torch
        with self._lock, torch.inference_mode(), self._precision():
            found = [traced(self._network, batch) for batch in self._batches(pixels)]
        features: Floats = torch.cat([one[0] for one in found]).cpu().numpy()
        maps = [one[1] for one in found if one[1] is not None]
        positions = [one[2] for one in found if one[2] is not None]
        if len(positions) < len(found):
            return Look(features, None), None
        return Look(features, torch.cat(maps).cpu().numpy()), torch.cat(positions).cpu().numpy()

    def _batches(self, pixels: Pixels) -> Iterator["Tensor"]:
        writable = np.require(pixels, requirements=["C", "W"])  # torch warns of others
        for batch in self._torch.split(self._torch.from_numpy(writable), self.block):
            yield batch.to(self._device)

    def _precision(self) -> AbstractContextManager[object]:
        if self._on_gpu:
            return self._torch.autocast("cuda", dtype=self._torch.bfloat16)
        return nullcontext()
