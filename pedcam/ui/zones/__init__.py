"""Lines and zones: drawn and edited on the picture, counted, and kept."""
