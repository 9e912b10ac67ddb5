"""Frames in: files, network streams, cameras and folders of pictures."""
