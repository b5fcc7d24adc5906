"""Embedding on Ray: as on one machine, and what a worker or a node had in its hands is not lost."""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest

from indexer.engines.ray import on_ray
from tests.indexer.engines.conftest import OBJECTS, Embedding

pytestmark = pytest.mark.usefixtures("cluster", "small_blocks")

Start = Callable[[str], Embedding]


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a small catalog has many."""
    monkeypatch.setattr("indexer.engines.ray_pool._BLOCK", 4)


def workers() -> Iterator[psutil.Process]:
    """The processes that embed, of the Ray of this process."""
    for process in psutil.Process().children(recursive=True):
        with suppress(psutil.Error):  # it may end just now
            if (process.cmdline() or [""])[0].startswith("ray::Worker"):
                yield process


class TestSame:
    def test_features_rejects_and_counts_are_those_of_the_local_engine(
        self,
        tmp_path: Path,
        embedding: Start,
        make_shop: Callable[..., Path],
        edit: Callable[..., Path],
        site: Any,
    ) -> None:
        shop = make_shop(tmp_path / "shop", 30)
        images = shop.parent / "images"
        (images / "7.png").write_bytes(b"no picture")
        site.pages["/9.png"] = (images / "9.png").read_bytes()
        edit(shop, lambda rows: rows[9].update(image=f"{site.url}/9.png"))
        here = embedding("here").run(shop)
        there = embedding("there").run(shop, partial(on_ray, workers=2))
        assert there.features.keys() == here.features.keys()
        for source, features in here.features.items():
            assert np.allclose(there.features[source], features, atol=1e-4), source
        assert there.rejects == here.rejects
        assert (there.tally.embedded, there.tally.rejected) == (29, 1)

    def test_one_content_in_many_blocks_is_embedded_once(
        self, tmp_path: Path, embedding: Start, make_shop: Callable[..., Path]
    ) -> None:
        shop = make_shop(tmp_path / "shop", 40)
        images = shop.parent / "images"
        for number in range(3, 40):
            (images / f"{number}.png").write_bytes((images / f"{number % 3}.png").read_bytes())
        found = embedding("there").run(shop, partial(on_ray, workers=2))
        assert (found.tally.embedded, len(found.features)) == (3, 40)

    def test_the_command_takes_it(
        self,
        cli: Callable[..., Any],
        shop: Path,
        index: Path,
        tiny_model: str,
    ) -> None:
        done = cli("build", shop, "--index", index, "--model", tiny_model, "--engine", "ray")
        assert done.exit_code == 0, done.stderr


class TestLosses:
    def test_a_killed_worker_costs_nothing_but_time(
        self,
        tmp_path: Path,
        embedding: Start,
        make_shop: Callable[..., Path],
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        killed: list[int] = []

        def kill(stored: int) -> None:
            if stored in (2, 5):
                killed.append(next(workers()).pid)
                os.kill(killed[-1], signal.SIGKILL)

        shop = make_shop(tmp_path / "shop", 60)
        found = embedding("there").run(shop, partial(on_ray, workers=2), kill)
        assert len(killed) == 2
        assert capsys.readouterr().out == "", "the answer of a command belongs there"
        assert (found.tally.embedded, len(found.features)) == (60, 60)

    def test_a_lost_node_costs_nothing_but_time(
        self, cluster: Any, tmp_path: Path, embedding: Start, make_shop: Callable[..., Path]
    ) -> None:
        third = cluster.add_node(num_cpus=1, object_store_memory=OBJECTS)

        def lose(stored: int) -> None:
            if stored == 2:
                cluster.remove_node(third, allow_graceful=False)

        shop = make_shop(tmp_path / "shop", 60)
        found = embedding("there").run(shop, partial(on_ray, workers=3), lose)
        assert (found.tally.embedded, len(found.features)) == (60, 60)

    def test_an_interrupted_run_is_gone_on_with(
        self, tmp_path: Path, embedding: Start, make_shop: Callable[..., Path]
    ) -> None:
        def stop(stored: int) -> None:
            if stored == 3:
                raise KeyboardInterrupt

        shop, there = make_shop(tmp_path / "shop", 60), embedding("there")
        with pytest.raises(KeyboardInterrupt):
            there.run(shop, partial(on_ray, workers=2), stop)
        assert not psutil.wait_procs(workers(), timeout=60)[1], "they end with the run"
        kept = 3 * 4
        found = there.run(shop, partial(on_ray, workers=2))
        assert (found.tally.embedded, len(found.features)) == (60 - kept, 60)
