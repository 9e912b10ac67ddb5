"""What the window shows, as small objects that know nothing of Qt; widgets subscribe to them."""
