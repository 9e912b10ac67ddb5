"""Frames and what was found in them, written into files."""
