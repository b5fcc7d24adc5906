"""A head that fits the catalog: fitted in seconds to what it knows of its pictures."""
