"""Rules as sentences that are edited in place, beside the lines and zones they are about."""
