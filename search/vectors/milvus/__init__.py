"""Vectors in Milvus: a collection for each version, with what filters ask about beside them."""
