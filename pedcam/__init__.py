"""Pedestrian detection in live video with binarized networks."""

__version__ = "0.2.0"
