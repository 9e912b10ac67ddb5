import os
from pathlib import Path

import pytest

from pedcam.video.output.partial_file import OutputError, PartialFile, prepare_folder, unique_path


def names_in(folder: Path) -> list[str]:
    return sorted(os.listdir(folder))


def write(output: PartialFile, text: str) -> None:
    output.partial.write_text(text)


class TestBeside:
    def test_appears_when_it_is_kept(self, tmp_path: Path) -> None:
        path = tmp_path / "out.txt"
        output = PartialFile(path, overwrite=False)
        assert names_in(tmp_path) == []
        write(output, "new")
        assert not path.exists()
        assert output.size == 3
        output.keep()
        assert (path.read_text(), output.size, names_in(tmp_path)) == ("new", 3, ["out.txt"])

    def test_a_file_that_came_meanwhile_is_not_replaced(self, tmp_path: Path) -> None:
        path = tmp_path / "out.txt"
        output = PartialFile(path, overwrite=False)
        write(output, "new")
        path.write_text("theirs")
        with pytest.raises(OutputError, match=r"out\.txt was created .* is .*out-2\.txt instead"):
            output.keep()
        assert path.read_text() == "theirs"
        assert (tmp_path / "out-2.txt").read_text() == "new"
        assert names_in(tmp_path) == ["out-2.txt", "out.txt"]

    def test_a_dropped_one_leaves_the_file_before(self, tmp_path: Path) -> None:
        path = tmp_path / "out.txt"
        path.write_text("old")
        output = PartialFile(path, overwrite=True)
        write(output, "new")
        output.drop()
        assert (path.read_text(), names_in(tmp_path)) == ("old", ["out.txt"])

    def test_an_incomplete_one_that_cannot_be_moved_stays_where_it_is(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def refused(*_: object) -> None:
            raise PermissionError(13, "Permission denied")

        output = PartialFile(tmp_path / "out.txt", overwrite=False)
        write(output, "half")
        monkeypatch.setattr(os, "replace", refused)
        with pytest.raises(OutputError, match="Permission denied"):
            output.rescue()
        output.drop()
        assert output.partial.read_text() == "half"

    def test_settling_twice_does_nothing(self, tmp_path: Path) -> None:
        path = tmp_path / "out.txt"
        output = PartialFile(path, overwrite=False)
        write(output, "new")
        output.keep()
        output.keep()
        output.drop()
        assert path.read_text() == "new"


class TestInPlace:
    def test_is_there_from_the_start(self, tmp_path: Path) -> None:
        output = PartialFile(tmp_path / "out.txt", overwrite=False, in_place=True)
        assert names_in(tmp_path) == ["out.txt"]
        write(output, "new")
        output.keep()
        assert names_in(tmp_path) == ["out.txt"]
        assert output.path.read_text() == "new"

    def test_is_never_the_same_for_two(self, tmp_path: Path) -> None:
        PartialFile(tmp_path / "out.txt", overwrite=False, in_place=True)
        with pytest.raises(OutputError, match=r"exists already\."):
            PartialFile(tmp_path / "out.txt", overwrite=False, in_place=True)

    def test_a_replaced_file_of_a_long_name_waits_under_a_shorter_one(self, tmp_path: Path) -> None:
        path = tmp_path / f"{'x' * 251}.txt"
        path.write_text("old")
        output = PartialFile(path, overwrite=True, in_place=True)
        assert (tmp_path / f"{'x' * 242}.previous.txt").read_text() == "old"
        output.drop()
        assert path.read_text() == "old"

    def test_the_file_before_waits_until_the_new_one_is_complete(self, tmp_path: Path) -> None:
        path = tmp_path / "out.txt"
        path.write_text("old")
        output = PartialFile(path, overwrite=True, in_place=True)
        write(output, "new")
        assert (tmp_path / "out.previous.txt").read_text() == "old"
        output.keep()
        assert (path.read_text(), names_in(tmp_path)) == ("new", ["out.txt"])

    def test_a_dropped_one_gives_the_name_back(self, tmp_path: Path) -> None:
        path = tmp_path / "out.txt"
        path.write_text("old")
        output = PartialFile(path, overwrite=True, in_place=True)
        write(output, "new")
        output.drop()
        assert (path.read_text(), names_in(tmp_path)) == ("old", ["out.txt"])

    def test_an_incomplete_one_leaves_both(self, tmp_path: Path) -> None:
        path = tmp_path / "out.txt"
        path.write_text("old")
        output = PartialFile(path, overwrite=True, in_place=True)
        write(output, "half")
        assert output.rescue() == path
        output.drop()
        assert path.read_text() == "half"
        assert (tmp_path / "out.previous.txt").read_text() == "old"


class TestUniquePath:
    def test_counts_up(self, tmp_path: Path) -> None:
        (tmp_path / "walk-2.mp4").touch()
        found = [unique_path(tmp_path, "walk", ".mp4").name for _ in range(3)]
        assert found == ["walk.mp4", "walk-3.mp4", "walk-4.mp4"]

    @pytest.mark.parametrize("in_place", [False, True])
    def test_the_name_is_held_for_a_file(self, tmp_path: Path, in_place: bool) -> None:
        path = unique_path(tmp_path, "walk", ".txt")
        output = PartialFile(path, overwrite=True, in_place=in_place)
        write(output, "new")
        output.keep()
        assert (path.read_text(), names_in(tmp_path)) == ("new", ["walk.txt"])

    @pytest.mark.parametrize("in_place", [False, True])
    def test_a_dropped_file_gives_it_back(self, tmp_path: Path, in_place: bool) -> None:
        path = unique_path(tmp_path, "walk", ".txt")
        output = PartialFile(path, overwrite=True, in_place=in_place)
        write(output, "new")
        output.drop()
        assert names_in(tmp_path) == []

    def test_a_folder_that_is_not_there(self, tmp_path: Path) -> None:
        with pytest.raises(OutputError, match="cannot be written: No such file"):
            unique_path(tmp_path / "gone", "walk", ".mp4")


@pytest.mark.parametrize("in_place", [False, True])
class TestLinks:
    @pytest.mark.parametrize("old", ["old", None])
    def test_the_file_that_a_link_leads_to_is_written(
        self, tmp_path: Path, in_place: bool, old: str | None
    ) -> None:
        (tmp_path / "real").mkdir()
        real, link = tmp_path / "real" / "out.txt", tmp_path / "latest.txt"
        link.symlink_to(real)
        if old is not None:
            real.write_text(old)
        output = PartialFile(link, overwrite=old is not None, in_place=in_place)
        write(output, "new")
        # Beside the file itself, which may be on another disk than the link.
        assert output.partial.parent == real.parent
        output.keep()
        assert (link.is_symlink(), real.read_text(), output.path) == (True, "new", link)
        assert names_in(tmp_path) == ["latest.txt", "real"]
        assert names_in(real.parent) == ["out.txt"]

    def test_a_dropped_one_leaves_link_and_file(self, tmp_path: Path, in_place: bool) -> None:
        (tmp_path / "out.txt").write_text("old")
        (tmp_path / "link.txt").symlink_to("out.txt")
        output = PartialFile(tmp_path / "link.txt", overwrite=True, in_place=in_place)
        write(output, "new")
        output.drop()
        assert (tmp_path / "link.txt").read_text() == "old"
        assert names_in(tmp_path) == ["link.txt", "out.txt"]

    @pytest.mark.parametrize(
        ("target", "message"),
        [
            ("out.txt", "exists already"),
            ("folder", "is a folder"),
            ("gone/out.txt", "There is no folder .*gone to write out.txt to"),
            ("link.txt", "leads nowhere"),
            (os.devnull, "is not an ordinary file"),
        ],
    )
    def test_where_it_cannot_be_written(
        self, tmp_path: Path, in_place: bool, target: str, message: str
    ) -> None:
        (tmp_path / "out.txt").write_text("old")
        (tmp_path / "folder").mkdir()
        link = tmp_path / "link.txt"
        link.symlink_to(target)
        with pytest.raises(OutputError, match=message):
            PartialFile(link, overwrite=False, in_place=in_place)
        assert link.is_symlink()


# 255 bytes each, which is what file systems allow.
@pytest.mark.parametrize("name", [f"{'x' * 251}.csv", f"{'ä' * 125}x.csv", f"x.{'y' * 253}"])
def test_names_as_long_as_they_can_be(tmp_path: Path, name: str) -> None:
    output = PartialFile(tmp_path / name, overwrite=False)
    write(output, "new")
    (tmp_path / name).write_text("theirs")
    with pytest.raises(OutputError, match="was created by somebody else meanwhile"):
        output.keep()
    assert (tmp_path / name).read_text() == "theirs"
    assert output.path.read_text() == "new"
    assert len(os.fsencode(output.path.name)) <= 255


@pytest.mark.skipif(not Path("/dev/stdout").exists(), reason="there is no /dev/stdout")
@pytest.mark.parametrize("path", ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"])
def test_what_is_open_already_is_no_file_to_write(path: str) -> None:
    with pytest.raises(OutputError, match=rf"{path} is not an ordinary file\. Name another"):
        PartialFile(Path(path), overwrite=True)


def test_a_branch_is_made_at_home_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setattr(Path, "home", lambda: home)
    prepare_folder(home / "Videos" / "pedcam")
    assert (home / "Videos" / "pedcam").is_dir()
    with pytest.raises(OutputError, match="Connect the disk"):
        prepare_folder(tmp_path / "disk" / "pedcam")
