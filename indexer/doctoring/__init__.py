"""What is wrong with a catalog's pictures and categories? ``journey.py`` is the way through."""
