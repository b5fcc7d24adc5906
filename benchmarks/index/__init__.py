"""Recall against speed of vector indexes, ours beside its peers."""
