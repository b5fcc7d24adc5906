"""Filters and facets: text → an expression → SQL → the ids or counts of what passes."""
