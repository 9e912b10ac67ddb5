"""Watching state no longer than a widget lives."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from types import MethodType
from typing import cast

from PyQt6 import sip
from PyQt6.QtCore import QObject

from pedcam.ui.base.observable import Observable


def watch(state: Observable, method: Callable[[], None]) -> None:
    """Call a method of a widget after every change of ``state``, until the widget is gone.

    For widgets that do not live as long as the state they show, such as those of a dialog: the
    state neither keeps them nor calls one whose C++ part was deleted.
    """
    reference = weakref.WeakMethod(cast(MethodType, method))

    def watcher() -> None:
        alive = reference()
        if alive is not None and not sip.isdeleted(cast(QObject, alive.__self__)):
            alive()
        else:
            forget()

    forget = state.subscribe(watcher)
