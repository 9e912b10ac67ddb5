"""Who is who, lines and zones, counts and events."""
