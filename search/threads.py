"""How many threads of this process compute."""

from threadpoolctl import threadpool_limits


def use_threads(count: int | None) -> None:
    """Let OpenVINO and FAISS use so many, None for as many as there are cores; NumPy uses one.

    To be called before an index is opened. The matrices of queries are small: NumPy's threads only
    wait for each other there, and for those of other queries (docs/performance.md).
    """
    import numpy as np  # noqa: F401 - what is not loaded is not limited

    threadpool_limits(1, user_api="blas")
    if count is not None:
        _limit(count)


def _limit(count: int) -> None:
    import faiss

    from search.embedding.runtimes.openvino_core import openvino_core

    openvino_core().set_property("CPU", {"INFERENCE_NUM_THREADS": count})
    faiss.omp_set_num_threads(count)
