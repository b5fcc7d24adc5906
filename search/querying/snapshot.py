"""What one answer comes from: a version, its models, and the catalog's changes since."""

import logging
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

from sqlalchemy import Engine

from search.answers import IndexState
from search.catalog.changes import read_changes
from search.catalog.places import require_version
from search.embedding.backbones import load_model
from search.embedding.embedder import Embedder
from search.embedding.head import Head
from search.embedding.runtimes import RuntimeName
from search.errors import IndexDamaged, IndexMismatch
from search.feedback.votes import ConfirmedVotes
from search.predictions.calibration import Calibration
from search.predictions.predictor import Predictor
from search.predictions.prototypes import load_prototypes
from search.regions.deciding import Regions
from search.vectors.milvus.address import MilvusAddress
from search.vectors.opening import CurrentVectors, open_vectors
from search.versions import HEAD, PROTOTYPES, IndexFolder
from search.versions.manifest import Manifest

log = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False, slots=True)
class Snapshot:
    """Never changes: an answer that uses one throughout cannot mix two states of the index.

    ``revision`` is the newest change of the catalog that the vectors reflect; ``confirmed`` are the
    queries whose category people named; ``stamps`` are its files' (``Manifest.stamps``).
    """

    manifest: Manifest
    embedder: Embedder
    vectors: CurrentVectors
    predictor: Predictor
    confirmed: ConfirmedVotes
    revision: int
    stamps: list[tuple[int, int, int]]
    regions: Regions

    @classmethod
    def open(
        cls,
        folder: IndexFolder,
        manifest: Manifest,
        embedder: Embedder,
        catalog: Engine,
        address: MilvusAddress | None = None,
    ) -> Self:
        """Load a version's vectors and head, under the backbone of ``embedder``.

        ``address`` is where vectors are that are in no file. Raises IndexDamaged, IndexMismatch,
        BadVectorsUrl or VectorsUnavailable.
        """
        files = folder.folder(manifest.version)
        before = manifest.stamps(files)
        folder.verify(manifest)
        require_version(catalog, manifest)
        head = Head.load(files / HEAD, manifest.head_kind)
        if head.fingerprint != manifest.head:
            raise IndexMismatch(
                f"Version {manifest.version} was made with the head {manifest.head}, and its file "
                f"holds {head.fingerprint}; run 'indexer build' to make a new version."
            )
        vectors = open_vectors(files, address, catalog, manifest.version)
        predictor = _predictor(manifest, files)
        if manifest.stamps(files) != before:
            raise IndexDamaged(
                f"Files of version {manifest.version} were changed while they were read; run "
                "'indexer build' to make a new version."
            )
        opened = cls(
            manifest,
            embedder.with_head(head),
            vectors,
            predictor,
            ConfirmedVotes.load(catalog, manifest.backbone, head),
            manifest.revision,
            before,
            Regions.read(manifest.regions),
        )
        return opened.caught_up(catalog)

    @property
    def state(self) -> IndexState:
        """What answers say of it."""
        made = self.manifest
        return IndexState(made.version, self.revision, made.model, made.built_at)

    def caught_up(self, catalog: Engine) -> Self:
        """This one, or one with every change of the catalog, and all feedback, until now."""
        backbone = self.embedder.backbone
        changes = read_changes(
            catalog,
            backbone.fingerprint,
            backbone.dim,
            self.embedder.head.apply,
            version=-1 if self.vectors.holds_products else self.manifest.revision,
            seen=self.revision,
        )
        confirmed = self.confirmed.caught_up(catalog)
        if changes.revision == self.revision and confirmed is self.confirmed:
            return self
        vectors = self.vectors
        if len(changes.hidden) or len(changes.ids) or len(changes.kept):
            vectors = vectors.applied(changes)
        return replace(self, vectors=vectors, confirmed=confirmed, revision=changes.revision)


def _predictor(manifest: Manifest, files: Path) -> Predictor:
    """No prototypes are known to versions of earlier releases."""
    path = files / PROTOTYPES
    known = load_prototypes(path) if path.is_file() else {}
    return Predictor(Calibration.read(manifest.calibration), known)


def embedder_for(
    folder: IndexFolder,
    manifest: Manifest,
    model: str | None,
    runtime: RuntimeName,
    current: Embedder | None = None,
) -> Embedder:
    """The embedder of a version's backbone; ``current`` if that is the same one.

    Raises ModelError, or IndexMismatch when ``model``, or what the version's own specification
    loads today, is not what the version was made with.
    """
    if current and current.backbone.fingerprint == manifest.backbone:
        return current
    backbone = load_model(model or manifest.spec)
    if backbone.fingerprint != manifest.backbone:
        raise IndexMismatch(
            f"Version {manifest.version} in '{folder.path}' was built with {manifest.spec} "
            f"({manifest.backbone}), not with {backbone.spec} ({backbone.fingerprint}); leave "
            "--model out, or build an index with that model."
        )
    return Embedder(backbone, runtime=runtime, cache=folder.cache)
