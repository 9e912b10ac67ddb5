"""Rules that act: what is done when one fires, and the file that they are kept in."""
