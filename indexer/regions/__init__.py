"""Whether a version should search objects instead of whole pictures."""
