"""Frames in and out: files, network streams and cameras; the real-time stream; recording."""

import cv2

# OpenCV writes to stderr from C++ when a camera cannot be opened; pedcam says it in its own words.
cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
