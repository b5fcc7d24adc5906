"""What one process remembers, others find; what is not of our own processes is not heard."""

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from multiprocessing import AuthenticationError, current_process
from multiprocessing.connection import Client
from pathlib import Path

import pytest

from search.peers import Peers
from search.remembering import Recent

PROGRAM = """
import sys
from multiprocessing import current_process
from pathlib import Path
current_process().authkey = bytes.fromhex(sys.argv[2])
from search.peers import Peers
from search.remembering import Recent
peers = Peers(Path(sys.argv[1]))
Recent("things", 60, 1000, peers=peers).keep("theirs", [1, 2], 10)
def broken(key):
    raise RuntimeError(key)
peers.share("broken", broken)
print("ready", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    """A short path: a socket's has 108 bytes at most."""
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)


@pytest.fixture
def peers(folder: Path) -> Iterator[Peers]:
    made = Peers(folder)
    yield made
    made.close()


@pytest.fixture
def other(folder: Path) -> Iterator["subprocess.Popen[str]"]:
    """Another process, which remembers ``theirs``."""
    command = [sys.executable, "-c", PROGRAM, str(folder), bytes(current_process().authkey).hex()]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        yield process
        process.kill()


def test_what_another_process_remembers_is_found(
    peers: Peers, other: "subprocess.Popen[str]"
) -> None:
    recent: Recent[list[int]] = Recent("things", 60, 1000, peers=peers)
    recent.keep("mine", [3], 10)
    assert (recent.get("mine"), recent.get("theirs"), recent.get("nobodys")) == ([3], [1, 2], None)


def test_a_process_that_has_ended_or_fails_has_nothing(
    peers: Peers, other: "subprocess.Popen[str]"
) -> None:
    assert peers.ask("things", "theirs") == [[1, 2]]
    assert peers.ask("broken", "theirs") == []
    assert peers.ask("unheard of", "theirs") == []
    other.kill()
    other.wait()
    assert peers.ask("things", "theirs") == []


def test_who_does_not_know_the_key_is_not_heard(folder: Path, peers: Peers) -> None:
    peers.share("things", {"mine": 3}.get)
    (socket,) = folder.glob("*.socket")
    with pytest.raises(AuthenticationError):
        Client(str(socket), "AF_UNIX", authkey=b"another")
    with Client(str(socket), "AF_UNIX", authkey=bytes(current_process().authkey)) as connection:
        connection.send(("things", "mine"))
        assert connection.recv() == 3


def test_nothing_is_left_when_it_is_closed(folder: Path) -> None:
    Peers(folder).close()
    assert list(folder.iterdir()) == []
