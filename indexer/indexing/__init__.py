"""Which vector index a version gets: chosen by size and memory, tuned to a recall."""
