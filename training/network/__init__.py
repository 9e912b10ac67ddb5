"""The detector: what it is made of, its loss, and how it begins."""
