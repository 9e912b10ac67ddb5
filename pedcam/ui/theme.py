"""Colours, spacing and type, in a light and a dark version that follow the system."""

from __future__ import annotations

from dataclasses import dataclass

from PyQt6.QtCore import Qt
from PyQt6.QtGui import QColor, QFont, QPalette
from PyQt6.QtWidgets import QApplication, QStyleFactory

UNIT = 8  # every distance is a multiple or a half of this


@dataclass(frozen=True)
class Colors:
    """One version of the look; every entry is ``#rrggbb``."""

    window: str
    raised: str
    hover: str
    text: str
    muted: str
    line: str
    accent: str
    on_accent: str
    tint: str
    warning: str
    warning_line: str


LIGHT = Colors(
    window="#f4f5f7",
    raised="#ffffff",
    hover="#eceff4",
    text="#1a1d21",
    muted="#596270",
    line="#d5dae1",
    accent="#2563d9",
    on_accent="#ffffff",
    tint="#e8effc",
    warning="#fff4d6",
    warning_line="#e0b93c",
)
DARK = Colors(
    window="#17191d",
    raised="#202329",
    hover="#2a2e36",
    text="#e9ebee",
    muted="#a0a8b4",
    line="#353a43",
    accent="#7aa7ff",
    on_accent="#0d1526",
    tint="#222d45",
    warning="#3a3116",
    warning_line="#8a7327",
)


def follow_system(app: QApplication) -> None:
    """Apply the system's light or dark look, now and whenever it changes."""
    app.setStyle(QStyleFactory.create("Fusion"))
    hints = app.styleHints()
    assert hints is not None
    hints.colorSchemeChanged.connect(lambda scheme: apply(app, scheme == Qt.ColorScheme.Dark))
    apply(app, hints.colorScheme() == Qt.ColorScheme.Dark)


def apply(app: QApplication, dark: bool) -> None:
    """Apply one version of the look."""
    colors = DARK if dark else LIGHT
    app.setPalette(_palette(colors))
    app.setStyleSheet(_style_sheet(colors))


def colors() -> Colors:
    """Return the version in use."""
    window = QApplication.palette().color(QPalette.ColorRole.Window)
    return DARK if window.lightness() < 128 else LIGHT


def tabular(font: QFont) -> QFont:
    """Return the font with figures of equal width, so that numbers do not jiggle."""
    copy = QFont(font)
    copy.setFeature(QFont.Tag("tnum"), 1)
    return copy


def scaled(font: QFont, factor: float, *, bold: bool = False) -> QFont:
    """Return the font larger or smaller."""
    copy = QFont(font)
    copy.setPointSizeF(font.pointSizeF() * factor)
    copy.setWeight(QFont.Weight.DemiBold if bold else font.weight())
    return copy


def _palette(colors: Colors) -> QPalette:
    role = QPalette.ColorRole
    palette = QPalette(QColor(colors.window))
    for roles, color in (
        ((role.Window,), colors.window),
        ((role.Base, role.Button, role.ToolTipBase), colors.raised),
        ((role.AlternateBase, role.Midlight), colors.hover),
        ((role.WindowText, role.Text, role.ButtonText, role.ToolTipText), colors.text),
        ((role.PlaceholderText,), colors.muted),
        ((role.Mid, role.Dark), colors.line),
        ((role.Highlight, role.Link, role.Accent), colors.accent),
        ((role.HighlightedText,), colors.on_accent),
    ):
        for each in roles:
            palette.setColor(each, QColor(color))
    for each in (role.WindowText, role.Text, role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, each, QColor(colors.muted))
    return palette


def _style_sheet(colors: Colors) -> str:
    return f"""
    QToolTip {{
        color: {colors.text}; background: {colors.raised};
        border: 1px solid {colors.line}; padding: 4px;
    }}
    QMenuBar {{ background: {colors.window}; padding: 2px 4px; }}
    QMenuBar::item {{ padding: 4px 10px; border-radius: 4px; background: transparent; }}
    QMenuBar::item:selected {{ background: {colors.hover}; }}
    QMenu {{
        background: {colors.raised}; border: 1px solid {colors.line}; padding: 4px;
    }}
    QMenu::item {{ padding: 6px 24px 6px 28px; border-radius: 4px; }}
    QMenu::item:selected {{ background: {colors.tint}; color: {colors.text}; }}
    QMenu::item:disabled {{ color: {colors.muted}; }}
    QMenu::separator {{ height: 1px; background: {colors.line}; margin: 4px 8px; }}
    QMenu::indicator {{ width: 16px; height: 16px; left: 6px; }}
    QPushButton {{
        background: {colors.raised}; color: {colors.text};
        border: 1px solid {colors.line}; border-radius: 6px;
        padding: 6px 14px; min-height: 18px;
    }}
    QPushButton:hover {{ background: {colors.hover}; }}
    QPushButton:pressed {{ background: {colors.line}; }}
    QPushButton:focus {{ border-color: {colors.accent}; }}
    QPushButton:disabled {{ color: {colors.muted}; background: {colors.window}; }}
    QPushButton:default {{
        background: {colors.accent}; color: {colors.on_accent}; border-color: {colors.accent};
    }}
    QPushButton:default:disabled {{
        background: {colors.window}; color: {colors.muted}; border-color: {colors.line};
    }}
    QPushButton[quiet="true"], QPushButton[quiet="true"]:default {{
        color: {colors.text}; border-color: transparent; background: transparent;
    }}
    QPushButton[quiet="true"]:disabled {{ color: {colors.muted}; }}
    QPushButton[quiet="true"]:hover {{ background: {colors.hover}; }}
    QPushButton[quiet="true"]:focus {{ border-color: {colors.accent}; }}
    QDialogButtonBox {{ dialogbuttonbox-buttons-have-icons: 0; }}
    QLineEdit, QSpinBox, QListWidget {{
        background: {colors.raised}; color: {colors.text};
        border: 1px solid {colors.line}; border-radius: 6px; padding: 6px;
        selection-background-color: {colors.accent}; selection-color: {colors.on_accent};
    }}
    QLineEdit:focus, QListWidget:focus {{ border-color: {colors.accent}; }}
    QListWidget::item {{ padding: 6px; border-radius: 4px; }}
    QListWidget::item:selected {{ background: {colors.accent}; color: {colors.on_accent}; }}
    QSlider {{ min-height: 24px; }}
    QSlider::groove:horizontal {{ height: 4px; border-radius: 2px; background: {colors.line}; }}
    QSlider::sub-page:horizontal {{ border-radius: 2px; background: {colors.accent}; }}
    QSlider::handle:horizontal {{
        width: 14px; height: 14px; margin: -6px 0; border-radius: 8px;
        background: {colors.raised}; border: 1px solid {colors.muted};
    }}
    QSlider::handle:horizontal:hover, QSlider::handle:horizontal:focus {{
        border-color: {colors.accent};
    }}
    QScrollArea {{ border: none; background: transparent; }}
    QScrollBar:vertical {{ width: 12px; background: transparent; }}
    QScrollBar::handle:vertical {{
        background: {colors.line}; border-radius: 4px; min-height: 24px; margin-left: 4px;
    }}
    QScrollBar::add-line, QScrollBar::sub-line {{ height: 0; }}
    QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
    QLabel[muted="true"] {{ color: {colors.muted}; }}
    """
