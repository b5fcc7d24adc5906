"""A network that OpenVINO has compiled: blocks of pictures in, its outputs for each of them."""

from typing import Any

import numpy as np

from search.arrays import Floats, Pixels

_REQUEST = 8
"""Pictures in one inference request: larger ones are slower, as they leave the cache."""

_REQUESTS_AHEAD = 4
"""Requests given at once for each stream, so that no stream waits for the next block."""

_Rows = list[tuple[Floats, slice]]


class OpenVinoNetwork:
    """Several requests in flight, one for each stream that OpenVINO sets up for this machine.

    One thread at a time may use it.
    """

    def __init__(self, core: Any, network: Any, hint: str) -> None:
        import openvino as ov

        hints = {"PERFORMANCE_HINT": "THROUGHPUT", "INFERENCE_PRECISION_HINT": hint}
        compiled = core.compile_model(network, "CPU", hints)
        self._shapes = [
            [side.get_length() for side in list(one.get_partial_shape())[1:]]
            for one in compiled.outputs
        ]
        self._requests = ov.AsyncInferQueue(compiled)
        self._requests.set_callback(_keep)
        self.block = _REQUEST * _REQUESTS_AHEAD * len(self._requests)

    def outputs(self, pixels: Pixels) -> list[Floats]:
        """(n, size, size, 3) uint8 → each output, (n, …) float32."""
        found = [np.empty((len(pixels), *shape), np.float32) for shape in self._shapes]
        size = min(_REQUEST, -(-len(pixels) // len(self._requests)))  # few are for all streams too
        for start in range(0, len(pixels), size):
            part = slice(start, start + size)
            rows: _Rows = [(one, part) for one in found]
            self._requests.start_async({0: pixels[part]}, userdata=rows)
        self._requests.wait_all()
        return found


def _keep(request: Any, rows: _Rows) -> None:
    for at, (found, part) in enumerate(rows):
        found[part] = request.get_output_tensor(at).data
