import os
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from pedcam.errors import UserError
from pedcam.headless.batch import (
    Outcome,
    Task,
    check_folders,
    plan,
    run_tasks,
)
from pedcam.headless.detect import Summary
from pedcam.video.output.partial_file import OutputError
from pedcam.video.sources.frame import SourceError
from pedcam.video.sources.spec import SourceSpec, parse_source


def spec(text: str) -> SourceSpec:
    return parse_source(text)


def touch(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()


class TestPlan:
    def outputs(self, texts: list[str], **wanted: Path) -> list[dict[str, str]]:
        return [
            {kind: path.as_posix() for kind, path in task.outputs.items()}
            for task in plan([spec(text) for text in texts], wanted)
        ]

    def test_one_source_has_the_files_named(self, tmp_path):
        wanted = {"output": tmp_path / "out.mp4", "table": tmp_path / "no-suffix"}
        (task,) = plan([spec("walk.mp4")], wanted)
        assert task.outputs == wanted

    def test_an_existing_folder_takes_the_file_of_one_source(self, tmp_path):
        (task,) = plan([spec("walk.mp4")], {"coco": tmp_path})
        assert task.outputs == {"coco": tmp_path / "walk.json"}

    def test_several_sources_have_files_of_their_names(self, tmp_path):
        new = tmp_path / "new"
        tasks = plan(
            [spec("a.mp4"), spec("day/b.avi"), spec("demo")], {"output": new, "table": new}
        )
        assert [task.outputs for task in tasks] == [
            {"output": new / f"{name}.mp4", "table": new / f"{name}.csv"}
            for name in ("a", "b", "Demo")
        ]
        assert new.is_dir()

    def test_same_names_get_longer_whatever_their_order(self, tmp_path):
        texts = ["one/a.mp4", "two/a.mp4", "two/a.mkv", "b.mp4"]
        names = ["one-a.mp4.csv", "two-a.mp4.csv", "a.mkv.csv", "b.csv"]
        for order in ((0, 1, 2, 3), (3, 2, 1, 0), (2, 0, 3, 1)):
            found = plan([spec(texts[place]) for place in order], {"table": tmp_path})
            assert [task.outputs["table"].name for task in found] == [names[p] for p in order]

    def test_names_that_cannot_differ_are_numbered(self, tmp_path):
        specs = [
            SourceSpec("url", "rtsp://host/live", "rtsp://a@host/live"),
            SourceSpec("url", "rtsp://host/live", "rtsp://b@host/live"),
        ]
        found = [task.outputs["table"].name for task in plan(specs, {"table": tmp_path})]
        assert found == ["rtsp---host-live.csv", "rtsp---host-live-2.csv"]

    def test_a_number_is_not_given_twice(self, tmp_path):
        titles = ["rtsp://h/cam-2", "rtsp://h/cam", "rtsp://h/cam"]
        specs = [SourceSpec("url", title, f"{title}?{n}") for n, title in enumerate(titles)]
        found = [task.outputs["table"].name for task in plan(specs, {"table": tmp_path})]
        assert found == ["rtsp---h-cam-2.csv", "rtsp---h-cam.csv", "rtsp---h-cam-3.csv"]

    def test_one_file_for_several_sources(self, tmp_path):
        with pytest.raises(OutputError) as error:
            plan([spec("a.mp4"), spec("b.mp4")], {"output": tmp_path / "out.mp4"})
        assert str(error.value) == (
            f"{tmp_path / 'out.mp4'} is one file for 2 sources. Name a folder, which gets a file "
            f"for each, such as {tmp_path / 'out'}."
        )
        assert os.listdir(tmp_path) == []

    @pytest.mark.parametrize(
        ("text", "several", "name"),
        [
            ("tables", True, "tables/walk.csv"),
            ("tables", False, "tables"),
            ("tables/", False, "tables/walk.csv"),
            ("tables/new/", True, "tables/new/walk.csv"),
            ("tables/.", False, "tables/walk.csv"),
            ("2026.03.01", True, "2026.03.01/walk.csv"),
            ("table.csv", True, "table.csv"),
        ],
    )
    def test_what_names_a_folder(self, tmp_path, monkeypatch, text, several, name):
        monkeypatch.chdir(tmp_path)
        (task,) = plan([spec("walk.mp4")], {"table": text}, several=several)
        assert task.outputs["table"].as_posix() == name
        assert Path(name).parent.is_dir()

    def test_names_that_are_one_file_elsewhere(self, tmp_path):
        texts = ["Walk.mp4", "walk.avi", "caf\u00e9.mp4", "cafe\u0301.avi"]
        found = plan([spec(text) for text in texts], {"table": tmp_path})
        assert [task.outputs["table"].name for task in found] == [f"{text}.csv" for text in texts]

    def test_long_names_stay_apart(self, tmp_path):
        texts = [f"{'ä' * 125}{letter}.ts" for letter in "ab"]
        found = plan([spec(text) for text in texts], {"jsonlines": tmp_path})
        names = {task.outputs["jsonlines"].name for task in found}
        assert len(names) == 2
        for name in names:
            assert name.startswith("ä" * 100)
            assert len(name.encode()) <= 255

    def test_a_source_is_not_written_over(self, tmp_path):
        touch(tmp_path, "day/a.avi", "marked/a.mp4")
        (tmp_path / "link").symlink_to("marked")
        texts = [str(tmp_path / "day" / "a.avi"), str(tmp_path / "marked" / "a.mp4")]
        # The names of both are made longer, but not of a file that is named for one of them.
        with pytest.raises(OutputError, match=r"a\.mp4 is one of the sources"):
            plan(
                [SourceSpec("url", "a", "rtsp://host/a"), spec(texts[1])],
                {"output": tmp_path / "link"},
            )

    def test_videos_do_not_go_where_all_videos_are_read(self, tmp_path):
        touch(tmp_path, "day/1.avi")
        (tmp_path / "link").symlink_to("day")
        texts = [str(tmp_path / "day")]
        for folder in (tmp_path / "day", f"{tmp_path}/day/", tmp_path / "link"):
            with pytest.raises(OutputError, match="would take the marked videos for sources"):
                check_folders(texts, folder)
        check_folders(texts, tmp_path / "marked")
        check_folders(texts, None)
        check_folders([str(tmp_path / "day" / "1.avi")], tmp_path / "day")

    def test_a_file_where_a_folder_is_meant(self, tmp_path):
        touch(tmp_path, "tables")
        with pytest.raises(OutputError, match=r"tables is a file\. Name a folder to write to\."):
            plan([spec("a.mp4")], {"table": tmp_path / "tables"}, several=True)

    def test_a_folder_that_cannot_be_created(self, tmp_path):
        (tmp_path / "file").touch()
        with pytest.raises(OutputError, match="cannot be created"):
            plan([spec("a.mp4"), spec("b.mp4")], {"output": tmp_path / "file" / "in"})


def summary() -> Summary:
    return Summary(("a",), 1, 0, 1.0, False, ())


class TestRunning:
    def test_one_that_fails_does_not_keep_the_others(self):
        tasks = [Task(spec(f"{name}.mp4"), {}) for name in "abc"]
        told: list[Outcome] = []

        def work(task: Task) -> Summary:
            if task.spec.title == "b.mp4":
                raise SourceError("broken")
            return summary()

        outcomes = run_tasks(tasks, work, on_outcome=told.append)
        assert outcomes == told
        assert [str(outcome.error) for outcome in outcomes] == ["None", "broken", "None"]
        assert [outcome.summary is not None for outcome in outcomes] == [True, False, True]

    def test_what_nobody_foresaw_is_not_hidden(self):
        def work(task: Task) -> Summary:
            raise ZeroDivisionError

        assert not issubclass(ZeroDivisionError, UserError)
        with pytest.raises(ZeroDivisionError):
            run_tasks([Task(spec("a.mp4"), {})], work)

    def test_resuming_leaves_out_what_is_complete(self, tmp_path):
        touch(tmp_path, "a.csv", "a.mp4", "b.csv")
        tasks = [
            Task(
                spec(f"{name}.avi"),
                {"table": tmp_path / f"{name}.csv", "output": tmp_path / f"{name}.mp4"},
            )
            for name in "abc"
        ]
        done: list[str] = []

        def work(task: Task) -> Summary:
            done.append(task.spec.title)
            return summary()

        outcomes = run_tasks(tasks, work, resume=True)
        assert done == ["b.avi", "c.avi"]
        assert outcomes[0] == Outcome(tasks[0])
        run_tasks(tasks, work)
        assert done[2:] == ["a.avi", "b.avi", "c.avi"]

    def test_what_was_stopped_or_broke_is_not_complete(self, tmp_path):
        tasks = [Task(spec(f"{name}.avi"), {"table": tmp_path / f"{name}.csv"}) for name in "abcd"]
        during: list[bool] = []

        def work(task: Task) -> Summary:
            task.outputs["table"].touch()
            during.append(task.done)
            if task is tasks[0]:
                return replace(summary(), stopped=True)
            if task is tasks[1]:
                raise SourceError("broken")
            if task is tasks[2]:
                raise KeyboardInterrupt
            return summary()

        run_tasks(tasks[:2], work)
        with pytest.raises(KeyboardInterrupt):
            run_tasks(tasks[2:], work)
        run_tasks(tasks[3:], work)
        assert during == [False] * 4
        assert [task.done for task in tasks] == [False, False, False, True]
        # Done again, and well this time.
        run_tasks(tasks, lambda task: summary(), resume=True)
        assert all(task.done for task in tasks)
        assert sorted(os.listdir(tmp_path)) == ["a.csv", "b.csv", "c.csv", "d.csv"]

    def test_only_what_was_left_unfinished_is_replaceable(self, tmp_path):
        table, video = tmp_path / "a.csv", tmp_path / "a.mp4"
        task = Task(spec("a.avi"), {"table": table, "output": video})
        assert not task.replaceable

        def stop(task: Task) -> Summary:
            table.write_text("half")
            return replace(summary(), stopped=True)

        run_tasks([task], stop)
        assert (task.done, task.replaceable) == (False, True)
        video.write_text("somebody else's")
        assert (task.done, task.replaceable) == (False, False)

    def test_a_run_that_is_refused_leaves_finished_work_alone(self, tmp_path):
        touch(tmp_path, "a.csv")
        task = Task(spec("a.avi"), {"table": tmp_path / "a.csv"})

        def refuse(task: Task) -> Summary:
            raise OutputError("exists already")

        run_tasks([task], refuse)
        assert task.done
        assert os.listdir(tmp_path) == ["a.csv"]

    def test_what_left_nothing_leaves_no_mark(self, tmp_path):
        def work(task: Task) -> Summary:
            raise SourceError("no video")

        run_tasks([Task(spec("a.avi"), {"table": tmp_path / "a.csv"})], work)
        assert os.listdir(tmp_path) == []
        assert not Task(spec("a.mp4"), {}).done

    def test_it_stops_when_asked(self):
        stop = threading.Event()
        tasks = [Task(spec(f"{name}.mp4"), {}) for name in "abc"]

        def work(task: Task) -> Summary:
            stop.set()
            return summary()

        assert len(run_tasks(tasks, work, stop=stop)) == 1
