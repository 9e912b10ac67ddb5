"""Two presets on the same frames, side by side or with a divider."""
