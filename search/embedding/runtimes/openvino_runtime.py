"""OpenVINO on the CPU: bfloat16 where the processor has it, float32 elsewhere."""

import logging
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np

from search.arrays import Floats, Pixels
from search.embedding.backbone import Backbone, Exported, Precision
from search.embedding.runtimes.network_file import NetworkFile, read_network
from search.embedding.runtimes.openvino_core import openvino_core
from search.errors import ModelError

log = logging.getLogger(__name__)

_REQUEST = 8
"""Pictures in one inference request: larger ones are slower, as they leave the cache."""

_REQUESTS_AHEAD = 4
"""Requests given at once for each stream, so that no stream waits for the next block."""


class OpenVinoRuntime:
    """Several requests in flight, one for each stream that OpenVINO sets up for this machine."""

    def __init__(self, backbone: Backbone, cache: Path | None) -> None:
        import openvino as ov

        core = openvino_core()
        precision = self._precision(core, backbone.exported)
        # What of an int8 network is not int8 is float32: bfloat16 made it no faster.
        hint = "bf16" if precision == "bfloat16" else "f32"
        hints = {"PERFORMANCE_HINT": "THROUGHPUT", "INFERENCE_PRECISION_HINT": hint}
        network = _read(core, backbone, cache)
        self._requests = ov.AsyncInferQueue(core.compile_model(network, "CPU", hints))
        self._requests.set_callback(self._keep)
        self._dim = backbone.dim
        self._lock = Lock()
        self.name = f"openvino cpu {precision}"
        self.block = _REQUEST * _REQUESTS_AHEAD * len(self._requests)

    def features(self, pixels: Pixels) -> Floats:
        """(n, size, size, 3) uint8 → (n, dim) float32."""
        rows: Floats = np.empty((len(pixels), self._dim), np.float32)
        size = min(_REQUEST, -(-len(pixels) // len(self._requests)))  # few are for all streams too
        with self._lock:
            for start in range(0, len(pixels), size):
                part = slice(start, start + size)
                self._requests.start_async({0: pixels[part]}, userdata=rows[part])
            self._requests.wait_all()
        return rows

    @staticmethod
    def _keep(request: Any, rows: Floats) -> None:
        rows[:] = request.get_output_tensor(0).data

    def _precision(self, core: Any, exported: Exported | None) -> Precision:
        """What was exported, else bfloat16, or float32 where the processor has no bfloat16."""
        wanted = exported.precision if exported else "bfloat16"
        if wanted == "bfloat16" and not self._has_bfloat16(core):
            return "float32"
        return wanted

    @staticmethod
    def _has_bfloat16(core: Any) -> bool:
        found = "BF16" in core.get_property("CPU", "OPTIMIZATION_CAPABILITIES")
        if not found:
            log.warning("This CPU has no bfloat16: images are embedded in float32, more slowly.")
        return found


def _read(core: Any, backbone: Backbone, cache: Path | None) -> Any:
    """The exported ``openvino.Model``, or the network converted; raises ModelError."""
    if backbone.exported is None:
        return NetworkFile(backbone, cache).read(core)
    try:
        return read_network(core, backbone.exported.path)
    except RuntimeError as error:
        raise ModelError(
            f"OpenVINO cannot read '{backbone.exported.path}': the file is damaged or of a newer "
            "OpenVINO; export the model again."
        ) from error
