"""Translations of the window, and what makes them."""
