"""Events and counts of the past, kept in a SQLite file: writing, searching, export."""
