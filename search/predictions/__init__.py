"""What a picture shows and which results are its product, with probabilities that hold.

``predictor.py`` puts it together for a version; ``indexer.grading`` fits it on held-out pictures.
"""
