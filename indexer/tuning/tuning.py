"""``indexer tune``: another head for an index, from the features that are there."""

from dataclasses import dataclass
from pathlib import Path

from indexer.build import live_model
from indexer.indexing.remembered import limits_for
from indexer.progress import Steps
from indexer.sealing.heads import FittedHead
from indexer.sealing.journey import prune, publish
from indexer.tuning.card import write_card
from indexer.tuning.choosing import choose_head
from indexer.tuning.records import Tuning, TuningReport
from indexer.tuning.sampling import read_sample
from indexer.workbench import Workbench
from search.backends import REMEMBERED, Backends
from search.embedding import Embedder
from search.embedding.backbone import Model
from search.embedding.backbones import load_model
from search.embedding.model_files import HEAD, is_model_folder
from search.embedding.model_folder import TunedConfig, read_config, write_config
from search.errors import CatalogFileError
from search.versions import KEPT, IndexFolder
from search.versions.replicas import publish as publish_in_store
from search.versions.replicas import store_of, take_over


@dataclass(frozen=True, slots=True)
class TuneReport:
    """What was tried and won, the live version, whether it is a new one, and what was written."""

    tuning: TuningReport
    version: int
    published: bool
    output: str | None


def tune(
    index: Path,
    output: Path | None,
    steps: Steps,
    backends: Backends = REMEMBERED,
) -> TuneReport:
    """Choose a head anew, and publish a version with it if it is not the live one's.

    No image is read and no network is started. ``output`` is a folder for the head: a model that
    ``--model`` takes, for the same features. Raises IndexNotFound, IndexDamaged, IndexBusy,
    ModelError, StoreUnreachable, or OSError before the work when the folder cannot be made.
    """
    folder = IndexFolder(index)
    published = store_of(folder, backends.versions)
    if published:
        take_over(folder, published)
    folder.require_live()
    if output:
        output.mkdir(parents=True, exist_ok=True)
    model = load_model(live_model(folder))
    places = backends, published
    with folder.lock(), Workbench.open(folder, Embedder(model), steps, *places) as bench:
        live = folder.require_live()
        folder.verify(live)
        revision, (_, images) = bench.catalog.revision(), bench.catalog.counts()
        if not images:
            raise CatalogFileError(f"'{index}' has no usable image; build it from another catalog.")
        sample = read_sample(bench.catalog.engine, bench.store, images)
        tuning = choose_head(bench, sample, images)
        made = live
        if tuning.head.fingerprint != live.head:
            fitted = FittedHead.of(bench, sample, tuning, revision, places=None)
            made = publish(bench, fitted, Path(live.image_root), live, limits_for(live))
            prune(bench, KEPT, live)
            if published:
                publish_in_store(folder, published, KEPT)
    if output:
        _write(output, model, tuning)
    written = str(output) if output else None
    return TuneReport(tuning.report, made.version, made is not live, written)


def _write(folder: Path, model: Model, tuning: Tuning) -> None:
    base = _base(model.spec)
    tuning.head.save(folder / HEAD)
    write_config(folder, TunedConfig(base=base, head_kind=tuning.head.kind))
    write_card(folder, base, tuning.report)


def _base(spec: str) -> str:
    """What the features come from, for the folder of a tuned model too."""
    if is_model_folder(spec):
        config = read_config(Path(spec))
        if isinstance(config, TunedConfig):
            return config.base
    return spec
