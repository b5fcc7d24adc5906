"""Which Ray is used, how its CPUs and GPUs are shared, and what is said when there is none."""

import socket
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from indexer.engines.ray_cluster import Share, shares
from indexer.engines.ray_worker import Worker
from indexer.ingesting.reading import Reader
from search.catalog.records import ImageRef
from search.embedding.preprocessing import Preprocessing
from search.errors import EngineUnavailable
from search.fetching.fetcher import Fetcher
from search.uploads import ImagePlaces

Cli = Callable[..., Any]


def node(name: str, **resources: float) -> dict[str, Any]:
    return {"NodeID": name, "Alive": True, "Resources": resources}


class TestShares:
    def test_workers_of_a_node_share_its_cpus(self) -> None:
        nodes = [node("a", CPU=8), node("b", CPU=2)]
        assert shares(nodes, 3) == [Share("a", 4, 0), Share("a", 4, 0), Share("b", 2, 0)]

    def test_there_is_one_for_each_node_by_default_but_not_where_no_cpu_is(self) -> None:
        gone = node("d", CPU=4) | {"Alive": False}
        nodes = [node("a", CPU=2), node("head"), node("b", CPU=4), gone]
        assert shares(nodes, None) == [Share("a", 2, 0), Share("b", 4, 0)]

    def test_gpus_are_preferred_and_each_has_one(self) -> None:
        nodes = [node("a", CPU=8, GPU=2), node("b", CPU=64)]
        assert shares(nodes, None) == [Share("a", 4, 1)] * 2
        assert shares(nodes, 4) == [Share("a", 2, 0.5)] * 4

    def test_no_node_with_a_cpu_is_said(self) -> None:
        with pytest.raises(EngineUnavailable, match="no node with a CPU"):
            shares([node("head")], 2)


class TestSentences:
    def test_of_an_address_where_nothing_listens(self, cli: Cli, shop: Path, index: Path) -> None:
        with socket.socket() as unused:
            unused.bind(("127.0.0.1", 0))
            address = f"127.0.0.1:{unused.getsockname()[1]}"
            done = cli("build", shop, "--index", index, "--engine", "ray", "--ray-address", address)
        assert done.exit_code == 1
        assert f"Ray at {address} cannot be reached" in done.stderr
        assert "--ray-address" in done.stderr

    def test_of_a_ray_that_is_not_installed(
        self, cli: Cli, shop: Path, index: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setitem(sys.modules, "ray", None)
        done = cli("build", shop, "--index", index, "--engine", "ray")
        assert done.exit_code == 1
        assert "pip install 'lookalike[ray]'" in done.stderr

    def test_of_workers_for_the_local_engine(self, cli: Cli, shop: Path) -> None:
        done = cli("build", shop, "--workers", 2)
        assert done.exit_code == 2
        assert "--engine ray" in done.stderr


@pytest.mark.parametrize("source", ["a.png", f"upload:{'0' * 64}"])
def test_a_worker_without_the_folder_of_the_pictures_rejects_none_of_them(
    tmp_path: Path, source: str
) -> None:
    half = (0.5, 0.5, 0.5)
    with Fetcher() as fetcher:
        places = ImagePlaces(tmp_path / "elsewhere", tmp_path / "index")
        worker = Worker(Reader(places, fetcher, Preprocessing(32, half, half)), 1, has_urls=False)
        with pytest.raises(EngineUnavailable, match="mount it on every node"):
            worker.read(0, [ImageRef(1, "p", source, 1)])
