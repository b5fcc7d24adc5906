"""A real S3 server for tests, on loopback in a process of its own."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

_SERVE = """
from moto.server import ThreadedMotoServer
server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
server.start()
print(*server.get_host_and_port(), flush=True)
try:
    input()
except EOFError:
    pass
"""

BUCKET = "shop"


@contextmanager
def s3_server() -> Iterator[dict[str, str]]:
    """The environment in which it is found, with an empty bucket; skips where moto is missing."""
    pytest.importorskip("moto", reason="moto, an S3 server, is not installed")
    from pyarrow.fs import S3FileSystem

    with subprocess.Popen(
        [sys.executable, "-c", _SERVE],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdin
        assert process.stdout
        address = ":".join(process.stdout.readline().split())
        keys = {"access_key": "test", "secret_key": "test", "region": "us-east-1"}
        here = S3FileSystem(
            **keys, endpoint_override=address, scheme="http", allow_bucket_creation=True
        )
        here.create_dir(BUCKET)
        yield {
            "AWS_ENDPOINT_URL": f"http://{address}",
            "AWS_ACCESS_KEY_ID": keys["access_key"],
            "AWS_SECRET_ACCESS_KEY": keys["secret_key"],
            "AWS_REGION": keys["region"],
        }
        process.stdin.close()
