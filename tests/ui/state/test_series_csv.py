from pathlib import Path

import pytest

from pedcam.ui.state.series_csv import write_series
from pedcam.video.output.partial_file import OutputError

ROWS = [
    ("2001-09-09T01:46:40+00:00", 3.0, 4, "", ""),
    ("2001-09-09T01:46:41+00:00", 4.0, 2, 7, 1.5),
]


def test_a_table_is_written_whole(tmp_path: Path) -> None:
    path = tmp_path / "counts.csv"
    assert write_series(path, iter(ROWS)) == 2
    assert path.read_bytes() == (
        b"time,seconds,people,total,per_minute\r\n"
        b"2001-09-09T01:46:40+00:00,3.0,4,,\r\n"
        b"2001-09-09T01:46:41+00:00,4.0,2,7,1.5\r\n"
    )
    assert list(tmp_path.iterdir()) == [path]


def test_what_cannot_be_written_is_said(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="missing"):
        write_series(tmp_path / "missing" / "counts.csv", ROWS)
