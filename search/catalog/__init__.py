"""The SQL product catalog: the only source of truth."""
