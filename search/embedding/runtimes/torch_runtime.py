"""PyTorch: float32 on the CPU (the reference), bfloat16 autocast on a CUDA GPU."""

from contextlib import AbstractContextManager, nullcontext
from threading import Lock

import numpy as np

from search.arrays import Floats, Pixels
from search.embedding.backbone import Backbone

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
            writable = np.require(pixels, requirements=["C", "W"])  # torch warns of others
            batches = torch.from_numpy(writable).split(self.block)
            done = [self._network(batch.to(self._device)).float().cpu() for batch in batches]
            rows: Floats = torch.cat(done).numpy()
            return rows

    def _precision(self) -> AbstractContextManager[object]:
        if self._on_gpu:
            return self._torch.autocast("cuda", dtype=self._torch.bfloat16)
        return nullcontext()
