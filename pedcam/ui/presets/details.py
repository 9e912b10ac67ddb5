"""Everything that a preset says about itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from PyQt6.QtCore import Qt, QUrl
from PyQt6.QtWidgets import (
    QFormLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from pedcam.detect.accuracy import MAX_FALSE_ALARMS, known_number
from pedcam.detect.library import Origin, origin
from pedcam.detect.presets import MAX_NAME_LENGTH, MAX_SIDE, Preset, at_all_sizes
from pedcam.ui.base import text, theme

MAX_BANDS = 9
_RESULT_TIPS = (
    "Labelled pictures, and their people by height",
    "Share of the people who are found at the preset's own confidence",
    "In 100 pictures, at the preset's own confidence",
    "Log-average over 0.01 to 1 false alarms per picture; lower is better",
    "Average precision at an overlap of a half; higher is better",
)


class PresetDetails(QWidget):
    """Shows one preset: where it is from, its figures, how well it did, and its layers."""

    def __init__(self, open_url: Callable[[QUrl], object], parent: QWidget | None = None) -> None:
        """Start without a preset; ``open_url`` shows a folder in the system's file manager."""
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
        self.results = _table(
            ["Measured on", "Found", "False alarms", "Miss rate", "AP50"],
            "How well it finds people",
            tips=_RESULT_TIPS,
        )
        self.layers = _table(["Layer", "Bits", "Weights", "Bytes"], "Layers")
        # As many rows as there usually are.
        self.results.setMinimumHeight(104)
        unit = theme.UNIT
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(unit)
        column.addWidget(self.title)
        column.addLayout(self.form)
        column.addWidget(self.folder, 0, Qt.AlignmentFlag.AlignLeft)
        column.addWidget(self.results, 2)
        column.addWidget(self.layers, 1)

    def value(self, key: str) -> str:
        return self._values[key].text()

    def show_preset(self, preset: Preset | None) -> None:
        """Show a preset, or nothing."""
        self._preset = preset
        self.setVisible(preset is not None)
        if preset is None:
            return
        info = preset.info
        sizes = at_all_sizes([preset])
        self.title.setText(info.title)
        sources = {
            Origin.BUNDLED: "came with pedcam",
            Origin.USER: "your own presets",
            Origin.ELSEWHERE: "another folder",
        }
        number = info.training.get("seed")
        seed = f"seed {number}" if isinstance(number, int) else ""
        thresholds = [f"{100 * one.info.score_threshold:.0f}" for one in sizes]
        values = {
            "origin": sources[origin(preset)],
            "file": str(preset.path),
            "size": (
                f"{text.file_size(preset.file_bytes)}, "
                f"{info.ratio_file:.1f} times smaller than float"
            ),
            "depth": text.depth(preset),
            "input": ", ".join(text.size(one) for one in sizes),
            "confidence": f"from {' / '.join(thresholds)} % on",
            "made": " · ".join(filter(None, [info.created, seed])) or text.UNKNOWN,
        }
        for key, value in values.items():
            self._values[key].setText(value)
        _fill(
            self.results,
            [
                cells
                for one in sizes
                for row in one.info.evaluation
                for cells in _result_rows(row, "" if one is preset else f", {text.size(one)}")
            ],
        )
        _fill(
            self.layers,
            [
                [layer.name, str(layer.bits), f"{layer.parameters:,}", f"{layer.bytes:,}"]
                for layer in info.layers
            ],
        )

    def _open_folder(self) -> None:
        if self._preset is not None:
            self._open_url(QUrl.fromLocalFile(str(self._preset.path.parent)))


def _table(headings: list[str], name: str, tips: Sequence[str] = ()) -> QTableWidget:
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
            heading.setToolTip(tips[number] if tips else "")
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


def _result_rows(row: Mapping[str, Any], size: str) -> Iterator[list[str]]:
    """What a preset says of itself on one data set, and there by the people's height.

    ``size`` is put behind the data set's name.
    """
    alarms = known_number(row.get("false_alarms"), MAX_FALSE_ALARMS)
    yield [
        _name(row.get("data")) + size,
        _percent(row.get("found")),
        text.UNKNOWN if alarms is None else f"{100 * alarms:.0f}",
        _percent(row.get("miss_rate")),
        _percent(row.get("ap50")),
    ]
    bands = row.get("heights")
    for band in bands[:MAX_BANDS] if isinstance(bands, list) else ():
        if not isinstance(band, Mapping) or known_number(band.get("found"), 1) is None:
            continue
        low, high = (known_number(band.get(end), MAX_SIDE) for end in ("low", "high"))
        reach = "px or more" if high is None else f"to {high:.0f} px"
        yield [
            f"    {low or 0:.0f} {reach}",
            _percent(band["found"]),
            "",
            _percent(band.get("miss_rate")),
            "",
        ]


def _name(value: object) -> str:
    return value if isinstance(value, str) and len(value) <= MAX_NAME_LENGTH else text.UNKNOWN


def _percent(value: object) -> str:
    known = known_number(value, 1)
    return text.UNKNOWN if known is None else f"{100 * known:.0f} %"
