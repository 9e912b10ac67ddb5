from pathlib import Path

import pytest

from pedcam.headless.expand import expand_sources, may_be_several
from pedcam.video.sources.frame import SourceError


def touch(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()


class TestExpanding:
    @pytest.fixture(autouse=True)
    def _inside(self, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)

    def values(self, *texts: str) -> list[str]:
        return [Path(each.value).as_posix() for each in expand_sources(texts)]

    def test_patterns_stand_for_files_in_order(self, tmp_path):
        touch(tmp_path, "b.mp4", "a.mp4", "c.txt", "deep/d.mp4")
        assert self.values("*.mp4") == ["a.mp4", "b.mp4"]
        assert self.values("**/*.mp4") == ["a.mp4", "b.mp4", "deep/d.mp4"]

    def test_a_folder_of_videos_is_all_of_them(self, tmp_path):
        touch(tmp_path, "day/2.MKV", "day/1.mp4", "day/notes.txt", "day/deep/3.mp4")
        assert self.values("day") == ["day/1.mp4", "day/2.MKV"]

    @pytest.mark.parametrize("suffix", ["asf", "vob", "h264", "mxf", "mjpeg", "3g2", "rmvb", "DV"])
    def test_kinds_of_video(self, tmp_path, suffix):
        touch(tmp_path, f"day/1.{suffix}", "day/2.mp4")
        assert self.values("day") == [f"day/1.{suffix}", "day/2.mp4"]

    @pytest.mark.parametrize(
        ("names", "values", "left_out"),
        [
            (["1.mp4", "2.jpg", "3.strange", "4"], ["day/1.mp4"], "2.jpg, 3.strange, 4"),
            (["1.jpg", "2.HEIC", "3.gif"], ["day"], "2.HEIC, 3.gif"),
            (["a", "b", "c", "d", "e"], ["day"], "a, b, c and 2 more"),
            # What goes with videos and pictures, and what is nobody's.
            (["1.mp4", "1.srt", "1.csv", "notes.txt", "._1.mp4", ".DS_Store"], ["day/1.mp4"], ""),
            (["1.jpg", "1.txt", "1.xml", "1.json"], ["day"], ""),
        ],
    )
    def test_what_a_folder_holds_besides_is_named(self, tmp_path, names, values, left_out):
        touch(tmp_path, *(f"day/{name}" for name in names))
        (tmp_path / "day" / "deeper").mkdir()
        told: list[str] = []
        found = [Path(each.value).as_posix() for each in expand_sources(["day"], told.append)]
        assert found == values
        message = f"day: of its files these are left out: {left_out}. Name them to read them"
        assert told == ([message] if left_out else [])

    def test_what_is_hidden_is_left_out(self, tmp_path):
        touch(tmp_path, "day/1.mp4", "day/._1.mp4", "day/.1.77.partial.mp4")
        assert self.values("day") == ["day/1.mp4"]

    def test_names_that_would_mean_something_else(self, tmp_path):
        touch(tmp_path, "0", "demo")
        assert [each.kind for each in expand_sources(["[0d]*"])] == ["file", "file"]

    def test_a_folder_that_cannot_be_read(self, tmp_path, monkeypatch):
        (tmp_path / "day").mkdir()

        def refuse(path: Path) -> None:
            raise PermissionError(13, "Permission denied")

        monkeypatch.setattr(Path, "iterdir", refuse)
        with pytest.raises(SourceError, match=r"day cannot be read: Permission denied\."):
            expand_sources(["day"])

    def test_a_folder_of_pictures_is_one_source(self, tmp_path):
        touch(tmp_path, "pictures/1.jpg", "pictures/2.jpg")
        (found,) = expand_sources(["pictures"])
        assert (found.kind, found.value) == ("folder", "pictures")

    def test_a_name_that_looks_like_a_pattern(self, tmp_path):
        touch(tmp_path, "walk[1].mp4")
        assert self.values("walk[1].mp4") == ["walk[1].mp4"]

    def test_nothing_is_done_twice(self, tmp_path):
        touch(tmp_path, "a.mp4", "b.mp4")
        assert self.values("b.mp4", "*.mp4", "a.mp4") == ["b.mp4", "a.mp4"]

    def test_other_sources_stay_as_they_are(self):
        kinds = [each.kind for each in expand_sources(["demo", "0", "rtsp://host/*", "no.mp4"])]
        assert kinds == ["demo", "camera", "url", "file"]

    def test_a_pattern_that_fits_nothing(self):
        with pytest.raises(SourceError) as error:
            expand_sources(["day1/*.mp4"])
        assert str(error.value) == "No file fits day1/*.mp4. Check the pattern."


@pytest.mark.parametrize(
    ("texts", "several"),
    [
        (["walk.mp4"], False),
        (["walk[1].mp4"], False),
        (["*.mp4"], True),
        (["day"], True),
        (["walk.mp4", "./walk.mp4"], True),
        (["rtsp://host/*"], False),
    ],
)
def test_what_may_be_several_sources(tmp_path, monkeypatch, texts, several):
    monkeypatch.chdir(tmp_path)
    touch(tmp_path, "walk.mp4", "walk[1].mp4", "day/1.mp4")
    assert may_be_several(texts) is several
