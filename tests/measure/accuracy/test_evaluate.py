"""``pedcam evaluate`` through the command line."""

import json
import os
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import onnx
import pytest

from pedcam.cli import main
from pedcam.detect.detector import Detector
from pedcam.measure.accuracy import evaluate, summary
from pedcam.measure.accuracy.caltech import EVERY, REASONABLE
from pedcam.measure.accuracy.matching import ImageResult
from pedcam.measure.accuracy.summary import detect_all, summarize
from pedcam.measure.labels.read import read_labels
from tests.nets import small_preset


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    small_preset(folder, depth=0, name="float")
    small_preset(folder, depth=24, name="binary")
    return folder


@pytest.fixture
def labels(tmp_path: Path) -> Path:
    cv2.imwrite(str(tmp_path / "a.png"), np.full((128, 96, 3), 90, np.uint8))
    path = tmp_path / "labels.json"
    path.write_text(
        json.dumps(
            {
                "images": [{"id": 7, "file_name": "a.png", "width": 96, "height": 128}],
                "annotations": [
                    {"image_id": 7, "bbox": [10, 10, 20, 60]},
                    {"image_id": 7, "bbox": [70, 10, 20, 100], "vis_ratio": 0.5},
                    {"image_id": 7, "bbox": [10, 80, 15, 40]},
                    {"image_id": 7, "bbox": [50, 10, 20, 60], "iscrowd": 1},
                    {"image_id": 7, "bbox": [50, 10, 0, 60]},
                ],
                "categories": [{"id": 1, "name": "person"}],
            }
        )
    )
    return path


def rows_of(words: list[str], capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    assert main([*words, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_every_figure_is_there(
    models: Path, labels: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("faster_coco_eval")
    rows = rows_of(["evaluate", str(labels), "--models", str(models)], capsys)
    assert [row["name"] for row in rows] == ["float", "binary"]
    for row in rows:
        assert (row["images"], row["people"]) == (1, 1)
        assert (row["setting"], row["aspect"]) == ("reasonable", False)
        assert row["input_size"] == [96, 64]
        assert all(0 <= row[key] <= 1 for key in ("ap", "ap50", "recall"))
        assert 0 < row["miss_rate_citypersons"] <= row["miss_rate"] <= 1
        bands = [(band["low"], band["high"], band["people"]) for band in row["heights"]]
        assert bands == [(50, 80, 1), (80, 120, 0), (120, None, 0)]
        assert row["heights"][1]["miss_rate"] is None
        assert row["heights"][1]["recall"] is None
        assert 0 < row["heights"][0]["miss_rate"] <= 1


@pytest.mark.parametrize(
    ("subset", "people"), [("reasonable", 1), ("all", 3), ("every", 3), ("heavy", 1), ("near", 0)]
)
def test_the_setting_says_who_counts(
    models: Path, labels: Path, capsys: pytest.CaptureFixture[str], subset: str, people: int
) -> None:
    words = ["evaluate", str(labels), "--models", str(models), "--preset", "float"]
    assert rows_of([*words, "--subset", subset], capsys)[0]["people"] == people


def test_the_table(models: Path, labels: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", str(labels), "--models", str(models), "--preset", "float"]) == 0
    output = capsys.readouterr()
    for text in ("float", "AP50", "Miss rate", "50-80 px", "120+ px", "1 person", "0 people"):
        assert text in output.out
    assert "labels, 1 images, 50 px or taller, at least 65% visible: 1 people" in output.out
    assert "warning: a.png: 1 box without area, left out" in output.err


class FoundInAdvance:
    """Finds the same in every picture."""

    input_size = (96, 64)

    def __init__(self, boxes: list[list[float]], scores: list[float]) -> None:
        import supervision as sv

        self.found = sv.Detections(
            np.array(boxes, np.float32).reshape(-1, 4), confidence=np.array(scores, np.float32)
        )
        self.asked: list[tuple[int, ...]] = []

    def detect(self, frame: np.ndarray, score_threshold: float) -> Any:
        self.asked.append(frame.shape)
        return self.found[self.found.confidence >= score_threshold]


def test_worked_figures(labels: Path) -> None:
    images = read_labels(labels).images
    # The one person that counts, somebody hidden, nobody, and the ignored region twice.
    finder = FoundInAdvance(
        [[10, 10, 30, 70], [70, 10, 90, 110], [0, 0, 20, 45], [50, 10, 70, 70], [51, 11, 69, 69]],
        [0.9, 0.8, 0.95, 0.99, 0.98],
    )
    results = detect_all(finder, images)
    assert finder.asked == [(128, 96, 3)]
    row = summarize("mine", results, REASONABLE)
    # One false alarm first, in one picture: eight of the nine points have nobody found.
    assert row["miss_rate"] == pytest.approx(1e-10 ** (1 / 9))
    assert row["miss_rate_citypersons"] == pytest.approx(1e-10)
    assert row["ap50"] == pytest.approx(0.5)
    assert row["recall"] == 0
    assert row["people"] == 1
    # Found exactly, so the stricter overlaps cost nothing.
    assert row["ap"] in (None, pytest.approx(0.5))
    # Everybody counts, the smallest is missed: recall 2 of 3 after the false alarm.
    row = summarize("mine", results, EVERY)
    assert row["people"] == 3
    assert row["miss_rate"] == pytest.approx((1 / 3) ** (1 / 9))


def test_recall_at_a_tenth_of_a_false_alarm_per_picture(labels: Path) -> None:
    [image] = read_labels(labels).images
    hit = FoundInAdvance([[10, 10, 30, 70]], [0.5])
    alarm = FoundInAdvance([[0, 0, 20, 45], [10, 10, 30, 70]], [0.9, 0.5])
    results = detect_all(hit, [image] * 9) + detect_all(alarm, [image])
    assert summarize("mine", results, REASONABLE)["recall"] == 1
    results = detect_all(hit, [image] * 8) + detect_all(alarm, [image])
    assert summarize("mine", results, REASONABLE)["recall"] == 0


def test_found_and_false_alarms_at_a_threshold(labels: Path) -> None:
    [image] = read_labels(labels).images
    hit = FoundInAdvance([[10, 10, 30, 70]], [0.5])
    alarm = FoundInAdvance([[0, 0, 20, 45], [10, 10, 30, 70]], [0.9, 0.4])
    results = detect_all(hit, [image] * 3) + detect_all(alarm, [image])
    row = summarize("mine", results, REASONABLE, threshold=0.5)
    assert (row["found"], row["false_alarms"]) == (0.75, 0.25)
    assert row["heights"][0]["found"] == 0.75
    assert row["heights"][1]["found"] is None
    row = summarize("mine", results, REASONABLE, threshold=0.4)
    assert (row["found"], row["false_alarms"]) == (1.0, 0.25)
    assert "found" not in summarize("mine", results, REASONABLE)


def test_without_the_library_ap50_is_ours(
    models: Path, labels: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ["evaluate", str(labels), "--models", str(models), "--json"]
    before = rows_of(words[:-1], capsys)
    monkeypatch.setitem(sys.modules, "faster_coco_eval", None)
    assert main(words) == 0
    output = capsys.readouterr()
    after = json.loads(output.out)
    assert [row["ap"] for row in after] == [None, None]
    assert [row["ap50"] for row in after] == pytest.approx([row["ap50"] for row in before])
    assert output.err.count("pip install faster-coco-eval") == 1


def test_boxes_inside_out_are_no_use_and_no_harm(labels: Path) -> None:
    pytest.importorskip("faster_coco_eval")
    images = read_labels(labels).images
    good = FoundInAdvance([[10, 10, 30, 70]], [0.5])
    broken = FoundInAdvance([[10, 10, 30, 70], [40, 10, 20, 70]], [0.5, 0.9])
    assert summarize("a", detect_all(good, images), REASONABLE)["ap50"] == 1
    row = summarize("a", detect_all(broken, images), REASONABLE)
    assert row["ap50"] == pytest.approx(0.5)
    assert row["ap"] == pytest.approx(0.5)


def test_nobody_to_find_is_null(
    models: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cv2.imwrite(str(tmp_path / "a.png"), np.zeros((64, 96, 3), np.uint8))
    path = tmp_path / "l.json"
    images = '"images": [{"id": 1, "file_name": "a.png"}]'
    words = ["evaluate", str(path), "--models", str(models)]
    path.write_text(f'{{{images}, "annotations": []}}')
    assert main(words) == 1
    assert "Nobody is labelled" in capsys.readouterr().err
    # Too small to count.
    path.write_text(f'{{{images}, "annotations": [{{"image_id": 1, "bbox": [9, 9, 5, 12]}}]}}')
    assert main([*words, "--json"]) == 0
    output = capsys.readouterr()
    rows = json.loads(output.out)
    for key in ("ap", "ap50", "miss_rate", "recall"):
        assert [row[key] for row in rows] == [None, None]
    assert "Nobody in these labels counts under subset 'reasonable'" in output.err
    assert main(words) == 0
    assert main([*words, "--plot", str(tmp_path / "p.png")]) == 1
    assert "there is no curve to draw" in capsys.readouterr().err


def test_problems_are_warnings_and_not_too_many(
    models: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "images"
    folder.mkdir()
    cv2.imwrite(str(folder / "a.png"), np.zeros((128, 96, 3), np.uint8))
    (folder / "a.txt").write_text("0 0.5 0.5 0.2 0.5\n" + "0 0.5\n" * 12)
    (tmp_path / "data.yaml").write_text("{names: [person], val: images}")
    words = ["evaluate", str(tmp_path), "--models", str(models), "--preset", "float", "--json"]
    assert main(words) == 0
    output = capsys.readouterr()
    assert json.loads(output.out)[0]["people"] == 1
    lines = output.err.splitlines()
    assert len(lines) == 11
    assert "warning: images/a.txt line 2: 2 numbers" in lines[0]
    assert "2 more problems" in lines[10]
    assert main([*words, "--split", "train"]) == 1
    assert "have no 'train' (there are: val)" in capsys.readouterr().err


def test_size(models: Path, labels: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["evaluate", str(labels), "--models", str(models), "--preset", "float"]
    assert rows_of([*words, "--size", "128x160"], capsys)[0]["input_size"] == [128, 160]
    for size in ("100x100", "64", "0x64"):
        with pytest.raises(SystemExit):
            main([*words, "--size", size])


def test_detail(models: Path, labels: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["evaluate", str(labels), "--models", str(models), "--preset", "float", "--detail"]
    looks: list[int] = []
    with pytest.MonkeyPatch.context() as patch:
        infer = Detector.infer
        patch.setattr(Detector, "infer", lambda *all: (looks.append(1), infer(*all))[1])
        for detail, expected in (("whole", 1), ("auto", 1), ("finer", 3)):
            looks.clear()
            assert [row["detail"] for row in rows_of([*words, detail], capsys)] == [detail]
            # Two rows of 64 pixels see 102.4 for 128, and one tile of 96 more than the 96.
            assert len(looks) == expected


def test_pictures_are_written(
    models: Path, labels: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("matplotlib")
    words = ["evaluate", str(labels), "--models", str(models), "--subset", "every"]
    words += ["--plot", str(tmp_path / "plot.png"), "--worst", "3"]
    words += ["--worst-file", str(tmp_path / "worst.png")]
    assert main(words) == 0
    assert cv2.imread(str(tmp_path / "plot.png")).shape == (780, 1800, 3)
    # A sheet for each detector.
    for name in ("float", "binary"):
        assert cv2.imread(str(tmp_path / f"worst-{name}.png")) is not None
    assert not (tmp_path / "worst.png").exists()
    assert main([*words, "--preset", "float"]) == 0
    assert (tmp_path / "worst.png").exists()
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


def rival(folder: Path, name: str) -> Path:
    """A stranger's detector: one person, always at the same place, in 96x64 input pixels."""
    box = np.array([[[5, 5, 20, 40, 0.7, 0]]], np.float32)
    helper = onnx.helper
    picture = helper.make_tensor_value_info("images", onnx.TensorProto.FLOAT, [1, 3, 64, 96])
    found = helper.make_tensor_value_info("output", onnx.TensorProto.FLOAT, [1, 1, 6])
    nodes = [
        helper.make_node("ReduceMax", ["images"], ["most"], keepdims=0),
        helper.make_node("Mul", ["most", "zero"], ["nothing"]),
        helper.make_node("Add", ["box", "nothing"], ["output"]),
    ]
    constants = [
        onnx.numpy_helper.from_array(box, "box"),
        onnx.numpy_helper.from_array(np.float32(0), "zero"),
    ]
    graph = helper.make_graph(nodes, "rival", [picture], [found], constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    helper.set_model_props(model, {"end2end": "True"})
    path = folder / f"{name}.onnx"
    onnx.save(model, path)
    return path


def test_rivals_are_measured_too(
    models: Path, labels: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second = rival(tmp_path, "one[b]"), rival(tmp_path, "two")
    words = ["evaluate", str(labels), "--models", str(models), "--preset", "float"]
    words += ["--rival", str(first), "--rival", str(second), "--format", "ultralytics"]
    rows = rows_of(words, capsys)
    assert [row["name"] for row in rows] == ["float", "one[b]", "two"]
    assert rows[1]["input_size"] == [96, 64]
    # What looks like markup is part of a name.
    assert main([*words, "--worst", "2", "--worst-file", str(tmp_path / "w.png")]) == 0
    assert "one[b]" in capsys.readouterr().out
    assert (tmp_path / "w-one[b].png").exists()


def test_rivals_need_a_format_and_a_name_of_their_own(
    models: Path, labels: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["evaluate", str(labels), "--models", str(models)]
    path = rival(tmp_path, "float")
    assert main([*words, "--rival", str(path)]) == 1
    assert "give each its format (ultralytics, yolox)" in capsys.readouterr().err
    assert main([*words, "--format", "yolox"]) == 1
    assert "0 x --rival and 1 x --format" in capsys.readouterr().err
    assert main([*words, "--rival", str(path), "--format", "ultralytics"]) == 1
    assert "There are two detectors 'float'" in capsys.readouterr().err
    (tmp_path / "bad.onnx").write_bytes(b"rubbish")
    assert main([*words, "--rival", str(tmp_path / "bad.onnx"), "--format", "yolox"]) == 1
    assert "bad.onnx is not an ONNX model" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (["--plot", "FOLDER"], "is not an image file: end its name in .png or .svg or .pdf"),
        (["--plot", "FOLDER/x.txt"], "is not an image file"),
        (["--plot", "FOLDER/folder.png"], "is a folder. Name a file."),
        (["--plot", "FOLDER/none/x.png"], "There is no folder"),
        (["--worst", "2", "--worst-file", "FOLDER/x.jpg"], "end its name in .png"),
        (["--worst", "2", "--worst-file", "FOLDER/folder.png"], "is a folder"),
        (
            ["--worst", "2", "--worst-file", "FOLDER/x.png", "--plot", "FOLDER/x.png"],
            "are both",
        ),
        (["--worst-file", "FOLDER/x.png"], "--worst-file needs --worst N"),
        (["--preset", "none"], "There is no preset 'none'. Presets: float, binary."),
        (["--models", "FOLDER"], "no usable preset"),
        (["--images", "FOLDER/none"], "named for the pictures, does not exist"),
    ],
)
def test_mistakes_show_before_any_work(
    models: Path,
    labels: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    more: list[str],
    message: str,
) -> None:
    (tmp_path / "folder.png").mkdir()
    monkeypatch.setattr(evaluate, "detect_all", lambda *given: pytest.fail("work was done"))
    more = [word.replace("FOLDER", str(tmp_path)) for word in more]
    words = ["evaluate", str(labels), "--models", str(models), "--preset", "float", *more]
    assert main(words) == 1
    error = capsys.readouterr().err
    assert message in error
    assert "Traceback" not in error


@pytest.mark.parametrize("more", [["--worst", "0"], ["--worst", "x"], ["--subset", "none"]])
def test_impossible_words(models: Path, labels: Path, more: list[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main(["evaluate", str(labels), "--models", str(models), *more])
    assert stop.value.code == 2


def test_a_missing_matplotlib_shows_before_any_work(
    models: Path,
    labels: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    monkeypatch.setattr(evaluate, "detect_all", lambda *given: pytest.fail("work was done"))
    words = ["evaluate", str(labels), "--models", str(models)]
    assert main([*words, "--plot", str(tmp_path / "p.png")]) == 1
    assert "pip install matplotlib" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("not json", "not COCO json"),
        ('{"images": [], "annotations": []}', "name no images"),
        (
            '{"images": [{"id": 1, "file_name": "none.png"}], "annotations": []}',
            "None of the 1 images named by the labels exists, such as",
        ),
        (
            '{"images": [{"id": 1, "file_name": "empty.png"}], '
            '"annotations": [{"image_id": 1, "bbox": [1, 1, 20, 60]}]}',
            "empty.png, named by the labels, cannot be read as a picture.",
        ),
        (
            '{"images": [{"id": 1, "file_name": "l.json"}], '
            '"annotations": [{"image_id": 1, "bbox": [1, 1, 20, 60]}]}',
            "l.json, named by the labels, cannot be read as a picture.",
        ),
        (
            '{"images": [{"id": 1, "file_name": "l.json"}], "annotations": [], '
            '"categories": [{"id": 1, "name": "car"}, {"id": 2, "name": "bus"}]}',
            "no category 'person'",
        ),
    ],
)
def test_unusable_labels(
    models: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, message: str
) -> None:
    path = tmp_path / "l.json"
    path.write_text(text)
    (tmp_path / "empty.png").touch()
    assert main(["evaluate", str(path), "--models", str(models)]) == 1
    error = capsys.readouterr().err
    assert message in error
    assert "Traceback" not in error


def test_images_that_cannot_be_read_are_left_out_named_and_counted(
    models: Path, labels: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    expected = rows_of(["evaluate", str(labels), "--models", str(models)], capsys)
    whole = cv2.imencode(".jpg", np.full((128, 96, 3), 90, np.uint8))[1].tobytes()
    for name, content in {"empty.png": b"", "text.png": b"text", "cut.jpg": whole[:-9]}.items():
        labels.with_name(name).write_bytes(content)
    document = json.loads(labels.read_text())
    # Before and after the one that can be read.
    names = ["gone.png", "empty.png", "a.png", "text.png", "cut.jpg"]
    document["images"] = [
        {"id": 7 if name == "a.png" else name, "file_name": name} for name in names
    ]
    document["annotations"] += [{"image_id": "cut.jpg", "bbox": [10, 10, 20, 60]}]
    labels.write_text(json.dumps(document))
    assert main(["evaluate", str(labels), "--models", str(models), "--json"]) == 0
    out, err = capsys.readouterr()
    # The same figures for each detector, and how many pictures are missing in them.
    assert json.loads(out) == [row | {"left_out": 4} for row in expected]
    assert [row["left_out"] for row in expected] == [0, 0]
    for name, reason in (
        ("gone.png", "does not exist"),
        ("empty.png", "cannot be read as a picture"),
        ("text.png", "cannot be read as a picture"),
        ("cut.jpg", "is a truncated JPEG file"),
    ):
        assert f"{name}, named by the labels, {reason}. It is left out\n" in err
    assert main(["evaluate", str(labels), "--models", str(models), "--preset", "float"]) == 0
    assert "labels, 1 images (4 left out), 50 px or taller" in capsys.readouterr().out


def test_missing_labels(models: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", str(tmp_path / "none.json"), "--models", str(models)]) == 1
    assert "cannot be read: No such file" in capsys.readouterr().err


def test_what_is_in_a_result_comes_from_the_labels(labels: Path) -> None:
    images = read_labels(labels).images
    [result] = detect_all(FoundInAdvance([], []), images)
    assert isinstance(result, ImageResult)
    assert result.boxes.shape == (0, 4)
    assert result.visibility.tolist() == [1, 0.5, 1, 1]
    assert summary.LOWEST_SCORE == 0.01


def test_ctrl_c_ends_it_cleanly_at_a_terminal(models: Path, labels: Path) -> None:
    pty = pytest.importorskip("pty")
    document = json.loads(labels.read_text())
    # Enough work to be in the middle of it.
    names = [f"{index}.png" for index in range(5_000)]
    for name in names:
        labels.with_name(name).symlink_to("a.png")
    document["images"] += [{"id": name, "file_name": name} for name in names]
    labels.write_text(json.dumps(document))
    plot = labels.with_name("plot.png")
    words = [sys.executable, "-m", "pedcam", "evaluate", str(labels), "--models", str(models)]
    words += ["--preset", "float", "--plot", str(plot)]
    terminal, inside = pty.openpty()
    shown, begun = bytearray(), threading.Event()

    def read() -> None:
        # All the time: a terminal that nobody reads holds up who writes to it.
        with suppress(OSError):  # the other end is closed
            while more := os.read(terminal, 4096):
                shown.extend(more)
                # The bar shows that the work has begun.
                if b"float" in shown:
                    begun.set()

    reader = threading.Thread(target=read)
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=inside) as process:
        os.close(inside)
        reader.start()
        began = begun.wait(60)
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=60)
    reader.join(30)
    os.close(terminal)
    assert began
    assert process.returncode == 130, shown
    assert out == b""
    assert b"Traceback" not in shown
    assert not plot.exists()
