"""What a catalog's columns mean: one row, from a file or a request, → a product or the reason."""
