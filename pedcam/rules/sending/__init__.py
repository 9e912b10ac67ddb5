"""Messages to the user's addresses: kept on disk until each address has accepted them."""
