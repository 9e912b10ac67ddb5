"""What is shown while nothing plays, and what can be dropped."""
