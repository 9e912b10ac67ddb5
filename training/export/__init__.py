"""From a network in training to a preset that the app runs."""
