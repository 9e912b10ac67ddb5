"""What the user hears and sees when a rule fires."""
