"""A source and a preset, running in threads of their own."""
