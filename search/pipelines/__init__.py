"""Vectors in data pipelines: paths, URLs or bytes in, a column of vectors out.

table = embed_table(table, "image")                                       # Arrow
frame = embed_frame(frame, "image")                                       # pandas
dataset = dataset.map_batches(RayEmbedder, batch_format="pyarrow", …)     # Ray Data
frame = frame.select("*", spark_embedder()("image").alias("embedded"))    # Spark

Each gives the same vectors. What is no usable picture gets a null and the reason, and stops
nothing.
"""

from search.pipelines.embedding import SourceEmbedder
from search.pipelines.ray_data import RayEmbedder
from search.pipelines.spark import spark_embedder
from search.pipelines.tables import embed_frame, embed_table

__all__ = ["RayEmbedder", "SourceEmbedder", "embed_frame", "embed_table", "spark_embedder"]
