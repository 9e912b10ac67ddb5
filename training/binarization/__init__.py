"""How real weights become codes and scales, and what that saves."""
