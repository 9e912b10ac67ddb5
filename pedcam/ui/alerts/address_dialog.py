"""Entering an address that alerts are sent to."""

from __future__ import annotations

from collections.abc import Callable

from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import (
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QLabel,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from pedcam.rules.sending.addresses import LONGEST_NAME, LONGEST_URL, Address
from pedcam.rules.sending.delivery import address_problem
from pedcam.ui.base import theme
from pedcam.ui.base.background import run_once
from pedcam.ui.base.status_label import StatusLabel

EXAMPLES = (
    ("Webhook", "jsons://example.org/path"),
    ("MQTT", "mqtt://user:password@broker/topic"),
    ("Mail", "mailto://user:password@gmail.com"),
    ("Phone", "ntfy://topic"),
)


class AddressDialog(QDialog):
    """Asks for a name and an address, which is hidden while nobody asks to see it."""

    def __init__(
        self,
        address: Address | None,
        keep: Callable[[Address], object],
        parent: QWidget | None = None,
        find_problem: Callable[[str], str] = address_problem,
    ) -> None:
        """Edit an address, or begin a new one.

        Args:
            address: What to edit.
            keep: Takes the address; raises ValueError if it cannot be had.
            parent: Owner.
            find_problem: Looks at an address, on another thread.
        """
        super().__init__(parent)
        self._address, self._keep, self._find_problem = address, keep, find_problem
        self.setWindowTitle("Add address" if address is None else "Edit address")
        self.setMinimumWidth(480)
        self.name = QLineEdit(address.name if address is not None else "")
        self.name.setMaxLength(LONGEST_NAME)
        self.name.setPlaceholderText("What you call it, such as Phone")
        self.url = QLineEdit(address.url if address is not None else "")
        self.url.setMaxLength(LONGEST_URL)
        self.url.setEchoMode(QLineEdit.EchoMode.Password)
        self.show_url = QCheckBox("&Show the address, which may have a password in it")
        self.status = StatusLabel()
        examples = QLabel(
            "For example:\n"
            + "\n".join(f"{title}: {example}" for title, example in EXAMPLES)
            + "\nMore than a hundred services: https://appriseit.com/services"
        )
        examples.setProperty("muted", True)
        examples.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Save | QDialogButtonBox.StandardButton.Cancel
        )
        unit = theme.UNIT
        form = QFormLayout()
        form.setSpacing(unit)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.addRow("&Name", self.name)
        form.addRow("&Address", self.url)
        form.addRow("", self.show_url)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(2 * unit, 2 * unit, 2 * unit, 2 * unit)
        layout.setSpacing(unit)
        layout.addLayout(form)
        layout.addWidget(self.status)
        layout.addWidget(examples)
        layout.addStretch()
        layout.addWidget(self.buttons)
        self.name.textChanged.connect(self._refresh)
        self.url.textChanged.connect(self._refresh)
        self.show_url.toggled.connect(self._show_url)
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        self._refresh()

    def accept(self) -> None:
        """Keep the address if nothing is wrong with it, which takes a moment."""
        url = self.url.text().strip()
        self.status.set_status("Checking the address…")
        self._save_button.setEnabled(False)
        run_once(
            "pedcam-address",
            self,
            lambda: self._find_problem(url),
            lambda problem: self._finish(url, problem),
        )

    def _finish(self, url: str, problem: str) -> None:
        # Else it was changed meanwhile.
        if url != self.url.text().strip() or not self.isVisible():
            return
        self._save_button.setEnabled(True)
        enabled = self._address.enabled if self._address is not None else True
        try:
            if problem:
                raise ValueError(problem)
            self._keep(Address(self.name.text().strip(), url, enabled))
        except ValueError as error:
            self.status.set_status(str(error), error=True)
        else:
            super().accept()

    @property
    def _save_button(self) -> QWidget:
        button = self.buttons.button(QDialogButtonBox.StandardButton.Save)
        assert button is not None
        return button

    def _show_url(self, shown: bool) -> None:
        modes = QLineEdit.EchoMode
        self.url.setEchoMode(modes.Normal if shown else modes.Password)

    def _refresh(self) -> None:
        self.status.set_status("")
        self._save_button.setEnabled(bool(self.name.text().strip() and self.url.text().strip()))
