"""What stands beside and under the picture."""
