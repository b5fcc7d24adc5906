"""A network that OpenVINO has compiled: blocks of pictures in, its outputs for each of them."""

from typing import Any

import numpy as np

from search.arrays import Floats, Pixels

_REQUEST = 8
"""Pictures in one inference request: larger ones are slower, as they leave the cache."""

_REQUESTS_AHEAD = 4
"""Requests given at once for each stream, so that no stream waits for the next block."""


class OpenVinoNetwork:
    """Several requests in flight, on the streams that OpenVINO sets up for this machine.

    One thread at a time may use it. Nothing of Python runs until all is done: it would wait for
    other threads' Python, and the device for it.
    """

    def __init__(self, core: Any, network: Any, hint: str) -> None:
        hints = {
            "PERFORMANCE_HINT": "THROUGHPUT",
            "INFERENCE_PRECISION_HINT": hint,
            # A pinned thread waits for whatever else runs on its core: this server's Python, too.
            "ENABLE_CPU_PINNING": False,
        }
        self._compiled = core.compile_model(network, "CPU", hints)
        self._shapes = [
            [side.get_length() for side in list(one.get_partial_shape())[1:]]
            for one in self._compiled.outputs
        ]
        self._streams: int = self._compiled.get_property("OPTIMAL_NUMBER_OF_INFER_REQUESTS")
        self._requests: list[Any] = []
        self.block: int = _REQUEST * _REQUESTS_AHEAD * self._streams

    def outputs(self, pixels: Pixels) -> list[Floats]:
        """(n, size, size, 3) uint8 → each output, (n, …) float32."""
        found = [np.empty((len(pixels), *shape), np.float32) for shape in self._shapes]
        for start in range(0, len(pixels), self.block):
            part = slice(start, start + self.block)
            self._fill([one[part] for one in found], pixels[part])
        return found

    def _fill(self, found: list[Floats], pixels: Pixels) -> None:
        """At most a block."""
        size = min(_REQUEST, -(-len(pixels) // self._streams))  # few are for all streams too
        starts = range(0, len(pixels), size)
        while len(self._requests) < len(starts):
            self._requests.append(self._compiled.create_infer_request())
        running = self._requests[: len(starts)]
        for request, start in zip(running, starts, strict=True):
            part = slice(start, start + size)
            _start(request, pixels[part], [one[part] for one in found])
        for request in running:
            request.wait()


def _start(request: Any, pixels: Pixels, found: list[Floats]) -> None:
    """Compute into the arrays of ``found``, which must live until it is done."""
    import openvino as ov

    request.set_input_tensor(0, ov.Tensor(pixels))
    for at, one in enumerate(found):
        request.set_output_tensor(at, ov.Tensor(one, shared_memory=True))
    request.start_async()
