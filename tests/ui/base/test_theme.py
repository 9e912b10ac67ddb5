from collections.abc import Iterator

import pytest
from PyQt6.QtCore import QObject, Qt, pyqtSignal
from PyQt6.QtGui import QColor, QPalette
from PyQt6.QtWidgets import QApplication

from pedcam.ui.base import theme


@pytest.fixture
def app(qapp: QApplication) -> Iterator[QApplication]:
    palette = qapp.palette()
    yield qapp
    qapp.setStyleSheet("")
    qapp.setPalette(palette)


def contrast(one: str, other: str) -> float:
    """WCAG 2 contrast ratio."""

    def luminance(name: str) -> float:
        parts = [
            value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4
            for value in QColor(name).getRgbF()[:3]
        ]
        return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]

    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("colors", [theme.LIGHT, theme.DARK])
def test_text_can_be_read(colors: theme.Colors) -> None:
    for text, ground in (
        (colors.text, colors.window),
        (colors.text, colors.warning),
        (colors.muted, colors.window),
        (colors.muted, colors.raised),
        (colors.muted, colors.tint),
        (colors.muted, colors.warning),
        (colors.accent, colors.tint),
        (colors.on_accent, colors.accent),
    ):
        assert contrast(text, ground) >= 4.5, (text, ground)


@pytest.mark.parametrize("dark", [False, True])
def test_both_looks_can_be_applied(app: QApplication, dark: bool) -> None:
    theme.apply(app, dark)
    assert theme.colors() is (theme.DARK if dark else theme.LIGHT)
    window = QApplication.palette().color(QPalette.ColorRole.Window)
    assert window.name() == theme.colors().window


@pytest.mark.parametrize("dark", [False, True])
def test_ticked_boxes_stand_out(app: QApplication, dark: bool) -> None:
    theme.apply(app, dark)
    palette = QApplication.palette("QCheckBox")
    ground = palette.color(QPalette.ColorRole.Base).name()
    assert contrast(ground, theme.colors().window) >= 3
    assert contrast(ground, palette.color(QPalette.ColorRole.Text).name()) >= 4.5


class Hints(QObject):
    """The system's wishes, as the test has them."""

    colorSchemeChanged = pyqtSignal(Qt.ColorScheme)

    def __init__(self) -> None:
        super().__init__()
        self.system = Qt.ColorScheme.Light
        self.asked: list[Qt.ColorScheme] = []

    def colorScheme(self) -> Qt.ColorScheme:
        return self.system

    def setColorScheme(self, scheme: Qt.ColorScheme) -> None:
        self.asked.append(scheme)

    def change(self, scheme: Qt.ColorScheme) -> None:
        self.system = scheme
        self.colorSchemeChanged.emit(scheme)


def test_the_look_follows_the_system_unless_one_is_chosen(
    app: QApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    hints = Hints()
    monkeypatch.setattr(app, "styleHints", lambda: hints)
    look = theme.Look(app)
    assert theme.colors() is theme.LIGHT
    hints.change(Qt.ColorScheme.Dark)
    assert theme.colors() is theme.DARK
    look.choose("light")
    assert theme.colors() is theme.LIGHT
    hints.change(Qt.ColorScheme.Light)
    hints.change(Qt.ColorScheme.Dark)
    assert theme.colors() is theme.LIGHT
    look.choose("system")
    assert theme.colors() is theme.DARK
    hints.change(Qt.ColorScheme.Light)
    look.choose("dark")
    assert theme.colors() is theme.DARK
    scheme = Qt.ColorScheme
    assert hints.asked == [scheme.Light, scheme.Unknown, scheme.Dark]


def test_widgets_are_styled_anew_only_when_the_look_changes(
    app: QApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    hints, applied = Hints(), []
    monkeypatch.setattr(app, "styleHints", lambda: hints)
    monkeypatch.setattr(theme, "apply", lambda _, dark: applied.append(dark))
    look = theme.Look(app)
    look.choose("light")
    look.choose("dark")
    hints.change(Qt.ColorScheme.Dark)
    look.choose("system")
    assert applied == [False, True]
