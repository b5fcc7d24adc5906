"""Embed product pictures and find look-alikes in a sealed index."""
