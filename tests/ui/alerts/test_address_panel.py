from collections.abc import Iterator
from pathlib import Path

import pytest
from PyQt6.QtWidgets import QMessageBox
from pytestqt.qtbot import QtBot

from pedcam.rules.sending.address_book import AddressBook
from pedcam.rules.sending.addresses import Address
from pedcam.ui.alerts.address_dialog import AddressDialog
from pedcam.ui.alerts.address_panel import AddressPanel
from pedcam.ui.alerts.addresses import Answer
from pedcam.ui.alerts.sending_control import SendingControl
from pedcam.ui.base.messages import Messages
from pedcam.ui.settings.settings import SettingsState

PHONE, HOOK = Address("Phone", "ntfy://hunter2"), Address("Hook", "json://hunter2", enabled=False)


@pytest.fixture
def control(qtbot: QtBot, tmp_path: Path) -> Iterator[SendingControl]:
    book = AddressBook(tmp_path / "secrets" / "addresses.json", lambda: None)
    made = SendingControl(
        SettingsState(), Messages(), book, tmp_path / "outbox", try_address=lambda url: "refused"
    )
    yield made
    made.shutdown(5)


@pytest.fixture
def panel(qtbot: QtBot, control: SendingControl) -> AddressPanel:
    made = AddressPanel(control)
    qtbot.addWidget(made)
    made.show()
    return made


def test_nothing_is_added_to_addresses_that_are_not_known(
    panel: AddressPanel, control: SendingControl
) -> None:
    assert not panel.add.isEnabled()
    assert panel.status.text() == "Reading the addresses…"
    assert panel.retry.isHidden()
    control.addresses.fail("The keyring is locked.")
    assert panel.status.text() == "The keyring is locked."
    assert panel.retry.isVisible()
    control.addresses.show([PHONE], "Kept in the keyring.")
    assert panel.add.isEnabled()
    assert panel.status.isHidden()
    assert panel.retry.isHidden()
    assert panel.note.text() == "Kept in the keyring."


def test_rows_show_names_and_services_only(panel: AddressPanel, control: SendingControl) -> None:
    control.addresses.show([PHONE, HOOK, Address("Lost", "")], "")
    assert list(panel.rows) == ["Phone", "Hook", "Lost"]
    assert [row.enabled.isChecked() for row in panel.rows.values()] == [True, False, True]
    assert panel.rows["Phone"].service.text() == "ntfy://…"
    assert "Enter it again" in panel.rows["Lost"].service.text()
    assert not panel.rows["Lost"].test.isEnabled()


def test_one_is_switched_and_its_row_keeps_the_focus(
    panel: AddressPanel, control: SendingControl
) -> None:
    control.addresses.show([PHONE, HOOK], "")
    row = panel.rows["Hook"]
    row.enabled.click()
    assert control.addresses.items == (PHONE, Address("Hook", HOOK.url))
    assert panel.rows["Hook"] is row
    assert row.enabled.isChecked()


def test_the_answer_of_a_test_stands_beside_it(
    qtbot: QtBot, panel: AddressPanel, control: SendingControl
) -> None:
    control.addresses.show([PHONE], "")
    row = panel.rows["Phone"]
    row.test.click()
    assert row.status.text() == "Sending a test…"
    assert not row.test.isEnabled()
    qtbot.waitUntil(lambda: row.status.text() == "refused")
    assert row.status.property("error") is True
    assert row.test.isEnabled()
    control.addresses.answer(PHONE, Answer("accepted"))
    assert row.status.property("error") is False


def test_one_is_edited(qtbot: QtBot, panel: AddressPanel, control: SendingControl) -> None:
    control.addresses.show([PHONE, HOOK], "")
    panel.rows["Phone"].edit.click()
    dialog = panel.findChild(AddressDialog)
    assert dialog is not None
    dialog._find_problem = lambda url: ""
    dialog.name.setText("Mobile")
    dialog.accept()
    qtbot.waitUntil(lambda: list(panel.rows) == ["Hook", "Mobile"])
    assert [item.name for item in control.addresses.items or ()] == ["Mobile", "Hook"]
    layout = panel._rows
    places = [layout.itemAt(place).widget() for place in range(layout.count())]
    assert places == [panel.rows["Mobile"], panel.rows["Hook"]]


@pytest.mark.parametrize("sure", [True, False])
def test_one_is_deleted(
    panel: AddressPanel, control: SendingControl, monkeypatch: pytest.MonkeyPatch, sure: bool
) -> None:
    buttons = QMessageBox.StandardButton
    monkeypatch.setattr(
        QMessageBox, "question", lambda *args: buttons.Yes if sure else buttons.Cancel
    )
    control.addresses.show([PHONE, HOOK], "")
    panel.rows["Phone"].delete.click()
    assert list(panel.rows) == (["Hook"] if sure else ["Phone", "Hook"])
