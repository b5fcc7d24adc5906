"""The converted network as OpenVINO's own files, kept so that the next start needs no torch."""

import hashlib
import os
import tempfile
import warnings
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

from search.durable import write_durably
from search.embedding.backbone import Backbone

_EXAMPLE_BATCH = 2
"""A batch of one would let the tracer fold the batch axis into a constant."""


class NetworkFile:
    """Convert once, read ever after; a file that is not what was written is converted again."""

    def __init__(self, backbone: Backbone, cache: Path | None) -> None:
        self._backbone = backbone
        self._cache = cache

    def read(self, core: Any) -> Any:
        """An ``openvino.Model`` with a free batch axis."""
        return core.read_model(*self.files())

    def files(self) -> tuple[bytes, bytes]:
        """The ``.xml`` file and the ``.bin`` beside it, converted where they are not there yet."""
        found = None if self._cache is None else self._kept(self._cache)
        if found is not None:
            return found
        if self._cache is None or (self._cache.exists() and not os.access(self._cache, os.W_OK)):
            with tempfile.TemporaryDirectory() as folder:
                return self._made(Path(folder))
        return self._made(self._cache)

    def _kept(self, folder: Path) -> tuple[bytes, bytes] | None:
        path = self._path(folder)
        try:
            found = _files(path)
            is_whole = path.with_suffix(".sha256").read_bytes() == _digest(found)
        except OSError:
            return None
        return found if is_whole else None

    def _made(self, folder: Path) -> tuple[bytes, bytes]:
        folder.mkdir(parents=True, exist_ok=True)
        path = self._path(folder)
        write_network(self._backbone, path)
        found = _files(path)
        write_durably(path.with_suffix(".sha256"), _digest(found))
        return found

    def _path(self, folder: Path) -> Path:
        return folder / f"{self._name()}.xml"

    def _name(self) -> str:
        """Changes with everything that the file depends on."""
        import openvino as ov

        exact = sorted(self._backbone.exact_layers)
        facts = f"{self._backbone.fingerprint} {exact} {ov.get_version()}"
        return hashlib.sha256(facts.encode()).hexdigest()[:16]


def _files(path: Path) -> tuple[bytes, bytes]:
    """An ``.xml`` file and the ``.bin`` beside it."""
    return path.read_bytes(), path.with_suffix(".bin").read_bytes()


def _digest(files: tuple[bytes, bytes]) -> bytes:
    """One changed weight would change every vector."""
    return b" ".join(hashlib.sha256(one).hexdigest().encode() for one in files)


def read_network(core: Any, path: Path) -> Any:
    """An ``openvino.Model`` of an ``.xml`` file and the ``.bin`` beside it."""
    # Weights are passed as bytes, so that nothing maps a file that may be deleted.
    return core.read_model(*_files(path))


def write_network(backbone: Backbone, path: Path, *, half: bool = False) -> None:
    """Convert the network, input stage included, to ``path`` and the ``.bin`` beside it.

    The layers in ``Backbone.exact_layers`` carry OpenVINO's ``precise`` attribute, which keeps
    them in float32 while the rest computes in bfloat16. With ``half`` the weights are kept as
    float16, which has more digits than bfloat16.
    """
    import openvino as ov

    network = _converted(backbone)
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        fresh = Path(folder) / path.name
        ov.save_model(network, fresh, compress_to_fp16=half)
        _mark(fresh, backbone.exact_layers)
        # The description comes last: whoever finds it finds the weights too.
        for suffix in (".bin", ".xml"):
            fresh.with_suffix(suffix).replace(path.with_suffix(suffix))


def _converted(backbone: Backbone) -> Any:
    """An ``openvino.Model``, simplified, with a free batch axis.

    The steps of ``openvino.convert_model`` that a traced network needs: all of them take more than
    twice as long, mostly to check the trace by tracing again.
    """
    import openvino as ov
    import torch
    from openvino._offline_transformations import apply_moc_transformations
    from openvino.frontend import FrontEndManager
    from openvino.frontend.pytorch.ts_decoder import TorchScriptPythonDecoder

    from search.embedding.runtimes.pixels import PixelsToFeatures

    size = backbone.preprocessing.size
    example = torch.zeros(_EXAMPLE_BATCH, size, size, 3, dtype=torch.uint8)
    with torch.inference_mode(), warnings.catch_warnings():
        # The tracer is deprecated, and warns of every check that a network makes.
        warnings.simplefilter("ignore")
        # The frontend does not keep its decoder alive.
        decoder = TorchScriptPythonDecoder(
            PixelsToFeatures(backbone), example_input=example, trace_kwargs={"check_trace": False}
        )
        frontend = FrontEndManager().load_by_framework("pytorch")
        network = frontend.convert(frontend.load(decoder))
    network.inputs[0].get_node().set_element_type(ov.Type.u8)
    network.reshape({0: [-1, size, size, 3]})
    apply_moc_transformations(network, cf=True)
    return network


def _mark(path: Path, exact: frozenset[int]) -> None:
    """Have the convolutions of these numbers, in order of execution, computed in float32."""
    tree = ET.parse(path)  # noqa: S314 - OpenVINO wrote it a moment ago
    convolution = -1
    for layer in tree.iterfind("layers/layer"):
        convolution += layer.get("type") in ("Convolution", "GroupConvolution")
        if convolution in exact and layer.get("type") != "Const":
            info = ET.Element("rt_info")
            ET.SubElement(info, "attribute", name="precise", version="0")
            layer.insert(0, info)
    tree.write(path)
