"""Measurements of this machine, of several runs."""

import json
from pathlib import Path
from typing import Any

import pytest

from pedcam.measure.speed import results_file
from pedcam.measure.speed.results_file import (
    MOST_ROWS,
    MeasurementsError,
    load_kept,
    merge_measurements,
)

HERE = {"machine": "this one"}


@pytest.fixture(autouse=True)
def this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(results_file, "machine", lambda: "this one")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "measurements.json"


def row(name: str, size: int = 1, **values: object) -> dict[str, Any]:
    return {"name": name, "file_bytes": size, "miss_rate": None, **values}


def test_rows_come_back_with_what_they_were_measured_on(path: Path) -> None:
    merge_measurements([row("a")], HERE | {"date": "today"}, path)
    assert load_kept(path) == ({"a": row("a")}, HERE | {"date": "today"})


def test_nothing_is_kept_at_first(path: Path) -> None:
    assert load_kept(path) == ({}, {})


def test_rows_of_other_presets_stay_and_new_ones_replace(path: Path) -> None:
    merge_measurements([row("a", ms=1), row("b", ms=1)], HERE, path)
    merge_measurements([row("b", ms=2), row("c", ms=2)], HERE, path)
    rows, _ = load_kept(path)
    assert {name: kept_row["ms"] for name, kept_row in rows.items()} == {"a": 1, "b": 2, "c": 2}


@pytest.mark.parametrize(("size", "miss_rate"), [(1, 0.3), (2, None)])
def test_a_miss_rate_stays_with_its_file(path: Path, size: int, miss_rate: float | None) -> None:
    merge_measurements([row("a")], HERE, path)
    document = json.loads(path.read_text())
    document["presets"][0]["miss_rate"] = 0.3
    path.write_text(json.dumps(document))
    merge_measurements([row("a", size)], HERE, path)
    assert load_kept(path)[0]["a"]["miss_rate"] == miss_rate


@pytest.mark.parametrize("about", [{"machine": "another"}, {}, None, []])
def test_rows_of_another_machine_count_for_nothing(path: Path, about: object) -> None:
    path.write_text(json.dumps({"about": about, "presets": [row("a")]}))
    assert load_kept(path) == ({}, {})
    merge_measurements([row("b")], HERE, path)
    assert list(load_kept(path)[0]) == ["b"]


def test_damaged_measurements_are_told_and_replaced(path: Path) -> None:
    path.write_text("[")
    with pytest.raises(MeasurementsError, match="damaged"):
        load_kept(path)
    merge_measurements([row("a")], HERE, path)
    assert list(load_kept(path)[0]) == ["a"]


def test_the_file_stays_small(path: Path) -> None:
    merge_measurements([row(f"old{number}") for number in range(MOST_ROWS)], HERE, path)
    merge_measurements([row("new")], HERE, path)
    rows, _ = load_kept(path)
    assert len(rows) == MOST_ROWS
    assert "new" in rows
