"""Labelled pictures read from COCO, YOLO and Pascal VOC files."""
