from collections.abc import Iterator
from pathlib import Path

import pytest
from PyQt6.QtCore import QCoreApplication, QObject
from PyQt6.QtWidgets import QApplication, QDialogButtonBox
from pytestqt.qtbot import QtBot

from pedcam.ui.base import text
from pedcam.ui.base.message_bar import MessageBar
from pedcam.ui.base.messages import Messages
from pedcam.ui.start.url_dialog import UrlDialog
from pedcam.ui.translation import (
    MAX_BYTES,
    Translation,
    TranslationError,
    available,
    language_name,
    pick,
    read_messages,
)
from pedcam.ui.translations import extract

TS = """<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="de">
<context><name>Door</name>
<message><source>Open</source><translation>Offen</translation></message>
<message><source>Shut</source><translation type="unfinished">Zu?</translation></message>
<message><source>Ajar</source><translation></translation></message>
</context>
<context><name>Menu</name>
<message><source>Open</source><translation>Öffnen</translation></message>
<message><source>Quit</source><translation>Beenden</translation></message>
<message><source>Gone</source><translation type="vanished">Weg</translation></message>
</context>
</TS>
"""


def write(folder: Path, language: str, content: str | bytes) -> Path:
    path = folder / f"pedcam_{language}.ts"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


@pytest.fixture
def translations() -> Iterator[list[Translation]]:
    made: list[Translation] = []
    yield made
    for translation in made:
        translation.remove()


def test_only_finished_messages_are_read(tmp_path: Path) -> None:
    messages = read_messages(write(tmp_path, "de", TS))
    assert messages.by_context == {
        ("Door", "Open"): "Offen",
        ("Menu", "Open"): "Öffnen",
        ("Menu", "Quit"): "Beenden",
    }
    assert messages.by_text == {"Open": "Offen", "Quit": "Beenden"}


@pytest.mark.parametrize(
    "content",
    [
        "",
        "<TS>",
        b"\xff\xfe",
        '<!DOCTYPE TS [<!ENTITY a "b">]><TS>&a;</TS>',
        '<!DOCTYPE TS [<!ENTITY a SYSTEM "file:///etc/passwd">]><TS>&a;</TS>',
        "<TS/>" + " " * MAX_BYTES,
    ],
)
def test_a_damaged_file_is_refused_and_english_stays(
    qapp: QApplication, tmp_path: Path, content: str | bytes
) -> None:
    path = write(tmp_path, "de", content)
    with pytest.raises(TranslationError, match="damaged"):
        read_messages(path)
    translation = Translation(qapp, "de", tmp_path)
    assert translation.language == "en"
    assert str(path) in translation.problem


@pytest.mark.parametrize(
    ("choice", "wishes", "picked"),
    [
        ("system", ["de-AT", "en"], "de"),
        ("system", ["pt-BR"], "pt_BR"),
        ("system", ["pt-PT", "pt", "de"], "de"),
        ("system", ["zh-Hant-TW"], "zh_TW"),
        ("system", ["en-US", "de"], "en"),
        ("system", ["fi", "sv"], "en"),
        ("system", [], "en"),
        ("de", ["pt-BR"], "de"),
        ("en", ["de"], "en"),
        ("fi", ["de"], "en"),
    ],
)
def test_the_language_is_the_one_set_or_the_best_of_the_system_s(
    choice: str, wishes: list[str], picked: str
) -> None:
    assert pick(choice, wishes, ["de", "en", "pt_BR", "zh_TW"]) == picked


def test_a_language_is_there_as_soon_as_its_file_is(tmp_path: Path) -> None:
    write(tmp_path, "pt_BR", TS)
    (tmp_path / "pedcam_xx.txt").touch()
    assert available(tmp_path) == ("en", "pt_BR")
    assert available(tmp_path / "missing") == ("en",)


def test_languages_are_called_what_they_call_themselves() -> None:
    assert language_name("de") == "Deutsch"
    assert language_name("pt_BR").startswith("Português")


class Menu(QObject):
    def texts(self) -> list[str]:
        return [self.tr(word) for word in ("Open", "Quit", "Shut", "Gone")]


class Submenu(Menu):
    pass


def test_texts_are_found_by_class_or_by_themselves(
    qapp: QApplication, tmp_path: Path, translations: list[Translation]
) -> None:
    write(tmp_path, "de", TS)
    translations.append(Translation(qapp, "de", tmp_path))
    assert translations[0].language == "de"
    assert Menu().texts() == ["Öffnen", "Beenden", "Shut", "Gone"]
    # PyQt asks with the name of the subclass, where the text does not stand.
    assert Submenu().texts() == ["Offen", "Beenden", "Shut", "Gone"]
    assert QCoreApplication.translate("Door", "Open") == "Offen"
    translations[0].remove()
    assert Menu().texts() == ["Open", "Quit", "Shut", "Gone"]


def pseudo(word: str) -> str:
    return f"⟦{word}⟧"


@pytest.fixture
def pseudo_language(
    qapp: QApplication, tmp_path: Path, translations: list[Translation]
) -> Translation:
    """Every text of pedcam in brackets, made by the command that translators use."""
    assert extract.main(["de", "--folder", str(tmp_path)]) == 0
    path = tmp_path / "pedcam_de.ts"
    content = path.read_text(encoding="utf-8")
    root = extract.ElementTree.fromstring(content)
    for message in root.iter("message"):
        translation = message.find("translation")
        assert translation is not None
        del translation.attrib["type"]
        translation.text = pseudo(message.findtext("source") or "")
    path.write_bytes(extract.ElementTree.tostring(root, encoding="utf-8"))
    translations.append(Translation(qapp, "de", tmp_path))
    assert not translations[0].problem
    return translations[0]


@pytest.mark.usefixtures("pseudo_language")
def test_widgets_come_out_translated(qtbot: QtBot) -> None:
    dialog = UrlDialog()
    qtbot.addWidget(dialog)
    assert dialog.windowTitle() == "⟦Open stream URL⟧"
    messages = Messages()
    bar = MessageBar(messages)
    qtbot.addWidget(bar)
    messages.post("one")
    messages.post("two")
    assert bar.dismiss.text() == "⟦Dismiss⟧"
    assert bar._count.text() == "⟦1 more⟧"
    assert text.file_size(1_500_000) == "⟦1.5 MB⟧"
    cancel = dialog.buttons.button(QDialogButtonBox.StandardButton.Cancel)
    assert cancel is not None
    # Qt's own German.
    assert cancel.text() == "Abbrechen"
