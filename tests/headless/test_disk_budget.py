import os
from pathlib import Path

from pedcam.headless.disk_budget import delete_oldest

NOW = 1_000_000.0


def make(folder: Path, name: str, age: float, size: int = 100) -> Path:
    path = folder / name
    path.write_bytes(bytes(size))
    os.utime(path, (NOW - age, NOW - age))
    return path


def left(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_the_oldest_go_until_the_others_fit(tmp_path: Path) -> None:
    make(tmp_path, "Demo_Visitor_2026-03-01_10-00-00.mp4", 4000)
    make(tmp_path, "Demo_Visitor_2026-03-01_10-00-00.png", 5000)
    make(tmp_path, "Tür-1_2026-03-01_11-00-00-2.png", 3000)
    make(tmp_path, "Demo_2026-03-01_12-00-00.mp4", 2000)
    delete_oldest(tmp_path, 400, NOW)
    assert len(left(tmp_path)) == 4
    delete_oldest(tmp_path, 250, NOW)
    assert left(tmp_path) == ["Demo_2026-03-01_12-00-00.mp4", "Tür-1_2026-03-01_11-00-00-2.png"]
    delete_oldest(tmp_path, 0, NOW)
    assert left(tmp_path) == []


def test_what_is_not_ours_stays_and_counts_nothing(tmp_path: Path) -> None:
    elsewhere = make(tmp_path, "target", 9000)
    ours = "Demo_2026-03-01_12-00-00.png"
    make(tmp_path, ours, 1000)
    for name in ("holiday.mp4", "Demo_2026-03-01.png", "Demo_2026-03-01_12-00-00.jpg"):
        make(tmp_path, name, 9000, 10_000)
    (tmp_path / "Demo_2026-03-01_12-00-01.mp4").symlink_to(elsewhere)
    (tmp_path / "Demo_2026-03-01_12-00-02.mp4").mkdir()
    before = left(tmp_path)
    delete_oldest(tmp_path, 100, NOW)
    assert left(tmp_path) == before
    delete_oldest(tmp_path, 99, NOW)
    assert left(tmp_path) == [name for name in before if name != ours]


def test_a_clip_that_may_still_be_written_stays(tmp_path: Path) -> None:
    make(tmp_path, "Demo_2026-03-01_12-00-00.mp4", 1000)
    young = make(tmp_path, "Demo_2026-03-01_12-00-01.mp4", 100, 10_000)
    delete_oldest(tmp_path, 500, NOW)
    assert left(tmp_path) == [young.name]


def test_a_folder_that_is_gone_is_no_matter(tmp_path: Path) -> None:
    delete_oldest(tmp_path / "gone", 0, NOW)
