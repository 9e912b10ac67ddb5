"""Frame in, people out: presets, letterboxing and the detector itself."""
