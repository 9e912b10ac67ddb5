"""The one base class of errors that are written for people."""


class UserError(Exception):
    """Something the user can put right; the message says what is wrong, where, and what to do."""
