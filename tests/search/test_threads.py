"""How many threads compute: NumPy's wait for each other where many queries are answered at once."""

import subprocess
import sys

ASK = """
from threadpoolctl import threadpool_info
from search.threads import use_threads
use_threads(None)
import numpy
print([one["num_threads"] for one in threadpool_info() if one["user_api"] == "blas"])
"""


def test_linear_algebra_has_one_thread_once_a_server_has_said_so() -> None:
    shown = subprocess.run(
        [sys.executable, "-c", ASK], check=True, capture_output=True, text=True
    ).stdout
    assert shown.strip() == "[1]"
