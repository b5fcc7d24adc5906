"""OpenVINO on the CPU: bfloat16 where the processor has it, float32 elsewhere."""

import logging
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import Any

from search.arrays import Floats, Pixels
from search.embedding.backbone import Backbone, Exported, Precision
from search.embedding.runtimes.network_file import NetworkFile, read_network
from search.embedding.runtimes.openvino_core import openvino_core
from search.embedding.runtimes.openvino_network import OpenVinoNetwork
from search.embedding.runtimes.pooling import after_pooling, each_position, with_map
from search.embedding.runtimes.runtime import Look, centred
from search.errors import ModelError

log = logging.getLogger(__name__)

_FEW = 8
"""So many pictures go through the network of queries where that alone is there."""


class OpenVinoRuntime:
    """One network for batches, and one for queries that gives the map too, from the same file.

    Each is compiled when it is needed first: it takes a quarter of a second and 100 MB, and most
    programs need one of them. Both give the same features, bit for bit.
    """

    def __init__(self, backbone: Backbone, cache: Path | None) -> None:
        self._core = openvino_core()
        precision = self._precision(self._core, backbone.exported)
        # What of an int8 network is not int8 is float32: bfloat16 made it no faster.
        self._hint = "bf16" if precision == "bfloat16" else "f32"
        self._backbone = backbone
        self._cache = cache
        self._plain: OpenVinoNetwork | None = None
        self._mapped: OpenVinoNetwork | None = None
        self._has_map = True
        self._lock = Lock()
        self.name = f"openvino cpu {precision}"
        self._unused = self._load()  # so that whoever starts it hears of a damaged file

    @property
    def block(self) -> int:
        """How many pictures one call should carry; the first time, the network starts."""
        with self._lock:
            return self._for_batches().block

    def features(self, pixels: Pixels) -> Floats:
        """(n, size, size, 3) uint8 → (n, dim) float32."""
        with self._lock:
            if self._mapped and not self._plain and len(pixels) <= _FEW:
                return self._mapped.outputs(pixels)[0]
            return self._for_batches().outputs(pixels)[0]

    def look(self, pixels: Pixels) -> Look:
        """The same features, and (n, h, w, channels) that they come from, if they do."""
        with self._lock:
            features, *maps = self._for_queries().outputs(pixels)
        return Look(features, maps[0] if maps else None)

    def positions(self, pixels: Pixels) -> Floats | None:
        """(n, h, w, dim), whose mean over h and w are the features, if they are a mean."""
        features, maps = self.look(pixels)
        if maps is None:
            return None
        with self._lock:
            found = maps if self._after is None else each_position(maps, self._after)
        return centred(found, features)

    @cached_property
    def _after(self) -> Any | None:
        """What follows the pooling, compiled; None where nothing does."""
        network = after_pooling(self._read())
        exact = {"INFERENCE_PRECISION_HINT": "f32"}
        return network and self._core.compile_model(network, "CPU", exact)

    def _for_batches(self) -> OpenVinoNetwork:
        if self._plain is None:
            self._plain = OpenVinoNetwork(self._core, self._read(), self._hint)
        return self._plain

    def _for_queries(self) -> OpenVinoNetwork:
        if self._mapped is None and self._has_map:
            network = with_map(self._read())
            self._has_map = network is not None
            self._mapped = OpenVinoNetwork(self._core, network, self._hint) if network else None
        return self._mapped or self._for_batches()

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

    def _read(self) -> Any:
        """An ``openvino.Model`` that nobody has changed."""
        unused, self._unused = self._unused, None
        return unused or self._load()

    def _load(self) -> Any:
        """The exported ``openvino.Model``, or the network converted; raises ModelError."""
        exported = self._backbone.exported
        if exported is None:
            return NetworkFile(self._backbone, self._cache).read(self._core)
        try:
            return read_network(self._core, exported.path)
        except RuntimeError as error:
            raise ModelError(
                f"OpenVINO cannot read '{exported.path}': the file is damaged or of a newer "
                "OpenVINO; export the model again."
            ) from error
