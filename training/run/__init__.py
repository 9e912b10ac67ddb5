"""The machinery of a run: steps, checkpoints, log, command line."""
