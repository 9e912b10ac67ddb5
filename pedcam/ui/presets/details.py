"""Everything that a preset says about itself, its layers as a bar."""

from __future__ import annotations

from collections.abc import Callable

from PyQt6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, QUrl
from PyQt6.QtGui import QColor, QHelpEvent, QPainter, QPaintEvent
from PyQt6.QtWidgets import (
    QFormLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QSizePolicy,
    QTableWidget,
    QTableWidgetItem,
    QToolTip,
    QVBoxLayout,
    QWidget,
)

from pedcam.detect.library import Origin, origin
from pedcam.detect.presets import MAX_NAME_LENGTH, LayerInfo, Preset
from pedcam.ui.base import text, theme

_HEIGHT = 28
_LEAST = 3.0  # widget coordinates of the smallest layer


class LayerChart(QWidget):
    """Shows bits per layer: filled where a weight is 1 bit, hatched at 8, empty at 32."""

    def __init__(self, parent: QWidget | None = None) -> None:
        """Start without layers."""
        super().__init__(parent)
        self._layers: tuple[LayerInfo, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Bits per layer")

    def set_layers(self, layers: tuple[LayerInfo, ...]) -> None:
        """Show the layers of a network, in forward order."""
        self._layers = layers
        binary = sum(layer.bits == 1 for layer in layers)
        self.setAccessibleDescription(f"{binary} of {len(layers)} layers have 1 bit per weight")
        self.update()

    def spans(self) -> list[QRectF]:
        """Return where each layer lies in the widget."""
        if not self._layers:
            return []
        # Roots, as the largest layer has a thousand times the weights of the smallest.
        shares = [max(layer.parameters, 1) ** 0.5 for layer in self._layers]
        least = min(_LEAST, self.width() / len(shares))
        room = self.width() - least * len(shares)
        spans, left = [], 0.0
        for share in shares:
            width = least + room * share / sum(shares)
            spans.append(QRectF(left, 0, width, _HEIGHT))
            left += width
        return spans

    def sizeHint(self) -> QSize:
        """Prefer room for some thirty layers."""
        return QSize(360, _HEIGHT)

    def event(self, event: QEvent | None) -> bool:
        """Name the layer under the pointer."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            for layer, span in zip(self._layers, self.spans(), strict=True):
                if span.contains(QPointF(event.pos())):
                    words = (
                        f"{layer.name}: {layer.bits} bits per weight, {layer.parameters:,} weights"
                    )
                    QToolTip.showText(event.globalPos(), text.plain(words), self)
                    return True
        return super().event(event)

    def paintEvent(self, event: QPaintEvent | None) -> None:
        """Draw every layer."""
        colors = theme.colors()
        painter = QPainter(self)
        for layer, span in zip(self._layers, self.spans(), strict=True):
            inner = span.adjusted(0, 0, -1, 0)
            painter.fillRect(inner, QColor(colors.line))
            if layer.bits == 1:
                painter.fillRect(inner, QColor(colors.accent))
            elif layer.bits <= 8:
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(Qt.BrushStyle.BDiagPattern)
                painter.fillRect(inner, QColor(colors.raised))
                brush = painter.brush()
                brush.setColor(QColor(colors.accent))
                painter.fillRect(inner, brush)


class PresetDetails(QWidget):
    """Shows one preset: where it is from, its figures, how well it did, and its layers."""

    def __init__(self, open_url: Callable[[QUrl], object], parent: QWidget | None = None) -> None:
        """Start without a preset.

        Args:
            open_url: Shows a folder in the system's file manager.
            parent: Owner.
        """
        super().__init__(parent)
        self._open_url = open_url
        self._preset: Preset | None = None
        self.title = QLabel()
        # Titles and paths may be a stranger's.
        self.title.setTextFormat(Qt.TextFormat.PlainText)
        self.title.setFont(theme.scaled(self.title.font(), 1.3, bold=True))
        self.title.setWordWrap(True)
        self.form = QFormLayout()
        self.form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft)
        self.form.setHorizontalSpacing(2 * theme.UNIT)
        self._values: dict[str, QLabel] = {}
        for key, caption in (
            ("origin", "From"),
            ("file", "File"),
            ("size", "Size"),
            ("depth", "Depth"),
            ("input", "Input"),
            ("confidence", "Confidence"),
            ("made", "Made"),
        ):
            label = QLabel()
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setWordWrap(True)
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            self._values[key] = label
            self.form.addRow(caption, label)
        self.folder = QPushButton("Open folder")
        self.folder.setToolTip("Show the file in the file manager")
        self.folder.setAutoDefault(False)
        self.folder.clicked.connect(self._open_folder)
        self.layers = LayerChart()
        legend = QLabel("Layers from the first to the deepest: filled 1 bit, hatched 8, empty 32")
        legend.setProperty("muted", True)
        legend.setWordWrap(True)
        self.results = _table(
            ["Measured on", "Miss rate", "AP50"],
            "How well it finds people",
        )
        self.table = _table(
            ["Layer", "Bits", "Weights", "Bytes"],
            "Layers",
        )
        # As many rows as there usually are.
        self.results.setMinimumHeight(104)
        unit = theme.UNIT
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(unit)
        column.addWidget(self.title)
        column.addLayout(self.form)
        column.addWidget(self.folder, 0, Qt.AlignmentFlag.AlignLeft)
        column.addWidget(self.results, 1)
        column.addWidget(self.layers)
        column.addWidget(legend)
        column.addWidget(self.table, 2)

    def value(self, key: str) -> str:
        """Return one of the facts as shown."""
        return self._values[key].text()

    def show_preset(self, preset: Preset | None) -> None:
        """Show a preset, or nothing."""
        self._preset = preset
        self.setVisible(preset is not None)
        if preset is None:
            return
        info = preset.info
        self.title.setText(info.title)
        sources = {
            Origin.BUNDLED: "came with pedcam",
            Origin.USER: "your own presets",
            Origin.ELSEWHERE: "another folder",
        }
        width, height = info.input_size
        seed = info.training.get("seed")
        values = {
            "origin": sources[origin(preset)],
            "file": str(preset.path),
            "size": (
                f"{text.file_size(preset.file_bytes)}, "
                f"{info.ratio_file:.1f} times smaller than float"
            ),
            "depth": text.depth(preset),
            "input": f"{width} × {height}",  # noqa: RUF001
            "confidence": f"from {100 * info.score_threshold:.0f} % on",
            "made": " · ".join(
                part
                for part in (
                    info.created,
                    f"seed {seed}" if isinstance(seed, int) else "",
                )
                if part
            )
            or text.UNKNOWN,
        }
        for key, value in values.items():
            self._values[key].setText(value)
        _fill(
            self.results,
            [
                [
                    _name(row.get("data")),
                    _percent(row.get("miss_rate")),
                    _percent(row.get("ap50")),
                ]
                for row in info.evaluation
            ],
        )
        self.layers.set_layers(info.layers)
        _fill(
            self.table,
            [
                [layer.name, str(layer.bits), f"{layer.parameters:,}", f"{layer.bytes:,}"]
                for layer in info.layers
            ],
        )

    def _open_folder(self) -> None:
        if self._preset is not None:
            self._open_url(QUrl.fromLocalFile(str(self._preset.path.parent)))


def _table(headings: list[str], name: str) -> QTableWidget:
    table = QTableWidget(0, len(headings))
    table.setHorizontalHeaderLabels(headings)
    table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
    table.setSelectionBehavior(QTableWidget.SelectionBehavior.SelectRows)
    table.setAccessibleName(name)
    table.setShowGrid(False)
    # Tab leaves it, as there is nothing to edit.
    table.setTabKeyNavigation(False)
    table.setProperty("card", True)
    table.setMinimumHeight(72)
    rows, columns = table.verticalHeader(), table.horizontalHeader()
    assert rows is not None
    assert columns is not None
    rows.hide()
    rows.setDefaultSectionSize(table.fontMetrics().height() + theme.UNIT)
    columns.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
    columns.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
    for number in range(len(headings)):
        heading = table.horizontalHeaderItem(number)
        if heading is not None:
            heading.setTextAlignment(_alignment(number))
    columns.setMinimumSectionSize(8 * theme.UNIT)
    columns.setHighlightSections(False)
    return table


def _fill(table: QTableWidget, rows: list[list[str]]) -> None:
    table.setRowCount(len(rows))
    for number, row in enumerate(rows):
        for column, words in enumerate(row):
            item = QTableWidgetItem(words)
            item.setTextAlignment(_alignment(column))
            table.setItem(number, column, item)


def _alignment(column: int) -> Qt.AlignmentFlag:
    side = Qt.AlignmentFlag.AlignRight if column else Qt.AlignmentFlag.AlignLeft
    return side | Qt.AlignmentFlag.AlignVCenter


def _name(value: object) -> str:
    return value if isinstance(value, str) and len(value) <= MAX_NAME_LENGTH else text.UNKNOWN


def _percent(value: object) -> str:
    known = isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1
    return f"{100 * value:.1f} %" if known else text.UNKNOWN  # type: ignore[operator]
