"""Which version is live, and how a running program moves to the next one."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Lock

from sqlalchemy import Engine

from search.embedding.runtimes import RuntimeName
from search.errors import IndexDamaged
from search.querying.snapshot import Snapshot, embedder_for
from search.vectors.milvus.address import MilvusAddress
from search.versions import IndexFolder
from search.versions.manifest import Manifest


class LiveIndex:
    """The newest snapshot of an index folder; ``now`` is replaced whole, never changed.

    ``with_model`` starts the first one's network too, while the rest is opened.
    """

    def __init__(
        self,
        folder: IndexFolder,
        catalog: Engine,
        model: str | None,
        runtime: RuntimeName,
        pinned: int | None,
        address: MilvusAddress | None = None,
        *,
        with_model: bool = False,
    ) -> None:
        self._folder = folder
        self._catalog = catalog
        self._model = model
        self._runtime = runtime
        self._pinned = pinned
        self._address = address
        self._opening = Lock()
        self._changing = Lock()
        self._tried: list[tuple[int, int, int]] = []
        self.now = self._opened(None, with_model=with_model)

    def refresh(self) -> None:
        """Move ``now`` to the live version and to the catalog's newest change.

        When that fails, ``now`` stays as it is. Raises what ``SearchEngine.open`` raises.
        """
        with self._opening:
            before = self.now
            live = self._pinned or self._folder.live_number()
            if live != before.manifest.version or self._has_new_files(before):
                opened = self._opened(before)
                with self._changing:
                    self.now = opened.caught_up(self._catalog)
        self.catch_up()

    def _has_new_files(self, now: Snapshot) -> bool:
        """Whether files of the version were changed or put back, and not looked at since.

        Files that are gone change nothing: what is open stays.
        """
        try:
            stamps = now.manifest.stamps(self._folder.folder(now.manifest.version))
        except IndexDamaged:
            return False
        if stamps in (now.stamps, self._tried):
            return False
        self._tried = stamps
        return True

    def catch_up(self) -> None:
        """Move ``now`` to the catalog's newest change; does not wait for a version being opened."""
        with self._changing:
            self.now = self.now.caught_up(self._catalog)

    def _opened(self, before: Snapshot | None, *, with_model: bool = False) -> Snapshot:
        while True:
            manifest = self._wanted()
            current = before.embedder if before else None
            embedder = embedder_for(self._folder, manifest, self._model, self._runtime, current)
            files = self._folder, manifest, embedder, self._catalog, self._address
            try:
                if not with_model:
                    return Snapshot.open(*files)
                with ThreadPoolExecutor(1) as thread:
                    started = thread.submit(embedder.start_queries)
                    opened = Snapshot.open(*files)
                    started.result()
                # The embedder that was opened is a copy made before there was a network to share.
                return replace(opened, embedder=embedder.with_head(opened.embedder.head))
            except IndexDamaged:
                # The next versions may have been published, and this one deleted, meanwhile.
                if self._wanted().version == manifest.version:
                    raise

    def _wanted(self) -> Manifest:
        if self._pinned is not None:
            return self._folder.version(self._pinned)
        return self._folder.require_live()
