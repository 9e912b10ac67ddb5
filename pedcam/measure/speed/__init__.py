"""How fast presets run on this machine, and what else they take."""
