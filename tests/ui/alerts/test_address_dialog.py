import threading

import pytest
from PyQt6.QtWidgets import QDialogButtonBox, QLineEdit
from pytestqt.qtbot import QtBot

from pedcam.rules.sending.addresses import Address
from pedcam.ui.alerts.address_dialog import AddressDialog

HOOK = Address("Hook", "json://hunter2", enabled=False)


def shown(qtbot: QtBot, dialog: AddressDialog) -> AddressDialog:
    qtbot.addWidget(dialog)
    dialog.show()
    return dialog


def save(dialog: AddressDialog) -> None:
    button = dialog.buttons.button(QDialogButtonBox.StandardButton.Save)
    assert button is not None
    assert button.isEnabled()
    button.click()


def test_a_new_address(qtbot: QtBot) -> None:
    kept: list[Address] = []
    threads: list[threading.Thread] = []

    def find_problem(url: str) -> str:
        threads.append(threading.current_thread())
        return ""

    dialog = shown(qtbot, AddressDialog(None, kept.append, find_problem=find_problem))
    button = dialog.buttons.button(QDialogButtonBox.StandardButton.Save)
    assert button is not None
    dialog.name.setText(" Phone ")
    assert not button.isEnabled()
    dialog.url.setText(" ntfy://topic ")
    save(dialog)
    qtbot.waitUntil(lambda: not dialog.isVisible())
    assert kept == [Address("Phone", "ntfy://topic")]
    assert threading.main_thread() not in threads


def test_the_address_is_hidden_until_asked_for(qtbot: QtBot) -> None:
    dialog = shown(qtbot, AddressDialog(HOOK, lambda address: None))
    assert dialog.url.text() == "json://hunter2"
    assert "hunter2" not in dialog.url.displayText()
    dialog.show_url.click()
    assert dialog.url.echoMode() is QLineEdit.EchoMode.Normal
    dialog.show_url.click()
    assert "hunter2" not in dialog.url.displayText()


def test_editing_leaves_on_and_off(qtbot: QtBot) -> None:
    kept: list[Address] = []
    dialog = shown(qtbot, AddressDialog(HOOK, kept.append, find_problem=lambda url: ""))
    dialog.name.setText("Webhook")
    save(dialog)
    qtbot.waitUntil(lambda: bool(kept))
    assert kept == [Address("Webhook", "json://hunter2", enabled=False)]


@pytest.mark.parametrize("own", [True, False])
def test_what_is_wrong_is_said_and_can_be_mended(qtbot: QtBot, own: bool) -> None:
    wrong = "There is another address called “Hook”."
    kept: list[Address] = []

    def keep(address: Address) -> None:
        if not kept and own:
            kept.append(address)
            raise ValueError(wrong)

    dialog = shown(qtbot, AddressDialog(HOOK, keep, find_problem=lambda url: "" if own else wrong))
    save(dialog)
    qtbot.waitUntil(lambda: dialog.status.text() == wrong)
    assert dialog.isVisible()
    dialog.url.setText("json://other")
    assert dialog.status.isHidden()
    save(dialog)
    qtbot.waitUntil(lambda: dialog.isVisible() is not own)


def test_an_answer_about_what_was_changed_meanwhile_is_none(qtbot: QtBot) -> None:
    go_on = threading.Event()
    kept: list[Address] = []

    def find_problem(url: str) -> str:
        go_on.wait(30)
        return "" if url == HOOK.url else "Something else."

    dialog = shown(qtbot, AddressDialog(HOOK, kept.append, find_problem=find_problem))
    save(dialog)
    dialog.url.setText("json://other")
    save(dialog)
    go_on.set()
    qtbot.waitUntil(lambda: dialog.status.text() == "Something else.")
    assert kept == []
