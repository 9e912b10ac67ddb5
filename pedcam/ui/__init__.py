"""The window: the only part of pedcam that imports PyQt6."""
