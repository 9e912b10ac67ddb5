import onnxruntime
from PyQt6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from pedcam import __version__
from pedcam.ui.help.about_dialog import AboutDialog


def test_licence_and_versions(qtbot: QtBot) -> None:
    dialog = AboutDialog()
    qtbot.addWidget(dialog)
    said = "\n".join(label.text() for label in dialog.findChildren(QLabel))
    assert f"pedcam {__version__}" in said
    assert "GNU General Public License" in said
    assert "no warranty" in said
    assert f"ONNX Runtime {onnxruntime.__version__}" in said
