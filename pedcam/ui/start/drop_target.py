"""What can be dropped onto the window, and what is said of it while it is dragged."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PyQt6.QtCore import QEvent, QMimeData, QObject, Qt, QUrl, pyqtSignal
from PyQt6.QtGui import QDragEnterEvent, QDragMoveEvent, QDropEvent
from PyQt6.QtWidgets import QLabel, QWidget

from pedcam.ui.base import text, theme
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


@dataclass(frozen=True)
class Drop:
    """What letting go will do; nothing where there is neither a source nor a preset.

    Attributes:
        title: What people read, without any password.
        line: More about it.
        source: A path or an address to play, for ``parse_source``.
        presets: Preset files to add.
    """

    title: str
    line: str = ""
    source: str = ""
    presets: tuple[Path, ...] = ()

    @property
    def usable(self) -> bool:
        return bool(self.source or self.presets)


def read_drop(data: QMimeData | None) -> Drop:
    """Return what a drag holds, judged by names alone: a disk may be slow."""
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
    return _unusable("Drop a video, a folder of pictures, a stream's address or a preset (.onnx).")


def _of_paths(paths: Sequence[Path]) -> Drop:
    presets = tuple(path for path in paths if path.suffix.lower() == PRESET_SUFFIX)
    if len(presets) == len(paths):
        if len(presets) == 1:
            return Drop(f"Add the preset {presets[0].name}", presets=presets)
        names = ", ".join(path.name for path in presets)
        return Drop(f"Add {len(presets)} presets", names, presets=presets)
    if presets:
        return _unusable("Drop presets and videos one after the other.")
    playable = [path for path in paths if not _NO_VIDEO.fullmatch(path.suffix)]
    if not playable:
        return _unusable(f"“{paths[0].name}” is no video and no picture.")
    first = playable[0]
    line = "One at a time: only this one is played." if len(paths) > 1 else ""
    return Drop(f"Play {first.name or first}", line, str(first))


def _of_address(address: str) -> Drop:
    try:
        return Drop(f"Play {public_address(address)}", source=address)
    except SourceError as error:
        return _unusable(str(error))


def _unusable(reason: str) -> Drop:
    return Drop("pedcam cannot use this", reason)


class DropTarget(QObject):
    """Makes a window take what is dropped anywhere on it, and say beforehand what will happen."""

    source_dropped = pyqtSignal(str)
    """A path or an address, for ``parse_source``."""

    presets_dropped = pyqtSignal(object)
    """A tuple of paths of preset files."""

    def __init__(self, window: QWidget) -> None:
        """Watch the drags over ``window``."""
        super().__init__(window)
        self._window = window
        self._drop = Drop("")
        self.hint = QLabel(window)
        self.hint.setObjectName("dropHint")
        self.hint.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hint.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.hint.setWordWrap(True)
        self.hint.setMargin(4 * theme.UNIT)
        self.hint.hide()
        window.setAcceptDrops(True)
        window.installEventFilter(self)

    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:
        if isinstance(event, QDropEvent) and event.type() == QEvent.Type.Drop:
            self._take(event)
        elif isinstance(event, QDragEnterEvent):
            self._drop = read_drop(event.mimeData())
            self._show()
            # Even what cannot be used: otherwise Qt does not report when the drag leaves.
            event.acceptProposedAction()
        elif isinstance(event, QDragMoveEvent):
            event.setAccepted(self._drop.usable)
        elif event is not None and event.type() == QEvent.Type.DragLeave:
            self.hint.hide()
        else:
            if event is not None and event.type() == QEvent.Type.Resize:
                self.hint.setGeometry(self._window.rect())
            return False
        return True

    def _take(self, event: QDropEvent) -> None:
        self.hint.hide()
        drop = read_drop(event.mimeData())
        event.setAccepted(drop.usable)
        if drop.presets:
            self.presets_dropped.emit(drop.presets)
        elif drop.source:
            self.source_dropped.emit(drop.source)

    def _show(self) -> None:
        title, line = (
            html.escape(text.breakable(words)) for words in (self._drop.title, self._drop.line)
        )
        self.hint.setText(f"<h2>{title}</h2><p>{line}</p>")
        self.hint.setEnabled(self._drop.usable)
        self.hint.setGeometry(self._window.rect())
        self.hint.raise_()
        self.hint.show()
