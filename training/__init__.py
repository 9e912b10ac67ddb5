"""Training of pedcam presets; run from a checkout, not part of the installed app."""
