"""Ray: the nodes of a cluster, or several processes of this machine.

Actors of Ray, not Ray Data: blocks come from the catalog one by one as there is room (Ray Data
keeps what a driver gives it), the model is loaded once for all of them, and the catalog says
between reading and embedding which contents it has.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from indexer.engines import Embeds
from indexer.ingesting.reading import Reader
from indexer.workbench import Workbench


@contextmanager
def on_ray(
    bench: Workbench, reader: Reader, *, address: str | None = None, workers: int | None = None
) -> Iterator[Embeds]:
    """An engine: ``workers`` on the Ray at ``address``, else on one of this machine for now.

    Raises EngineUnavailable, also while embedding, when Ray cannot be reached or has no room.
    """
    from indexer.engines.ray_cluster import connected, shares
    from indexer.engines.ray_pool import Pool

    with connected(address) as ray:
        pool = Pool(bench, reader, shares(ray.nodes(), workers))
        try:
            pool.wait()
            yield pool.embedded
        finally:
            pool.stop()
