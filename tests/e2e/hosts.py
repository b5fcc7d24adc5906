"""Hosts on one network, as network namespaces of this machine: cables can be pulled and put back.

A thread that is ``inside`` a host opens its sockets there, and so do the processes that it starts.
"""

import ctypes
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

NETWORK = "10.77.0.0/24"
_NEW_NETWORK = 0x40000000  # CLONE_NEWNET
_LIBC = ctypes.CDLL(None, use_errno=True)


class Hosts:
    """Named hosts, each with one cable to a switch that is in a namespace of its own, too."""

    def __init__(self, names: tuple[str, ...]) -> None:
        self._prefix = f"lookalike-{os.getpid()}"
        self._switch = self._space("switch")
        self.addresses = {name: f"10.77.0.{1 + place}" for place, name in enumerate(names)}

    def make(self) -> None:
        _ip("netns", "add", self._switch)
        _ip("-n", self._switch, "link", "add", "bridge", "type", "bridge")
        _ip("-n", self._switch, "link", "set", "bridge", "up")
        for name, address in self.addresses.items():
            space = self._space(name)
            _ip("netns", "add", space)
            here = ("-n", space, "link")
            _ip(*here, "add", "eth0", "type", "veth", "peer", "name", name, "netns", self._switch)
            _ip("-n", space, "address", "add", f"{address}/24", "dev", "eth0")
            for device in ("lo", "eth0"):
                _ip(*here, "set", device, "up")
            _ip("-n", self._switch, "link", "set", "dev", name, "master", "bridge", "up")

    def remove(self) -> None:
        for name in (self._switch, *map(self._space, self.addresses)):
            if Path("/run/netns", name).exists():
                _ip("netns", "delete", name)

    def cut(self, name: str) -> None:
        """Pull its cable: what is sent is lost, and nobody is told."""
        _ip("-n", self._switch, "link", "set", "dev", name, "down")

    def join(self, name: str) -> None:
        """Put its cable back."""
        _ip("-n", self._switch, "link", "set", "dev", name, "up")

    @contextmanager
    def inside(self, name: str) -> Iterator[None]:
        """This thread's new sockets are the host's, and its new processes run there."""
        with (
            Path("/proc/thread-self/ns/net").open("rb") as before,
            Path("/run/netns", self._space(name)).open("rb") as there,
        ):
            _enter(there.fileno())
            try:
                yield
            finally:
                _enter(before.fileno())

    def _space(self, name: str) -> str:
        return f"{self._prefix}-{name}"


@contextmanager
def hosts(*names: str) -> Iterator[Hosts]:
    """``hosts("a", "b")``: they exist until the end; skips the test where none can be made."""
    made = Hosts(names)
    with ExitStack() as stack:
        try:
            assert shutil.which("ip")
            _ip("netns", "add", made._prefix)
            _ip("netns", "delete", made._prefix)
        except (AssertionError, subprocess.CalledProcessError):
            pytest.skip("network namespaces cannot be made: no root or user namespaces, or no ip")
        stack.callback(made.remove)
        made.make()
        yield made


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True)


def _enter(namespace: int) -> None:
    if _LIBC.setns(namespace, _NEW_NETWORK):
        raise OSError(ctypes.get_errno(), "setns")
