"""Labelled pictures, and endless batches of views of them."""
