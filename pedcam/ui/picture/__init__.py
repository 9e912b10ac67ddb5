"""The picture, and everything drawn over it."""
