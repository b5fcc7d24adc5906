"""The workers of one build: each gets blocks as it is free, and others get what it lost."""

from collections import OrderedDict
from collections.abc import Iterator
from concurrent.futures import Future
from itertools import islice
from queue import Empty, Queue
from threading import Lock
from typing import Any

from indexer.engines.blocks import Embedded
from indexer.engines.local import UNSTORED
from indexer.engines.ray_cluster import Share
from indexer.engines.ray_worker import Worker
from indexer.ingesting.reading import Reader
from indexer.workbench import Workbench
from search.catalog.records import ImageRef
from search.embedding.shipping import pack
from search.errors import EngineUnavailable
from search.prefetching import done_ahead

_BLOCK, _GPU_BLOCK = 64, 256
"""Images of a block: what is lost with a worker, once for each of its places."""

_PLACES = 3
"""Blocks that one worker has at a time: one is read, one is embedded, one is on its way."""

_TRIES = 5
"""Workers that may end with the same block in their hands."""

_PATIENCE = 300.0
"""Seconds without any worker after which a build gives up."""


class Pool:
    """Workers on a Ray that is connected, one for each share."""

    def __init__(self, bench: Workbench, reader: Reader, shares: list[Share]) -> None:
        import ray

        self._ray = ray
        self._store = bench.store
        self._free: Queue[Any] = Queue()
        self._claims: OrderedDict[int, set[str]] = OrderedDict()
        self._lock = Lock()
        self._is_stopped = False
        self._ahead = 2 * _PLACES * len(shares)
        has_gpus = any(share.gpus for share in shares)
        self._size = _GPU_BLOCK if has_gpus else _BLOCK
        # In a list: each worker fetches it once, not with every call.
        self._model = [
            ray.put(pack(bench.embedder.backbone, bench.folder.cache, has_gpus=has_gpus))
        ]
        has_urls = bench.catalog.has_urls()
        self._workers = [self._worker(share, reader, has_urls) for share in shares]
        for worker in self._workers:
            for _ in range(_PLACES):
                self._await(worker)

    def wait(self) -> None:
        """Until one of the workers has loaded the model; raises EngineUnavailable or ModelError."""
        self._free.put(self._next())

    def embedded(self, refs: Iterator[ImageRef]) -> Iterator[Embedded]:
        """The blocks in their order; the slowest is waited for."""
        blocks = enumerate(iter(lambda: list(islice(refs, self._size)), []))
        threads = _PLACES * len(self._workers)
        return done_ahead(self._block, blocks, threads, self._ahead)

    def stop(self) -> None:
        """End the workers, whatever they are doing, and those that wait for one."""
        self._is_stopped = True
        self._free.put(None)
        for worker in self._workers:
            self._ray.kill(worker)

    def _worker(self, share: Share, reader: Reader, has_urls: bool) -> Any:
        from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

        options = {
            "num_cpus": share.threads,
            "num_gpus": share.gpus,
            "max_restarts": -1,
            "max_concurrency": _PLACES,
            "scheduling_strategy": NodeAffinitySchedulingStrategy(share.node, soft=True),
        }
        actor = self._ray.remote(Worker).options(**options)
        return actor.remote(reader, share.threads, has_urls=has_urls)

    def _await(self, worker: Any) -> None:
        """Give the worker a block once it has begun, or begun anew."""

        def ready(found: "Future[int]") -> None:
            self._free.put(found.exception() or worker)

        again = worker.ready.options(max_task_retries=-1)
        again.remote(self._model).future().add_done_callback(ready)

    def _next(self) -> Any:
        """A worker that is free."""
        try:
            found = self._free.get(timeout=_PATIENCE)
        except Empty:
            raise EngineUnavailable(
                f"No worker of Ray began within {_PATIENCE:.0f} s: its CPUs or GPUs are taken, or "
                "its nodes are gone; look at 'ray status', and run the command again: it goes on "
                "where it stopped."
            ) from None
        if self._is_stopped:
            self._free.put(found)  # for whoever waits next
            raise EngineUnavailable("The build was stopped.")
        if isinstance(found, BaseException):
            raise _cause(found)
        return found

    def _block(self, numbered: tuple[int, list[ImageRef]]) -> Embedded:
        number, refs = numbered
        for _ in range(_TRIES):
            worker = self._next()
            try:
                digests = self._ray.get(worker.read.remote(number, refs))
                seen = self._seen(number, digests)
                embedding = worker.embed.remote(number, refs, seen, self._model)
                found: Embedded = self._ray.get(embedding)
            except self._ray.exceptions.RayTaskError as error:
                raise _cause(error) from error
            except self._ray.exceptions.RayError:  # the worker, its node, or what it gave is lost
                if not self._is_stopped:
                    self._await(worker)
                continue
            self._free.put(worker)
            return found
        raise EngineUnavailable(
            f"{_TRIES} workers of Ray ended while they embedded the pictures from "
            f"'{refs[0].source}' to '{refs[-1].source}': look at Ray's logs, one of these may be "
            "the reason."
        )

    def _seen(self, number: int, digests: list[str]) -> set[str]:
        """Those that have features, or that another block has taken upon itself."""
        with self._lock:
            self._claims.pop(number, None)
            others = set().union(*self._claims.values())
            seen = self._store.known(digests) | others.intersection(digests)
            self._claims[number] = set(digests) - seen
            while len(self._claims) > self._ahead + 2 * UNSTORED:
                self._claims.popitem(last=False)  # it is stored: the catalog knows
            return seen


def _cause(error: BaseException) -> BaseException:
    """What a worker raised, without what Ray says of it; or why there is no worker."""
    found = getattr(error, "cause", None) or error
    if type(found).__module__.startswith("ray."):
        return EngineUnavailable(
            f"A worker of Ray could not begin ({str(found).strip().splitlines()[-1][:300]}): every "
            "node needs the same releases of Lookalike, Python and Ray."
        )
    return found
