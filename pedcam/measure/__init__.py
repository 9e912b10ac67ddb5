"""How good and how fast: accuracy against labels, speed on this machine."""
