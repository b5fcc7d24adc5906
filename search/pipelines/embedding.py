"""What every pipeline does: sources of pictures → a vector or a reason for each."""

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache, partial
from itertools import islice
from os import cpu_count
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from search.arrays import Floats, Pixels
from search.embedding import Embedder
from search.embedding.backbones import DEFAULT_SPEC, load_model
from search.errors import FetchError, InvalidImage
from search.fetching.fetcher import Fetcher
from search.images import load
from search.sources import is_url, local_path
from search.threads import use_threads

VECTOR, REASON = "vector", "reason"
"""The columns that are added."""


class Embedding(NamedTuple):
    """A (d,) float32 vector of unit length, or the reason why there is none."""

    vector: Floats | None
    reason: str | None


class SourceEmbedder:
    """Embeds sources with ``model`` (docs of ``indexer --model``), as many threads as it may use.

    Relative paths are below ``root``, and so must all others be. URLs lead to public addresses, and
    to the hosts or networks in ``fetch_allow``. ``cache`` is a folder where the converted network
    is kept for other processes. The model is loaded once in each process, with the first picture.
    """

    def __init__(
        self,
        model: str = DEFAULT_SPEC,
        *,
        root: str | Path = ".",
        fetch_allow: Sequence[str] = (),
        cache: str | Path | None = None,
        threads: int | None = None,
    ) -> None:
        self._facts = model, None if cache is None else Path(cache), threads
        self._threads = threads or cpu_count() or 1
        self._root = Path(root)
        self._allow = tuple(fetch_allow)

    @property
    def dim(self) -> int:
        """How long the vectors are; raises ModelError."""
        embedder = _embedder(*self._facts)
        return embedder.head.dim(embedder.backbone.dim)

    def embed(self, sources: Iterable[Any]) -> Iterator[Embedding]:
        """One for each path, URL or encoded picture (bytes), in order; raises ModelError.

        Only so many pictures are held as the model takes at once.
        """
        embedder, todo = _embedder(*self._facts), iter(sources)
        with ThreadPoolExecutor(self._threads) as threads, Fetcher(self._allow) as fetcher:
            prepare = partial(self._prepared, embedder, fetcher)
            while block := list(islice(todo, embedder.runtime.block)):
                yield from _embedded(embedder, list(threads.map(prepare, block)))

    def _prepared(self, embedder: Embedder, fetcher: Fetcher, source: Any) -> Pixels | str:
        """Pixels, or what is wrong."""
        preprocessing = embedder.backbone.preprocessing
        try:
            found = load(
                self._place(source), fetcher=fetcher, at_least=preprocessing.decode_at_least
            )
        except (InvalidImage, FetchError) as error:
            return error.reason
        return preprocessing.apply(found)

    def _place(self, source: Any) -> bytes | str | Path:
        if isinstance(source, bytes | bytearray | memoryview):
            return bytes(source)
        if not isinstance(source, str | Path) or not str(source):
            raise InvalidImage("the source", "there is no path, URL or picture")
        return source if is_url(str(source)) else local_path(self._root, str(source))


def _embedded(embedder: Embedder, prepared: list[Pixels | str]) -> Iterator[Embedding]:
    usable = [one for one in prepared if not isinstance(one, str)]
    rows = iter(embedder.head.apply(embedder.features(np.stack(usable))) if usable else ())
    for one in prepared:
        yield Embedding(None, one) if isinstance(one, str) else Embedding(next(rows), None)


@lru_cache(maxsize=2)
def _embedder(model: str, cache: Path | None, threads: int | None) -> Embedder:
    """This process's; a pipeline comes back to it with every batch."""
    if threads is not None:
        use_threads(threads)
    return Embedder(load_model(model), cache=cache)
