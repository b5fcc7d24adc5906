"""From a question to the rows of its answer, on one unchanging state of the index."""
