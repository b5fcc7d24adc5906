"""From features to a sealed, published version."""
