"""Live figures and their charts."""
