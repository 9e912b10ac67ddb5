import os
from datetime import datetime
from pathlib import Path

import cv2
import numpy as np
import pytest

from pedcam.video.output.partial_file import OutputError, unique_path
from pedcam.video.output.snapshot import recording_name, save_snapshot


def names_in(folder: Path) -> list[str]:
    return sorted(os.listdir(folder))


class TestRecordingName:
    when = datetime(2026, 3, 1, 9, 5, 0)

    @pytest.mark.parametrize(
        ("title", "name"),
        [
            ("Camera 0", "Camera-0"),
            ("walk.mp4", "walk-mp4"),
            ("../../etc/passwd", "etc-passwd"),
            ("a\\b:c*d?e\0f", "a-b-c-d-e-f"),
            ("Straßenecke Nord", "Straßenecke-Nord"),
            ("rtsp://192.168.0.10:554/live", "rtsp-192-168-0-10-554-live"),
            ("rtsp://me:secret@host/live?token=secret", "rtsp-host-live"),
            ("rtsp://me:55/cret@host/live", "rtsp"),
            ("rtsp://me:se/cret@host/live", "recording"),
            ("rtsp://host:port/secret", "recording"),
            ("me:secret@host", "host"),
            ("...", "recording"),
            ("", "recording"),
            ("x" * 300, "x" * 40),
        ],
    )
    def test_is_safe(self, title: str, name: str) -> None:
        assert recording_name(title, self.when) == f"{name}_2026-03-01_09-05-00"

    def test_the_name_of_a_rule_stands_before_the_time(self) -> None:
        name = "Camera-0_Long-stay_2026-03-01_09-05-00"
        assert recording_name("Camera 0", self.when, "Long stay!") == name

    def test_the_longest_fits_a_file_system(self) -> None:
        stem = recording_name("\N{CUNEIFORM SIGN A}" * 300, self.when, "门" * 300)
        # Beside a number, a process id and what marks an incomplete file.
        assert len(stem.encode()) + len(".-1000.4194304.partial.mp4") <= 255
        assert stem.endswith("_2026-03-01_09-05-00")


class TestSnapshot:
    image = np.random.default_rng(1).integers(0, 256, (37, 53, 3)).astype(np.uint8)

    def test_every_pixel_comes_back(self, tmp_path: Path) -> None:
        path = tmp_path / "shot.png"
        save_snapshot(path, self.image)
        assert np.array_equal(cv2.imread(str(path)), self.image)
        assert names_in(tmp_path) == ["shot.png"]

    def test_nothing_is_replaced_unasked(self, tmp_path: Path) -> None:
        path = tmp_path / "shot.png"
        path.write_text("precious")
        with pytest.raises(OutputError, match=r"exists already\."):
            save_snapshot(path, self.image)
        assert path.read_text() == "precious"
        save_snapshot(path, self.image, overwrite=True)
        assert np.array_equal(cv2.imread(str(path)), self.image)

    def test_a_name_of_its_own(self, tmp_path: Path) -> None:
        for _ in range(2):
            save_snapshot(unique_path(tmp_path, "shot", ".png"), self.image, overwrite=True)
        assert names_in(tmp_path) == ["shot-2.png", "shot.png"]

    def test_another_suffix(self, tmp_path: Path) -> None:
        with pytest.raises(OutputError, match=r"suffix \.png"):
            save_snapshot(tmp_path / "shot.jpg", self.image)

    def test_a_full_disk(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        def full(path: Path, data: bytes) -> None:
            path.touch()
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(Path, "write_bytes", full)
        with pytest.raises(OutputError, match=r"shot\.png cannot be written: No space left"):
            save_snapshot(tmp_path / "shot.png", self.image)
        assert names_in(tmp_path) == []
