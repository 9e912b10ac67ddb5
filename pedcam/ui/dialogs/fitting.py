"""Dialogs as high as what is in them."""

from __future__ import annotations

from PyQt6.QtWidgets import QDialog

_FRAME = 48  # pixels that a window manager may add


def fit_height(dialog: QDialog, *, shrink: bool = False) -> None:
    """Give a dialog the height that it needs at its width, as far as the screen has it.

    Qt alone takes two thirds of the screen at most, and cuts texts off where that is too little.

    Args:
        dialog: The dialog.
        shrink: Whether it also becomes lower where it needs less.
    """
    layout, screen = dialog.layout(), dialog.screen()
    if layout is None or screen is None:
        return
    layout.activate()
    wanted = min(
        layout.totalHeightForWidth(dialog.width()), screen.availableGeometry().height() - _FRAME
    )
    if wanted > dialog.height() or shrink:
        dialog.resize(dialog.width(), wanted)
