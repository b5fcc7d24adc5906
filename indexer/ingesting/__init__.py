"""From a catalog file to a catalog with features."""
