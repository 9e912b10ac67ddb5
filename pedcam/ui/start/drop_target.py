"""What can be dropped onto the window, and what is said of it while it is dragged."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PyQt6.QtCore import QEvent, QMimeData, QObject, QRectF, Qt, QUrl, pyqtSignal
from PyQt6.QtGui import (
    QColor,
    QDragEnterEvent,
    QDragMoveEvent,
    QDropEvent,
    QFontMetrics,
    QPainter,
    QPaintEvent,
    QPen,
)
from PyQt6.QtWidgets import QWidget

from pedcam.ui.base import icons, theme
from pedcam.ui.base.card import paint_line
from pedcam.ui.start.addresses import problem
from pedcam.video.sources.network import PROTOCOLS
from pedcam.video.sources.spec import SourceError, public_address

PRESET_SUFFIX = ".onnx"
LONGEST_TEXT = 4096  # characters of a dropped text in which an address is looked for
_ADDRESS = re.compile(rf"\b(?:{'|'.join(PROTOCOLS)})://[^\s<>\"']+", re.IGNORECASE)
# Everything else is tried: FFmpeg reads more kinds than anybody can list, and a folder's name may
# have a dot in it.
_NO_VIDEO = re.compile(
    r"\.(txt|md|rst|log|csv|tsv|json|ya?ml|toml|ini|xml|html?|css|js|py|c|h|cpp|rs|go|java|srt"
    r"|pdf|docx?|odt|rtf|xlsx?|ods|pptx?|odp|zip|gz|bz2|xz|zst|7z|rar|tar|iso|exe|msi|deb|rpm|dmg"
    r"|apk|so|dll|mp3|wav|flac|ogg|opus|m4a|aac|svg|ttf|otf|woff2?|db|sqlite|pth?|np[yz]"
    r"|safetensors)",
    re.IGNORECASE,
)
_ICON = 48


class DropHint(QWidget):
    """Covers the window while something is dragged over it."""

    def __init__(self, parent: QWidget) -> None:
        """Stay hidden until needed."""
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.title = ""
        self.line = ""
        self._usable = True
        self.hide()

    def cover(self, title: str = "", line: str = "", *, usable: bool = True) -> None:
        """Show over the whole parent.

        Args:
            title: What will happen.
            line: More about it.
            usable: Whether anything will.
        """
        self.title, self.line, self._usable = title, line, usable
        parent = self.parentWidget()
        if parent is not None:
            self.setGeometry(parent.rect())
        self.raise_()
        self.show()
        self.update()

    def paintEvent(self, event: QPaintEvent | None) -> None:
        """Draw a veil with a dashed frame and the words."""
        colors = theme.colors()
        color = colors.accent if self._usable else colors.muted
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        veil = QColor(colors.window)
        veil.setAlpha(246)
        painter.fillRect(self.rect(), veil)
        margin = 2 * theme.UNIT
        frame = QRectF(self.rect()).adjusted(margin, margin, -margin, -margin)
        painter.setPen(QPen(QColor(color), 2, Qt.PenStyle.DashLine))
        painter.drawRoundedRect(frame, 12, 12)

        title_font = theme.scaled(self.font(), 1.6, bold=True)
        line_font = theme.scaled(self.font(), 1.1)
        title, line = QFontMetrics(title_font).height(), QFontMetrics(line_font).height()
        gap = 2 * theme.UNIT
        top = frame.center().y() - (_ICON + gap + title + theme.UNIT + line) / 2
        icons.icon("drop" if self._usable else "forbidden", color, _ICON).paint(
            painter, round(frame.center().x() - _ICON / 2), round(top), _ICON, _ICON
        )
        inner = frame.adjusted(3 * theme.UNIT, 0, -3 * theme.UNIT, 0)
        center, middle = Qt.AlignmentFlag.AlignHCenter, Qt.TextElideMode.ElideMiddle
        top += _ICON + gap
        rect = QRectF(inner.left(), top, inner.width(), title)
        paint_line(painter, rect, self.title, title_font, colors.text, middle, center)
        rect = QRectF(inner.left(), top + title + theme.UNIT, inner.width(), line)
        paint_line(painter, rect, self.line, line_font, colors.muted, align=center)


@dataclass(frozen=True)
class DropSource:
    """Something to play.

    Attributes:
        source: A path or an address, for ``parse_source``.
        title: What people read; without any password.
        others: How many more were dropped, which are not played.
    """

    source: str
    title: str
    others: int = 0


@dataclass(frozen=True)
class DropPresets:
    """Preset files to add.

    Attributes:
        paths: At least one.
    """

    paths: tuple[Path, ...]


@dataclass(frozen=True)
class Nothing:
    """Nothing that pedcam can use.

    Attributes:
        reason: Why, for people.
    """

    reason: str


Drop = DropSource | DropPresets | Nothing


def read_drop(data: QMimeData | None) -> Drop:
    """Tell what a drag holds, by names alone: a disk may be slow."""
    urls = data.urls() if data is not None else []
    paths = [Path(url.toLocalFile()) for url in urls if url.isLocalFile() and url.toLocalFile()]
    if paths:
        return _of_paths(paths)
    for url in urls:
        # A decoded escape could mean something else: %2F in a password is no slash.
        address = url.toString(QUrl.ComponentFormattingOption.FullyEncoded)
        if not problem(address):
            return _of_address(address)
    dropped = data.text()[:LONGEST_TEXT] if data is not None and data.hasText() else ""
    for found in _ADDRESS.finditer(dropped):
        # Sentences end right behind an address.
        address = found[0].rstrip(".,;!?)")
        if not problem(address):
            return _of_address(address)
    return Nothing("Drop a video, a folder of pictures, a stream's address or a preset (.onnx).")


def _of_paths(paths: Sequence[Path]) -> Drop:
    presets = tuple(path for path in paths if path.suffix.lower() == PRESET_SUFFIX)
    if len(presets) == len(paths):
        return DropPresets(presets)
    if presets:
        return Nothing("Drop presets and videos one after the other.")
    playable = [path for path in paths if not _NO_VIDEO.fullmatch(path.suffix)]
    if playable:
        first = playable[0]
        return DropSource(str(first), first.name or str(first), len(paths) - 1)
    return Nothing(f"“{paths[0].name}” is no video and no picture.")


def _of_address(address: str) -> Drop:
    try:
        return DropSource(address, public_address(address))
    except SourceError as error:
        return Nothing(str(error))


def dropped_source(data: QMimeData | None) -> str | None:
    """Return the first path or the address in a drag; ``None`` if there is neither."""
    drop = read_drop(data)
    if isinstance(drop, DropPresets):
        return str(drop.paths[0])
    return drop.source if isinstance(drop, DropSource) else None


class DropTarget(QObject):
    """Makes a window take what is dropped anywhere on it, and say beforehand what will happen."""

    source_dropped = pyqtSignal(str)
    """A path or an address, for ``parse_source``."""

    presets_dropped = pyqtSignal(object)
    """A tuple of paths of preset files."""

    def __init__(self, window: QWidget) -> None:
        """Watch the drags over ``window``."""
        super().__init__(window)
        self.hint = DropHint(window)
        self._drop: Drop = Nothing("")
        window.setAcceptDrops(True)
        window.installEventFilter(self)

    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:
        """Deal with the drag events of the window."""
        if isinstance(event, QDropEvent) and event.type() == QEvent.Type.Drop:
            self._take(event)
        elif isinstance(event, QDragEnterEvent):
            self._drop = read_drop(event.mimeData())
            self._show()
            # Also what is no use: otherwise nobody would tell when the drag leaves.
            event.acceptProposedAction()
        elif isinstance(event, QDragMoveEvent):
            if isinstance(self._drop, Nothing):
                event.ignore()
            else:
                event.acceptProposedAction()
        elif event is not None and event.type() == QEvent.Type.DragLeave:
            self.hint.hide()
        elif event is not None and event.type() == QEvent.Type.Resize and self.hint.isVisible():
            self._show()
            return False
        else:
            return False
        return True

    def _take(self, event: QDropEvent) -> None:
        self.hint.hide()
        drop = read_drop(event.mimeData())
        if isinstance(drop, DropSource):
            event.acceptProposedAction()
            self.source_dropped.emit(drop.source)
        elif isinstance(drop, DropPresets):
            event.acceptProposedAction()
            self.presets_dropped.emit(drop.paths)
        else:
            event.ignore()

    def _show(self) -> None:
        self.hint.cover(*what_happens(self._drop), usable=not isinstance(self._drop, Nothing))


def what_happens(drop: Drop) -> tuple[str, str]:
    """Say in a title and a line what letting go will do."""
    if isinstance(drop, DropSource):
        title = f"Play {drop.title}"
        if drop.others == 0:
            return title, ""
        if drop.others == 1:
            return title, "One at a time: the other one is not played."
        line = "One at a time: the {count} others are not played."
        return title, line.format(count=drop.others)
    if isinstance(drop, DropPresets):
        if len(drop.paths) == 1:
            return f"Add the preset {drop.paths[0].name}", ""
        return (
            f"Add {len(drop.paths)} presets",
            ", ".join(path.name for path in drop.paths),
        )
    return "pedcam cannot use this", drop.reason
