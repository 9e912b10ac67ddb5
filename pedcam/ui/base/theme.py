"""Colours, spacing and type, in a light and a dark version that follow the system."""

from __future__ import annotations

from dataclasses import dataclass

from PyQt6.QtCore import QObject, Qt
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
    good: str
    bad: str


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
    good="#1a7f37",
    bad="#c8323a",
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
    good="#4cc38a",
    bad="#ff6b70",
)


class Look(QObject):
    """Keeps the application in the light or the dark look: the system's, or the one chosen."""

    def __init__(self, app: QApplication) -> None:
        super().__init__(app)
        hints = app.styleHints()
        assert hints is not None
        self._app, self._hints = app, hints
        self._choice = "system"
        self._dark: bool | None = None
        app.setStyle(QStyleFactory.create("Fusion"))
        hints.colorSchemeChanged.connect(self._show)
        self._show()

    def choose(self, choice: str) -> None:
        """Take the ``light`` or the ``dark`` look, or that of the ``system`` as it changes."""
        if choice == self._choice:
            return
        self._choice = choice
        scheme = {"light": Qt.ColorScheme.Light, "dark": Qt.ColorScheme.Dark}
        # Also for what Qt does not draw, such as the title bar; came with Qt 6.8.
        if hasattr(self._hints, "setColorScheme"):
            self._hints.setColorScheme(scheme.get(choice, Qt.ColorScheme.Unknown))
        self._show()

    def _show(self) -> None:
        if self._choice == "system":
            dark = self._hints.colorScheme() == Qt.ColorScheme.Dark
        else:
            dark = self._choice == "dark"
        # Every widget is styled anew, which takes a moment.
        if dark is not self._dark:
            self._dark = dark
            apply(self._app, dark)


def apply(app: QApplication, dark: bool) -> None:
    """Apply one version of the look."""
    colors = DARK if dark else LIGHT
    app.setPalette(_palette(colors))
    app.setPalette(_check_palette(colors), "QCheckBox")
    for name in ("QComboBox", "QSpinBox"):
        app.setPalette(_field_palette(colors), name)
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


def _check_palette(colors: Colors) -> QPalette:
    # The tick is the style's own, as a style sheet would need a picture of one.
    role, group = QPalette.ColorRole, QPalette.ColorGroup
    palette = _palette(colors)
    for groups, ground, tick in (
        ((group.Active, group.Inactive), colors.accent, colors.on_accent),
        ((group.Disabled,), colors.line, colors.muted),
    ):
        for each in groups:
            palette.setColor(each, role.Base, QColor(ground))
            palette.setColor(each, role.Text, QColor(tick))
            palette.setColor(each, role.Window, _frame(ground))
    return palette


def _field_palette(colors: Colors) -> QPalette:
    palette = _palette(colors)
    if colors is DARK:
        # The style makes dark grounds lighter, as it expects them to be raised.
        palette.setColor(QPalette.ColorRole.Button, QColor(colors.raised).darker(150))
        palette.setColor(QPalette.ColorRole.Window, _frame(colors.line))
    return palette


def _frame(color: str) -> QColor:
    # The style draws frames in the window's colour, made darker.
    return QColor(color).lighter(140)


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
    QMenu::item {{ padding: 6px 24px 6px 12px; border-radius: 4px; }}
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
    QPushButton:checked {{
        background: {colors.tint}; color: {colors.accent}; border-color: {colors.accent};
    }}
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
    QPushButton[compact="true"] {{ padding: 6px 6px; }}
    QPushButton[compact="more"] {{ padding: 6px 3px; }}
    QPushButton[quiet="true"]:checked {{ background: {colors.tint}; color: {colors.accent}; }}
    QPushButton::menu-indicator {{ width: 0; image: none; }}
    QProgressBar {{
        background: {colors.line}; border: none; border-radius: 3px; max-height: 6px;
    }}
    QProgressBar::chunk {{ background: {colors.accent}; border-radius: 3px; }}
    QCheckBox::indicator:unchecked {{
        width: 12px; height: 12px; border: 1px solid {colors.muted}; border-radius: 3px;
        background: {colors.raised};
    }}
    QDialogButtonBox {{ dialogbuttonbox-buttons-have-icons: 0; }}
    QLineEdit, QListWidget, QPlainTextEdit {{
        background: {colors.raised}; color: {colors.text};
        border: 1px solid {colors.line}; border-radius: 6px; padding: 6px;
        selection-background-color: {colors.accent}; selection-color: {colors.on_accent};
    }}
    QLineEdit {{ placeholder-text-color: {colors.muted}; min-height: 18px; }}
    QLineEdit:focus, QListWidget:focus {{ border-color: {colors.accent}; }}
    QListWidget {{ outline: none; }}
    QListWidget::item {{ padding: 6px; border-radius: 4px; }}
    QListWidget::item:selected {{ background: {colors.accent}; color: {colors.on_accent}; }}
    QTableView[card="true"] {{
        background: {colors.raised}; color: {colors.text};
        border: 1px solid {colors.line}; border-radius: 6px; padding: 2px;
        selection-background-color: {colors.tint}; selection-color: {colors.text}; outline: 0;
    }}
    QTableView[card="true"]:focus {{ border-color: {colors.accent}; }}
    QTableView[card="true"] QHeaderView, QTableView[card="true"] QHeaderView::section {{
        background: {colors.raised}; color: {colors.muted}; border: none;
    }}
    QTableView[card="true"] QHeaderView::section {{
        padding: 4px 3px; border-bottom: 1px solid {colors.line};
    }}
    QComboBox, QSpinBox {{ min-height: 26px; }}
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
    QFrame[warning="true"] {{
        background: {colors.warning}; border: none; border-top: 1px solid {colors.warning_line};
    }}
    QFrame[warning="true"] QLabel {{ background: transparent; border: none; }}
    QLabel#dropHint {{
        color: {colors.accent}; background: {colors.window};
        border: 2px dashed {colors.accent}; border-radius: 12px;
    }}
    QLabel#dropHint:disabled {{ color: {colors.muted}; border-color: {colors.muted}; }}
    QFrame[hairline="true"] {{
        border: none; background: {colors.line}; min-height: 1px; max-height: 1px;
    }}
    QTabBar {{ background: transparent; border: none; }}
    QTabBar::tab {{
        color: {colors.muted}; background: transparent; border: none;
        border-bottom: 2px solid {colors.line}; padding: 6px 8px;
    }}
    QTabBar::tab:hover {{ color: {colors.text}; background: {colors.hover}; }}
    QTabBar::tab:selected {{ color: {colors.text}; border-bottom-color: {colors.accent}; }}
    QTabBar::tab:selected:focus {{ background: {colors.tint}; }}
    QScrollArea {{ border: none; background: transparent; }}
    QScrollBar:vertical {{ width: 12px; background: transparent; }}
    QScrollBar::handle:vertical {{
        background: {colors.line}; border-radius: 4px; min-height: 24px; margin-left: 4px;
    }}
    QScrollBar::add-line, QScrollBar::sub-line {{ height: 0; }}
    QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
    QPushButton[mode="true"]:checked {{
        background: {colors.tint}; color: {colors.accent}; border-color: {colors.accent};
    }}
    QLineEdit[inline="true"] {{ padding: 1px 4px; border-radius: 4px; min-height: 0; }}
    QLineEdit[title="true"] {{ background: transparent; border-color: transparent; }}
    QLineEdit[title="true"]:hover {{ border-color: {colors.line}; }}
    QLineEdit[title="true"]:focus {{
        background: {colors.raised}; border-color: {colors.accent};
    }}
    QAbstractSpinBox[blank="true"], QPushButton[blank="true"] {{
        color: {colors.accent}; background: {colors.tint}; min-height: 0;
        border: 1px solid {colors.tint}; border-radius: 4px; padding: 1px 4px;
        selection-background-color: {colors.accent}; selection-color: {colors.on_accent};
    }}
    QAbstractSpinBox[blank="true"]:hover, QPushButton[blank="true"]:hover,
    QAbstractSpinBox[blank="true"]:focus, QPushButton[blank="true"]:focus {{
        border-color: {colors.accent};
    }}
    QPushButton[chip="true"] {{
        border-color: {colors.line}; border-radius: 11px; padding: 2px 6px; min-height: 16px;
    }}
    QPushButton[chip="true"]:checked {{ border-color: {colors.tint}; padding: 2px 8px 2px 6px; }}
    QPushButton[chip="true"]:focus {{ border-color: {colors.accent}; }}
    QLabel[muted="true"] {{ color: {colors.muted}; }}
    QLabel[error="true"] {{ color: {colors.bad}; }}
    QLabel[frame="true"] {{
        background: {colors.raised}; border: 1px solid {colors.line}; border-radius: 6px;
    }}
    """
