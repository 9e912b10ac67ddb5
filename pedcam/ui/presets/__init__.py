"""Presets: chosen, measured and managed; Auto and the lowest score shown."""
