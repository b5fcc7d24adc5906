"""How fast the server answers, beside what the machine needs for embedding and search alone."""
