from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from PyQt6.QtCore import QUrl
from PyQt6.QtWidgets import QTableWidget
from pytestqt.qtbot import QtBot

from pedcam.detect.library import Origin
from pedcam.detect.presets import LayerInfo, Preset
from pedcam.ui.presets import details as details_module
from pedcam.ui.presets.details import PresetDetails
from tests.factories import fake_preset

LAYERS = (
    LayerInfo("stem", 32, (16, 3, 3, 3), 0, 1_728),
    LayerInfo("deep", 1, (128, 128, 3, 3), 0, 18_944),
)


@pytest.fixture
def opened() -> list[QUrl]:
    return []


@pytest.fixture
def details(qtbot: QtBot, opened: list[QUrl]) -> PresetDetails:
    made = PresetDetails(opened.append)
    qtbot.addWidget(made)
    return made


@pytest.fixture
def preset(presets: Sequence[Preset]) -> Preset:
    info = replace(
        presets[1].info,
        layers=LAYERS,
        input_size=(320, 192),
        score_threshold=0.42,
        ratio_file=11.26,
        created="2026-11-20",
        training={"seed": 7},
        evaluation=(
            {
                "data": "street",
                "found": 0.777,
                "false_alarms": 0.304,
                "miss_rate": 0.2345,
                "ap50": 0.81,
                "heights": [
                    {"low": 50, "high": 100, "people": 3, "found": 0.5, "miss_rate": 0.6},
                    {"low": 100, "high": None, "people": 9, "found": 0.9, "miss_rate": 0.2},
                ],
            },
            {"data": "night", "ap50": 1},
            {},
        ),
    )
    return replace(presets[1], info=info)


def cells(table: QTableWidget) -> list[list[str]]:
    rows = []
    for row in range(table.rowCount()):
        items = [table.item(row, column) for column in range(table.columnCount())]
        rows.append([item.text() if item is not None else "" for item in items])
    return rows


def test_the_facts(details: PresetDetails, preset: Preset) -> None:
    details.show_preset(preset)
    assert details.title.text() == "Title of half"
    assert {key: details.value(key) for key in ("file", "size", "depth", "input")} == {
        "file": str(preset.path),
        "size": "1.2 MB, 11.3 times smaller than float",
        "depth": "14 of 28 layers binary",
        "input": "320 \N{MULTIPLICATION SIGN} 192",
    }
    assert details.value("confidence") == "from 42 % on"
    assert details.value("made") == "2026-11-20 · seed 7"


@pytest.mark.parametrize(
    ("origin", "words"),
    [
        (Origin.BUNDLED, "came with pedcam"),
        (Origin.USER, "your own presets"),
        (Origin.ELSEWHERE, "another folder"),
    ],
)
def test_where_it_is_from(
    details: PresetDetails,
    preset: Preset,
    monkeypatch: pytest.MonkeyPatch,
    origin: Origin,
    words: str,
) -> None:
    monkeypatch.setattr(details_module, "origin", lambda preset: origin)
    details.show_preset(preset)
    assert details.value("origin") == words


@pytest.mark.parametrize(
    ("created", "training", "made"),
    [
        ("", {}, "\N{EN DASH}"),
        ("", {"seed": 0}, "seed 0"),
        ("2026-11-20", {"epochs": 3}, "2026-11-20"),
        ("", {"seed": "<b>7</b>" * 100_000}, "\N{EN DASH}"),
    ],
)
def test_what_is_unknown(
    details: PresetDetails, preset: Preset, created: str, training: dict[str, object], made: str
) -> None:
    info = replace(preset.info, created=created, training=training)
    details.show_preset(replace(preset, info=info))
    assert details.value("made") == made


def test_the_tables(details: PresetDetails, preset: Preset) -> None:
    details.show_preset(preset)
    dash = "\N{EN DASH}"
    assert cells(details.results) == [
        ["street", "78 %", "30", "23 %", "81 %"],
        ["    50 to 100 px", "50 %", "", "60 %", ""],
        ["    100 px or more", "90 %", "", "20 %", ""],
        ["night", dash, dash, dash, "100 %"],
        [dash] * 5,
    ]
    # 16 x 3 x 3 x 3 and 128 x 128 x 3 x 3 weights.
    assert cells(details.layers) == [
        ["stem", "32", "432", "1,728"],
        ["deep", "1", "147,456", "18,944"],
    ]


@pytest.mark.parametrize(
    "row",
    [
        {"data": ["a", "b"], "miss_rate": "low", "ap50": None},
        {"data": {"x": 1}, "miss_rate": True, "ap50": []},
        {"data": "a" * 100, "miss_rate": 10**400, "ap50": float("nan")},
        {"data": 7, "miss_rate": -0.1, "ap50": 1.1},
        {"found": "all", "false_alarms": -1, "heights": [{"found": 2}, "tall", {}]},
        {"heights": {"found": 1}},
    ],
)
def test_what_strangers_write_is_shown_or_left_out(
    details: PresetDetails, preset: Preset, row: dict[str, object]
) -> None:
    details.show_preset(replace(preset, info=replace(preset.info, evaluation=(row,))))
    assert cells(details.results) == [["\N{EN DASH}"] * 5]


def test_another_preset_replaces_everything(
    details: PresetDetails, preset: Preset, presets: Sequence[Preset]
) -> None:
    details.show_preset(preset)
    details.show_preset(presets[2])
    assert details.title.text() == "Title of full"
    assert (details.results.rowCount(), details.layers.rowCount()) == (0, 0)


def test_no_preset(qtbot: QtBot, details: PresetDetails, preset: Preset) -> None:
    details.show_preset(None)
    assert not details.isVisibleTo(None)
    details.show_preset(preset)
    assert details.isVisibleTo(None)


def test_its_folder_is_opened(details: PresetDetails, preset: Preset, opened: list[QUrl]) -> None:
    details.folder.click()
    assert opened == []
    details.show_preset(preset)
    details.folder.click()
    assert [Path(url.toLocalFile()) for url in opened] == [preset.path.parent]


def test_titles_of_strangers_are_no_markup(details: PresetDetails, preset: Preset) -> None:
    title = "<img src='file:///etc/passwd'><b>Best</b>"
    path = Path("/presets/<b>half</b>.onnx")
    details.show_preset(replace(preset, path=path, info=replace(preset.info, title=title)))
    marked = {title: details.title, str(path): details._values["file"]}
    for words, label in marked.items():
        assert label.text() == words
        # As wide as its letters, and not as what they would mean.
        label.setWordWrap(False)
        width = label.fontMetrics().horizontalAdvance(words)
        assert label.sizeHint().width() >= width


def test_further_sizes(details: PresetDetails) -> None:
    details.show_preset(fake_preset("a", found=0.8, sizes={(96, 64): 0.9, (128, 96): None}))
    times = "\N{MULTIPLICATION SIGN}"
    assert details.value("input") == f"64 {times} 64, 96 {times} 64, 128 {times} 96"
    assert details.value("confidence") == "from 50 / 60 / 60 % on"
    rows = [row[:2] for row in cells(details.results)]
    assert rows == [["street", "80 %"], [f"street, 96 {times} 64", "90 %"]]
