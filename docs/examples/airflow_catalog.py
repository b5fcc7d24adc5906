"""A catalog's journey as an Airflow DAG: embed → build → require → publish.

Each task is a plain function: they run one after another without Airflow too, and each may be tried
again, as it does nothing twice. What is built is not served: it is a ``staging`` index. A release
is a copy of it that was checked; ``current`` is a link to the one that servers open when they
start, so going back is linking an older one.

    python docs/examples/airflow_catalog.py      # the tasks in this process
"""

import os
import subprocess
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

CATALOG = Path(os.environ.get("SHOP_CATALOG", "/srv/shop/catalog.csv"))
PHOTOS = Path(os.environ.get("SHOP_PHOTOS", "/srv/shop/photos.csv"))
PLACE = Path(os.environ.get("SHOP_INDEXES", "/srv/shop/indexes"))
ENGINE = os.environ.get("SHOP_ENGINE", "local")
BAR = os.environ.get("SHOP_BAR", "recall@1>=0.6")

STAGING = PLACE / "staging"
RELEASES = PLACE / "releases"
CURRENT = PLACE / "current"


def embed() -> int:
    """Every image's features into the staging index's catalog: the long task; how many were new.

    What it stored before it was stopped is not embedded again.
    """
    from rich.console import Console

    from indexer.build import live_model
    from indexer.cli.engines import engine_of
    from indexer.ingesting.journey import ingest
    from indexer.ingesting.rejects import RejectFile
    from indexer.progress import Steps
    from indexer.sources import read_rows
    from indexer.workbench import Workbench
    from search.embedding import Embedder
    from search.embedding.backbones import load_model
    from search.versions import IndexFolder

    folder = IndexFolder(STAGING)
    embedder = Embedder(load_model(live_model(folder)), cache=folder.cache)
    engine = engine_of(ENGINE, os.environ.get("RAY_ADDRESS"), None)
    with (
        Steps(Console(stderr=True)) as steps,
        folder.lock(),
        Workbench.open(folder, embedder, steps) as bench,
        RejectFile(folder.rejects) as rejects,
    ):
        _, tally = ingest(CATALOG, read_rows(CATALOG), bench, rejects, (), engine=engine)
    return tally.embedded


def build() -> None:
    """The head, the vectors, the predictions and the grade: no image is embedded for it."""
    _indexer("build", CATALOG, "--index", STAGING)


def require() -> None:
    """Fails, and with it what comes after, when photos of customers find too little."""
    _indexer("evaluate", "--queries", PHOTOS, "--index", STAGING, "--require", BAR)


def publish() -> None:
    """Copy, check and link; a release that is there already is not made again."""
    from search.versions import IndexFolder

    live = IndexFolder(STAGING).require_live()
    release = RELEASES / f"{live.version:06d}"
    RELEASES.mkdir(exist_ok=True)
    if not release.exists():
        _indexer("backup", release, "--index", STAGING)
    fresh = CURRENT.with_name(".current")
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(release)
    fresh.replace(CURRENT)


def _indexer(*arguments: str | Path) -> None:
    subprocess.run(["indexer", *map(str, arguments)], check=True)  # noqa: S603, S607


TASKS: tuple[Callable[[], object], ...] = (embed, build, require, publish)

if find_spec("airflow"):
    from airflow.decorators import dag, task

    def catalog() -> None:
        """One task after another."""
        before = None
        for function in TASKS:
            after = task(retries=2)(function)()
            if before is not None:
                before >> after
            before = after

    # One run at a time: they share the staging index.
    dag(schedule="@daily", catchup=False, max_active_runs=1)(catalog)()

if __name__ == "__main__":
    for function in TASKS:
        function()
