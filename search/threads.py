"""How many threads of this process compute."""


def use_threads(count: int) -> None:
    """Let OpenVINO and FAISS use so many; to be called before an index is opened.

    NumPy's are of the environment: ``OPENBLAS_NUM_THREADS`` when the process starts.
    """
    import faiss

    from search.embedding.runtimes.openvino_core import openvino_core

    openvino_core().set_property("CPU", {"INFERENCE_NUM_THREADS": count})
    faiss.omp_set_num_threads(count)
