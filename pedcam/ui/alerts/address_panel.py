"""The list of addresses on the page of alerts."""

from __future__ import annotations

from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import (
    QCheckBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QMessageBox,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from pedcam.rules.sending.addresses import Address
from pedcam.ui.alerts.address_dialog import AddressDialog
from pedcam.ui.alerts.addresses import Answer
from pedcam.ui.alerts.sending_control import SendingControl
from pedcam.ui.base import text, theme
from pedcam.ui.base.elided_label import ElidedLabel
from pedcam.ui.base.icon_button import IconButton
from pedcam.ui.base.status_label import StatusLabel
from pedcam.ui.base.watching import watch


class AddressRow(QWidget):
    """One address: whether it is on, what it is called, and what can be done with it.

    Attributes:
        address: What it shows.
    """

    def __init__(self, address: Address) -> None:
        """Show an address; another one of that name may be shown later."""
        super().__init__()
        self.address = address
        name = address.name
        self.enabled = QCheckBox()
        self.enabled.setAccessibleName(f"Send alerts to {name}")
        self.enabled.setToolTip("Send alerts to this address")
        title, self.service = ElidedLabel(), ElidedLabel(muted=True)
        title.show_text(name)
        self.test = QPushButton("Send a test")
        self.test.setAccessibleName(f"Send a test to {name}")
        self.test.setToolTip("Send a message with a grey picture")
        self.edit = QPushButton("Edit…")
        self.edit.setAccessibleName(f"Edit {name}")
        self.delete = IconButton("trash", f"Delete {name}", "Delete this address…")
        self.status = StatusLabel()
        names = QVBoxLayout()
        names.setSpacing(0)
        names.addWidget(title)
        names.addWidget(self.service)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(theme.UNIT)
        grid.setVerticalSpacing(theme.UNIT // 2)
        grid.setColumnStretch(1, 1)
        grid.addWidget(self.enabled, 0, 0)
        grid.addLayout(names, 0, 1)
        for column, button in enumerate((self.test, self.edit, self.delete), 2):
            button.setAutoDefault(False)
            grid.addWidget(button, 0, column)
        grid.addWidget(self.status, 1, 1, 1, 4)

    def show_address(self, address: Address, answer: Answer | None) -> None:
        """Show an address as it is now, and how its test goes."""
        self.address = address
        self.enabled.setChecked(address.enabled)
        lost = "Not in the keyring any more. Enter it again."
        self.service.show_text(address.shown if address.url else lost)
        self.test.setEnabled(bool(address.url) and (answer is None or not answer.running))
        answer = answer or Answer("")
        self.status.set_status(answer.text, error=answer.failed)


class AddressPanel(QWidget):
    """All addresses, and a button for another one.

    Attributes:
        rows: A row for each address by its name.
    """

    def __init__(self, control: SendingControl) -> None:
        """Show and edit the addresses of ``control``."""
        super().__init__()
        self._control, self._addresses = control, control.addresses
        self.rows: dict[str, AddressRow] = {}
        title = QLabel("Send alerts to")
        help_ = QLabel(
            "A webhook, MQTT, mail, your phone or a hundred other services. Rules that send alerts "
            "send text, picture and JSON fields there; what cannot be sent now waits for a day."
        )
        help_.setWordWrap(True)
        help_.setProperty("muted", True)
        self.add = QPushButton("Add address…")
        self.retry = QPushButton("Try again")
        self.status = StatusLabel()
        self.note = StatusLabel()
        self.note.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._rows = QVBoxLayout()
        self._rows.setSpacing(theme.UNIT)
        below = QHBoxLayout()
        below.setSpacing(theme.UNIT)
        for button in (self.add, self.retry):
            button.setAutoDefault(False)
            below.addWidget(button)
        below.addStretch()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.UNIT)
        for widget in (title, help_):
            column.addWidget(widget)
        column.addLayout(self._rows)
        column.addWidget(self.status)
        column.addLayout(below)
        column.addWidget(self.note)
        self.add.clicked.connect(lambda: self._open(None))
        self.retry.clicked.connect(control.load)
        watch(self._addresses, self._refresh)
        self._refresh()

    def _refresh(self) -> None:
        addresses = self._addresses
        items = addresses.items or ()
        for name in self.rows.keys() - {item.name for item in items}:
            row = self.rows.pop(name)
            self._rows.removeWidget(row)
            row.deleteLater()
        for place, item in enumerate(items):
            # A row that stays keeps the focus.
            if item.name not in self.rows:
                self.rows[item.name] = self._make_row(item)
                self._rows.insertWidget(place, self.rows[item.name])
            self.rows[item.name].show_address(item, addresses.answers.get(item))
        known = addresses.items is not None
        waiting = "" if known else "Reading the addresses…"
        self.status.set_status(addresses.problem or waiting, error=bool(addresses.problem))
        self.note.set_status(addresses.note)
        self.add.setEnabled(known)
        self.retry.setVisible(not known and bool(addresses.problem))

    def _make_row(self, address: Address) -> AddressRow:
        row = AddressRow(address)
        row.enabled.clicked.connect(lambda on: self._addresses.enable(row.address, on))
        row.test.clicked.connect(lambda: self._control.test(row.address))
        row.edit.clicked.connect(lambda: self._open(row.address))
        row.delete.clicked.connect(lambda: self._ask_delete(row.address))
        return row

    def _open(self, address: Address | None) -> None:
        dialog = AddressDialog(
            address, lambda changed: self._addresses.put(changed, address), self.window()
        )
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    def _ask_delete(self, address: Address) -> None:
        answer = QMessageBox.question(
            self,
            "Delete address?",
            text.plain(f"Alerts will not be sent to “{address.name}” any more."),
            QMessageBox.StandardButton.Yes | QMessageBox.StandardButton.Cancel,
            QMessageBox.StandardButton.Cancel,
        )
        if answer == QMessageBox.StandardButton.Yes:
            self._addresses.remove(address)
