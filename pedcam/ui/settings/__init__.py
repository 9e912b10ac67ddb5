"""What the user can set, the file it is kept in, and its dialog."""
