"""A line under a field that may say what is wrong with it."""

from __future__ import annotations

from PyQt6.QtWidgets import QLabel


def mark_error(note: QLabel, wrong: bool) -> None:
    """Show a note as an error, or as a mere remark."""
    if note.property("error") is wrong:
        return
    note.setProperty("muted", not wrong)
    note.setProperty("error", wrong)
    style = note.style()
    if style is not None:
        # A style sheet looks at properties only when it is told to.
        style.unpolish(note)
        style.polish(note)
