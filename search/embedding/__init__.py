"""Pictures to vectors: backbone (pixels → features), runtime (where it computes), head."""

from search.embedding.embedder import Embedder, load_embedder

__all__ = ["Embedder", "load_embedder"]
