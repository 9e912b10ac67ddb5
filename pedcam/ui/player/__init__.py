"""Playing a source: the player, its bar, jumps and speed."""
