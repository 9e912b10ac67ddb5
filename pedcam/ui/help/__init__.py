"""About pedcam, and its keys."""
