"""What every part of the window uses: look, texts, icons, messages, background work."""
