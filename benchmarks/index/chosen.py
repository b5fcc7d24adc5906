"""The engines that are compared."""

from importlib.util import find_spec

from benchmarks.index.engines import Engine
from benchmarks.index.lance import Lance
from benchmarks.index.libraries import Hnswlib, Usearch
from benchmarks.index.milvus import Milvus
from benchmarks.index.ours import Ours
from benchmarks.index.plain_faiss import Faiss
from benchmarks.index.postgres import Pgvector

OURS = "ours: "
"""What the names of our own engines begin with."""

ENGINES: tuple[Engine, ...] = (
    Ours("exact"),
    Ours("HNSW16,SQ8"),
    Ours("HNSW32,SQ8"),
    Ours("IVF,RaBitQ2"),
    Ours("IVF,RaBitQ"),
    Faiss("HNSW32,Flat"),
    Faiss("HNSW32,SQfp16", 80),
    Hnswlib(16, 200),
    Hnswlib(32, 200),
    Usearch("f16"),
    Usearch("i8"),
    Lance("IVF_PQ"),
    Lance("IVF_HNSW_SQ"),
    Milvus("IVF_FLAT", (("nlist", 1024),)),
    Milvus("HNSW", (("M", 16), ("efConstruction", 200))),
    Pgvector("vector"),
    Pgvector("halfvec"),
)


def missing(engine: Engine) -> str | None:
    """Why it cannot be run here, or None."""
    absent = [module for module in engine.needs if find_spec(module) is None]
    if not absent:
        return None
    return f"not installed: {', '.join(absent)} (pip install -r benchmarks/requirements.txt)"
