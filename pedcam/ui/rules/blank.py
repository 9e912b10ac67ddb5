"""The parts of a sentence that can be edited look like its words, only tinted."""

from __future__ import annotations

from PyQt6.QtCore import QEvent, QObject, Qt, QTimer, pyqtSignal
from PyQt6.QtGui import QFocusEvent, QKeyEvent, QKeySequence, QWheelEvent
from PyQt6.QtWidgets import QAbstractSpinBox, QLineEdit

SETTLE = 500  # milliseconds after the last step until a value counts as chosen
_MARGIN = 7, 2  # pixels beside and above the text: border, padding and room for the cursor


class Blank(QObject):
    """Makes a spin box part of a sentence: as wide as its text, without buttons.

    Several steps in a row are one edit. Esc gives up what was typed, and keys that undo are left to
    the window unless something is being typed.
    """

    settled = pyqtSignal()
    """The user has finished choosing a value; it may be the same as before."""

    given_up = pyqtSignal()
    """The user wants the value back that it had before."""

    def __init__(self, box: QAbstractSpinBox, name: str) -> None:
        """Take over ``box``, which screen readers call ``name``."""
        super().__init__(box)
        edit = box.lineEdit()
        assert edit is not None
        self._box: QAbstractSpinBox = box
        self._edit: QLineEdit = edit
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(SETTLE)
        self._timer.timeout.connect(self.settled)
        box.setAccessibleName(name)
        box.setProperty("blank", True)
        box.setButtonSymbols(QAbstractSpinBox.ButtonSymbols.NoButtons)
        box.setKeyboardTracking(False)
        box.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        box.installEventFilter(self)
        box.editingFinished.connect(self._finish)
        edit.textChanged.connect(self._fit)
        self._fit()

    @property
    def unsettled(self) -> bool:
        """Whether a value was stepped to a moment ago."""
        return self._timer.isActive()

    def stepped(self) -> None:
        """The box has another value, which may not be the last."""
        self._fit()
        if self._box.hasFocus():
            self._timer.start()

    def show_value(self) -> None:
        """The box was given a value from elsewhere."""
        self._timer.stop()
        # The field does not say so itself.
        self._fit()

    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:
        if isinstance(event, QKeyEvent):
            escape = event.key() == Qt.Key.Key_Escape
            if event.type() == QEvent.Type.ShortcutOverride:
                if _undoes(event) and not self._edit.isModified():
                    event.ignore()
                    return True
                if escape and (self.unsettled or self._edit.isModified()):
                    event.accept()
                    return True
            elif event.type() == QEvent.Type.KeyPress and escape:
                self._timer.stop()
                self.given_up.emit()
                return True
        elif (
            isinstance(event, QFocusEvent)
            and event.gotFocus()
            and event.reason() == Qt.FocusReason.MouseFocusReason
        ):
            # As by Tab, what is typed replaces the value; once the click has set the cursor.
            QTimer.singleShot(0, self._box.selectAll)
        if isinstance(event, QWheelEvent) and not self._box.hasFocus():
            # It scrolls the panel, unless the box was chosen before.
            event.ignore()
            return True
        if event is not None and event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._fit()
        return super().eventFilter(watched, event)

    def _finish(self) -> None:
        self._timer.stop()
        self.settled.emit()

    def _fit(self) -> None:
        metrics = self._box.fontMetrics()
        width = metrics.horizontalAdvance(self._edit.text() or "0") + 2 * _MARGIN[0]
        self._box.setFixedSize(width, metrics.height() + 2 * _MARGIN[1])


def _undoes(event: QKeyEvent) -> bool:
    keys = QKeySequence.StandardKey
    return event.matches(keys.Undo) or event.matches(keys.Redo)
