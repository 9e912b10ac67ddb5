"""Commands that help with training and are not part of it."""
