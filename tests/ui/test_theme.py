from collections.abc import Iterator

import pytest
from PyQt6.QtGui import QColor, QPalette
from PyQt6.QtWidgets import QApplication

from pedcam.ui import theme


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
