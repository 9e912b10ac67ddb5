"""Whole sources without a window: one, a part of one, or many."""
