"""Hostile bytes bring out the library's own errors only, and the fuzzers would say so if not."""

import json
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.fuzz.child import Watch
from benchmarks.fuzz.pictures import damaged
from benchmarks.fuzz.targets import TARGETS


@pytest.mark.filterwarnings(r"ignore:::PIL\.")
@pytest.mark.parametrize("name", TARGETS)
def test_hostile_bytes_bring_out_only_the_librarys_errors(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", socket.getaddrinfo)  # put back afterwards
    monkeypatch.setattr(socket.socket, "connect", socket.socket.connect)
    target = TARGETS[name](tmp_path)
    for seed in target.seeds:
        target.run(seed)
    randoms = st.randoms(use_true_random=False)

    @settings(max_examples=300, derandomize=True, deadline=None, database=None)
    @given(randoms.map(lambda random: damaged(target.seeds, random)) | st.binary(max_size=200))
    def check(data: bytes) -> None:
        target.run(data)

    check()


def test_what_comes_out_is_kept_once_with_its_input(tmp_path: Path) -> None:
    def fail(data: bytes) -> None:
        raise KeyError(data)

    watch = Watch(fail, 60, tmp_path / "status.json")
    watch(b"one")
    watch(b"two")
    (crash,) = watch.found["crashes"].values()
    assert watch.found["cases"] == 2
    assert crash["input"] == b"one".hex()
    assert json.loads((tmp_path / "status.json").read_text())["rss"] > 0


def test_the_command_prints_one_object() -> None:
    command = [sys.executable, "-m", "benchmarks.fuzz", "--target", "filters", "--engine", "random"]
    done = subprocess.run(
        [*command, "--minutes", "0.05"], capture_output=True, text=True, check=True
    )
    found = json.loads(done.stdout)
    assert found["cases"] > 0
    assert found["crashes"] == {}
