"""Embed product pictures and find look-alikes in a sealed index.

engine = SearchEngine.open("index")
answer = engine.similar("photo.jpg", k=10)
vectors = load_embedder("efficientnet_lite0").embed(["photo.jpg"])
"""

from search.answers import Answer, Result
from search.embedding import Embedder, load_embedder
from search.engine import SearchEngine
from search.errors import LookalikeError

__all__ = ["Answer", "Embedder", "LookalikeError", "Result", "SearchEngine", "load_embedder"]
