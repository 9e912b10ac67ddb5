"""What the user can set, the file it is saved in, and its dialog."""
