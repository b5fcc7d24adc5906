"""Two servers with folders of their own share PostgreSQL and a version store."""

from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.e2e.balancing import Balancer
from tests.e2e.fleet import Fleet, ask, command, version
from tests.postgresql import PostgresServer
from tests.serving import wait_until


@pytest.fixture(scope="module")
def fleet(
    tmp_path_factory: pytest.TempPathFactory, converted: Path, postgres: PostgresServer
) -> Fleet:
    root = tmp_path_factory.mktemp("fleet")
    made = Fleet(root, converted, postgres.new_database().render_as_string())
    made.build(12)
    return made


def test_no_request_is_lost_while_each_is_restarted_and_a_version_is_published(
    fleet: Fleet,
) -> None:
    with ExitStack() as stack:
        servers = {name: stack.enter_context(fleet.replica(name)) for name in ("a", "b")}
        (before,) = {version(one) for one in servers.values()}
        balancer = Balancer(servers)
        with balancer.asking(ask):
            for name in ("a", "b"):
                wait_until(lambda: len(balancer.ready) == 2)
                assert servers[name].stop() == 0
                servers[name] = stack.enter_context(fleet.replica(name))
            wait_until(lambda: len(balancer.ready) == 2)
            fleet.build(14)
            wait_until(lambda: {version(one) for one in servers.values()} == {before + 1})
        assert balancer.failed == []
        assert balancer.answered > 20


def test_it_follows_the_store_forth_and_back_and_does_without_it(
    fleet: Fleet, tmp_path: Path
) -> None:
    away = fleet.store.with_name("away")
    with fleet.replica("c", workers=2) as server:
        before = version(server)
        fleet.build(13)
        wait_until(lambda: version(server) == before + 1)
        back = command("rollback", "--index", "new", *fleet.options[2:], folder=tmp_path)
        assert back.returncode == 0, back.stderr
        wait_until(lambda: version(server) == before)
        with server.client() as client:
            forth = client.put(f"/versions/{before + 1}/live")
        assert forth.status_code == 200, forth.text
        assert (fleet.store / "CURRENT").read_text().strip() == str(before + 1)
        wait_until(lambda: version(server) == before + 1)
    fleet.store.rename(away)
    fleet.store.write_text("no folder")
    with fleet.replica("c") as server:
        assert version(server) == before + 1
        assert "What the folder holds is served" in server.log.read_text()
    refused = command("serve", "--index", "other", *fleet.options, folder=tmp_path)
    fleet.store.unlink()
    away.rename(fleet.store)
    assert refused.returncode == 1
    assert "cannot be used" in refused.stderr
    assert len(refused.stderr.strip().splitlines()) == 1
