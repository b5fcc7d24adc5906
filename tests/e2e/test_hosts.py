"""Three hosts: an API on each of two, PostgreSQL and Milvus on the third. Each may be cut off."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from threading import Event

import httpx
import pytest

from tests.e2e.balancing import going_on
from tests.e2e.fleet import Fleet, ask, change, version
from tests.e2e.hosts import Hosts, hosts
from tests.e2e.network_postgres import postgres_on
from tests.milvus import started
from tests.serving import Server, wait_until

DOCUMENTED = {"catalog_unavailable", "vectors_unavailable", "deadline_passed", "index_loading"}
"""What clients may be told while a database is away (docs/operations.md, docs/deployment.md)."""


class Traffic:
    """Clients beside a server: what it answered them, and the products that it acknowledged."""

    def __init__(self, network: Hosts, host: str, server: Server) -> None:
        self._network = network
        self._host = host
        self._server = server
        self._ended = Event()
        self.stored: list[str] = []
        self.good = 0
        self.problems: set[tuple[int, str]] = set()

    @contextmanager
    def going_on(self) -> Iterator[None]:
        works = [partial(self._go_on, one) for one in (self._write, self._read)]
        with going_on(self._ended, *works):
            yield

    def works_again(self) -> None:
        """Wait until it stores and answers once more."""
        stored, good = len(self.stored), self.good
        wait_until(lambda: len(self.stored) > stored and self.good > good + 2)

    def heard(self, code: str) -> bool:
        return any(code == one for _, one in self.problems)

    def _go_on(self, act: Callable[[httpx.Client, int], None]) -> None:
        number = 0
        with self._network.inside(self._host), self._server.client() as client:
            while not self._ended.wait(0.05):
                number += 1
                act(client, number)

    def _write(self, client: httpx.Client, number: int) -> None:
        product = f"{self._host}-{number}"
        if self._is_good(change(client, product)):
            self.stored.append(product)

    def _read(self, client: httpx.Client, number: int) -> None:
        self.good += self._is_good(ask(client, number))

    def _is_good(self, answer: httpx.Response) -> bool:
        if not answer.is_success:
            self.problems.add((answer.status_code, answer.json()["code"]))
        return answer.is_success


@pytest.mark.slow
def test_whoever_is_cut_off_or_stops_comes_back_and_nothing_acknowledged_is_lost(
    tmp_path: Path, converted: Path
) -> None:
    with hosts("a", "b", "c") as network, ExitStack() as stack:
        database = stack.enter_context(postgres_on(network, "c"))
        with network.inside("c"):
            milvus = stack.enter_context(started(restarts=True))
        url = milvus.new_url().replace("127.0.0.1", network.addresses["c"])
        fleet = Fleet(tmp_path, converted, database.url, vectors=url)
        with network.inside("a"):
            fleet.build(12)
        servers = {}
        for name in ("a", "b"):
            with network.inside(name):
                servers[name] = stack.enter_context(fleet.replica(name))
        traffic = {name: Traffic(network, name, one) for name, one in servers.items()}
        with traffic["a"].going_on(), traffic["b"].going_on():
            for one in traffic.values():
                one.works_again()
            network.cut("a")
            wait_until(lambda: bool(traffic["a"].problems))
            assert not traffic["b"].problems
            traffic["b"].works_again()
            network.join("a")
            traffic["a"].works_again()
            database.crash()
            wait_until(lambda: all(one.problems for one in traffic.values()))
            database.start()
            for one in traffic.values():
                one.works_again()
            milvus.stop()
            wait_until(lambda: all(one.heard("vectors_unavailable") for one in traffic.values()))
            with network.inside("c"):
                milvus.start()
            for one in traffic.values():
                one.works_again()
        for one in traffic.values():
            assert {code for _, code in one.problems} <= DOCUMENTED
            assert {status for status, _ in one.problems} == {503}
        stored = traffic["a"].stored + traffic["b"].stored
        for name, server in servers.items():
            assert server.process.poll() is None
            with network.inside(name):
                wait_until(lambda server=server: knows(server, stored))  # type: ignore[misc]
        with network.inside("a"):
            fleet.build(13)  # and removes those again: the file does not name them
        for name, server in servers.items():
            with network.inside(name):
                wait_until(lambda server=server: version(server) == 2)  # type: ignore[misc]


def knows(server: Server, products: list[str]) -> bool:
    with server.client() as client:
        return all(client.get(f"/products/{one}").status_code == 200 for one in products)
