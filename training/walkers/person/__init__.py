"""A walking person: how they look, how they move, and the solid that follows."""
