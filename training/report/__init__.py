"""Runs compared, from their logs."""
