import math
import os
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from pedcam.measure.accuracy import rivals
from pedcam.measure.accuracy.rivals import RIVAL_FORMATS, Rival, RivalError

# 320x160 in 64x64 is scaled by 0.2 to 64x32, with 16 rows of gray above and below.
FRAME = np.zeros((160, 320, 3), np.uint8)
CELLS = 8 * 8 + 4 * 4 + 2 * 2
# 22..42 x 27..37 in the input, so 110..210 x 55..105 in the frame.
BOX = (32, 32, 20, 10)
BOX_IN_FRAME = [110, 55, 210, 105]

INPUT = ("images", TensorProto.FLOAT, [1, 3, 64, 64])


def save(
    path: Path,
    *outputs: np.ndarray,
    inputs: tuple[tuple[str, int, list[int | str]], ...] = (INPUT,),
    nodes: list[onnx.NodeProto] | None = None,
    **metadata: str,
) -> Path:
    """A model that gives the same outputs for every picture, or what ``nodes`` make of it."""
    names = [f"output{i}" for i in range(len(outputs))]
    constants = [
        helper.make_node("Constant", [], [name], value=numpy_helper.from_array(output))
        for name, output in zip(names, outputs, strict=True)
    ]
    graph = helper.make_graph(
        nodes or constants,
        "rival",
        [helper.make_tensor_value_info(*value) for value in inputs],
        [
            helper.make_tensor_value_info(name, helper.np_dtype_to_tensor_dtype(output.dtype), None)
            for name, output in zip(names, outputs, strict=True)
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    helper.set_model_props(model, metadata)
    onnx.save(model, path)
    return path


def columns(anchors: int = CELLS, classes: int = 2, person: int = 0) -> np.ndarray:
    """YOLOv8's style: two persons, the better one last, and something else that scores higher."""
    table = np.zeros((1, 4 + classes, anchors), np.float32)
    table[0, :4, 3], table[0, 4 + person, 3] = (10, 30, 4, 4), 0.25
    table[0, :4, 9], table[0, 4 + person, 9] = BOX, 0.75
    if classes > 1:
        table[0, :4, 5], table[0, 4 + (person + 1) % classes, 5] = (50, 30, 4, 4), 0.9
    return table


def rows(anchors: int, classes: int) -> np.ndarray:
    """YOLOv5's style: one person of 0.5 * 0.75."""
    table = np.zeros((1, anchors, 5 + classes), np.float32)
    table[0, 9, :6] = (*BOX, 0.5, 0.75)
    return table


def end_to_end(n: int = 300, person: int = 0) -> np.ndarray:
    """One person of 0.75 and something else that scores higher."""
    table = np.zeros((1, n, 6), np.float32)
    table[0, 0] = (1, 1, 9, 9, 0.9, person + 1)
    table[0, 1] = (22, 27, 42, 37, 0.75, person)
    return table


def test_class_scores_without_objectness(tmp_path: Path) -> None:
    rival = Rival(save(tmp_path / "v8.onnx", columns()), "ultralytics", threads=1)
    found = rival.detect(FRAME, 0.1)
    # 8..12 x 28..32 in the input is the second one.
    np.testing.assert_allclose(found.xyxy, [BOX_IN_FRAME, [40, 60, 60, 80]], atol=1e-4)
    np.testing.assert_allclose(found.confidence, [0.75, 0.25])
    assert found.class_id.tolist() == [0, 0]
    assert len(rival.detect(FRAME, 0.3)) == 1
    assert len(rival.detect(FRAME, 0.8)) == 0
    assert (rival.name, rival.input_size) == ("v8", (64, 64))


# 63 * 4 anchors of strides 8 to 32, 3 more of stride 64; 84 where there is one per cell.
@pytest.mark.parametrize(
    ("anchors", "classes"), [(252, 2), (252, 80), (252, 1), (255, 1), (84, 1), (100, 2)]
)
def test_class_scores_with_objectness(tmp_path: Path, anchors: int, classes: int) -> None:
    path = save(tmp_path / "v5.onnx", rows(anchors, classes))
    found = Rival(path, "ultralytics", threads=1).detect(FRAME, 0.1)
    np.testing.assert_allclose(found.xyxy, [BOX_IN_FRAME], atol=1e-4)
    np.testing.assert_allclose(found.confidence, [0.375])


@pytest.mark.parametrize(
    ("n", "metadata"),
    [
        (300, {}),
        (2, {}),
        (300, {"names": "{0: 'person'}"}),
        (252, {"end2end": "True"}),
        (252, {"names": "{0: 'person', 1: 'car'}"}),
    ],
)
def test_end_to_end(tmp_path: Path, n: int, metadata: dict[str, str]) -> None:
    path = save(tmp_path / "v26.onnx", end_to_end(n), **metadata)
    found = Rival(path, "ultralytics", threads=1).detect(FRAME, 0.1)
    np.testing.assert_allclose(found.xyxy, [BOX_IN_FRAME], atol=1e-4)
    np.testing.assert_allclose(found.confidence, [0.75])


def test_end_to_end_that_finds_nothing(tmp_path: Path) -> None:
    path = save(tmp_path / "none.onnx", np.zeros((1, 0, 6), np.float32))
    assert len(Rival(path, "ultralytics", threads=1).detect(FRAME, 0.0)) == 0


@pytest.mark.parametrize(
    ("names", "person"),
    [
        ("{0: 'person', 1: 'car', 2: 'dog'}", 0),
        ("{0: 'car', 1: 'Pedestrian', 2: 'dog'}", 1),
        ("['car', 'dog', ' people ']", 2),
    ],
)
def test_person_among_the_names(tmp_path: Path, names: str, person: int) -> None:
    for output in (columns(classes=3, person=person), end_to_end(person=person)):
        path = save(tmp_path / "named.onnx", output, names=names)
        found = Rival(path, "ultralytics", threads=1).detect(FRAME, 0.5)
        np.testing.assert_allclose(found.xyxy, [BOX_IN_FRAME], atol=1e-4)


def test_several_classes_of_people_count_alike(tmp_path: Path) -> None:
    names = "{0: 'pedestrian', 1: 'people', 2: 'car'}"
    path = save(tmp_path / "visdrone.onnx", columns(classes=3), names=names)
    found = Rival(path, "ultralytics", threads=1).detect(FRAME, 0.5)
    np.testing.assert_allclose(found.confidence, [0.9, 0.75])


def test_only_the_first_output_counts(tmp_path: Path) -> None:
    path = save(tmp_path / "more.onnx", columns(), np.ones((1, 3, 8, 8, 85), np.float32))
    assert len(Rival(path, "ultralytics", threads=1).detect(FRAME, 0.5)) == 1


def test_what_is_not_finite_is_nobody(tmp_path: Path) -> None:
    table = columns()
    table[0, 4, 20:30] = np.nan
    table[0, :5, 30] = (np.nan, 1, 1, 1, 0.9)
    table[0, :5, 31] = (1, 1, np.inf, 1, 0.9)
    path = save(tmp_path / "nan.onnx", table)
    assert len(Rival(path, "ultralytics", threads=1).detect(FRAME, 0.0)) > 0
    found = Rival(path, "ultralytics", threads=1).detect(FRAME, 0.5)
    np.testing.assert_allclose(found.xyxy, [BOX_IN_FRAME], atol=1e-4)


def test_yolox_raw(tmp_path: Path) -> None:
    table = np.zeros((1, CELLS, 5 + 80), np.float32)
    # Stride 8, row 3, column 4: center (4 + 0) * 8, (3 + 0.5) * 8; size 2.5 * 8, 1.25 * 8.
    table[0, 3 * 8 + 4, :6] = (0, 0.5, math.log(2.5), math.log(1.25), 0.9, 0.8)
    # Stride 16, row 2, column 1: center (1 + 0.5) * 16, (2 - 0.5) * 16; size 16, 8.
    table[0, 64 + 2 * 4 + 1, :6] = (0.5, -0.5, 0, math.log(0.5), 0.5, 0.5)
    # Stride 32, row 1, column 0: a dog, and one whose size is beyond float32.
    table[0, 64 + 16 + 2, [4, 21]] = (1, 1)
    table[0, 64 + 16 + 1, :6] = (0, 0, 1000, 0, 1, 1)
    found = Rival(save(tmp_path / "x.onnx", table), "yolox", threads=1).detect(FRAME, 0.1)
    # 22..42 x 23..33 and 16..32 x 20..28 in the input.
    np.testing.assert_allclose(found.xyxy, [[110, 35, 210, 85], [80, 20, 160, 60]], atol=1e-3)
    np.testing.assert_allclose(found.confidence, [0.72, 0.25], rtol=1e-6)


@pytest.mark.parametrize("spread", [0.0, 0.5, 2.0])
@pytest.mark.parametrize("size", [(128, 96), (416, 416), (640, 640)])
def test_yolox_raw_and_decoded_give_the_same(
    tmp_path: Path, size: tuple[int, int], spread: float
) -> None:
    width, height = size
    rng = np.random.default_rng(0)
    raw, decoded = [], []
    for stride in (8, 16, 32):
        for row in range(height // stride):
            for column in range(width // stride):
                dx, dy, w, h = rng.normal((0.5, 0.5, 0.5, 1), (spread, spread, 1, 1))
                score = rng.uniform(0, 1, 2)
                raw.append([dx, dy, w, h, *score])
                center = [(column + dx) * stride, (row + dy) * stride]
                decoded.append([*center, math.exp(w) * stride, math.exp(h) * stride, *score])
    shape: list[int | str] = [1, 3, height, width]
    frame = np.zeros((height, width, 3), np.uint8)
    found = []
    for table in (raw, decoded):
        path = save(
            tmp_path / "x.onnx",
            np.array([table], np.float32),
            inputs=(("images", TensorProto.FLOAT, shape),),
        )
        found.append(Rival(path, "yolox", threads=1).detect(frame, 0.5))
    assert len(found[0]) > 5
    np.testing.assert_allclose(found[0].xyxy, found[1].xyxy, atol=1e-2)
    np.testing.assert_allclose(found[0].confidence, found[1].confidence, rtol=1e-5)


@pytest.mark.parametrize(
    ("form", "names", "score"),
    [
        ("ultralytics", "['person', 'b', 'c']", 0.8),
        ("ultralytics", "['a', 'b', 'person']", 0.2),
        ("yolox", "['person', 'b', 'c']", 0.2 * 255 / 1000),
    ],
)
@pytest.mark.parametrize("kind", [TensorProto.FLOAT, TensorProto.FLOAT16])
def test_order_and_range_of_the_channels(
    tmp_path: Path, form: str, names: str, score: float, kind: int
) -> None:
    """The three class scores are the means of the three input channels (a 1000th for yolox)."""
    dtype = helper.tensor_dtype_to_np_dtype(kind)
    boxes = np.tile(np.array(BOX, dtype).reshape(1, 4, 1), (1, 1, CELLS))
    table = boxes if form == "ultralytics" else np.pad(boxes, ((0, 0), (0, 1), (0, 0)))
    if form == "yolox":
        # Objectness 1; the sizes are logarithms that matter to nobody here.
        table[:, :4], table[:, 4] = 0, 1
    arrays = {
        "factor": np.array(1 if form == "ultralytics" else 1e-3, dtype),
        "table": table,
        "flat": np.array([1, 3, 1]),
        "wide": np.array([1, 3, CELLS]),
    }
    nodes = [
        helper.make_node("Constant", [], [name], value=numpy_helper.from_array(array))
        for name, array in arrays.items()
    ]
    nodes += [
        helper.make_node("Mul", ["images", "factor"], ["scaled"]),
        helper.make_node("GlobalAveragePool", ["scaled"], ["mean"]),
        helper.make_node("Reshape", ["mean", "flat"], ["column"]),
        helper.make_node("Expand", ["column", "wide"], ["scores"]),
        helper.make_node("Concat", ["table", "scores"], ["table_and_scores"], axis=1),
        helper.make_node(
            "Transpose",
            ["table_and_scores"],
            ["output0"],
            perm=[0, 1, 2] if form == "ultralytics" else [0, 2, 1],
        ),
    ]
    path = save(
        tmp_path / "mean.onnx",
        np.empty(0, dtype),
        inputs=(("images", kind, [1, 3, 64, 64]),),
        nodes=nodes,
        names=names,
    )
    frame = np.full((64, 64, 3), (51, 102, 204), np.uint8)
    found = Rival(path, form, threads=1).detect(frame, 0.01)
    assert found.confidence[0] == pytest.approx(score, rel=2e-3)


@pytest.mark.parametrize(
    ("shape", "metadata", "asked", "expected"),
    [
        ([1, 3, "height", "width"], {}, None, (640, 640)),
        (["batch", 3, "height", "width"], {"imgsz": "[96, 160]"}, None, (160, 96)),
        ([1, 3, "height", "width"], {"imgsz": "(96, 160)"}, None, (160, 96)),
        ([1, 3, "height", "width"], {"imgsz": "320"}, None, (320, 320)),
        ([1, 3, "height", "width"], {"imgsz": "[[[["}, None, (640, 640)),
        ([1, 3, "height", "width"], {"imgsz": "[96, 160]"}, (64, 32), (64, 32)),
        ([1, 3, 96, 64], {"imgsz": "320"}, None, (64, 96)),
        ([1, 3, 96, 64], {}, (64, 96), (64, 96)),
        ([1, 3, 96, "width"], {}, (64, 96), (64, 96)),
    ],
)
def test_input_size(
    tmp_path: Path,
    shape: list[int | str],
    metadata: dict[str, str],
    asked: tuple[int, int] | None,
    expected: tuple[int, int],
) -> None:
    path = save(
        tmp_path / "r.onnx",
        end_to_end(),
        inputs=(("images", TensorProto.FLOAT, shape),),
        **metadata,
    )
    assert Rival(path, "ultralytics", input_size=asked, threads=1).input_size == expected


@pytest.mark.parametrize(
    ("shape", "asked", "message"),
    [
        ([1, 3, 96, 64], (64, 64), "takes 64x96, not 64x64"),
        ([1, 3, "height", 64], (96, 96), "takes 64xany, not 96x96"),
        ([1, 3, 100, 64], None, "64x100: both sides must be multiples of 32"),
        ([1, 3, "h", "w"], (64, 8192), "64x8192: both sides must be multiples of 32 up to 4096"),
        ([1, 3, "h", "w"], (0, 64), "multiples of 32"),
        ([1, 64, 64, 3], None, r"takes \[1, 64, 64, 3\]; export it for \[1, 3, height, width\]"),
        ([2, 3, 64, 64], None, r"takes \[2, 3, 64, 64\]"),
        ([3, 64, 64], None, r"takes \[3, 64, 64\]"),
    ],
)
def test_input_that_does_not_fit(
    tmp_path: Path, shape: list[int | str], asked: tuple[int, int] | None, message: str
) -> None:
    path = save(tmp_path / "r.onnx", end_to_end(), inputs=(("images", TensorProto.FLOAT, shape),))
    with pytest.raises(RivalError, match=message):
        Rival(path, "ultralytics", input_size=asked)


def test_integer_input(tmp_path: Path) -> None:
    value = ("image", TensorProto.UINT8, [1, 3, 64, 64])
    with pytest.raises(RivalError, match=r"takes tensor\(uint8\), not float"):
        Rival(save(tmp_path / "r.onnx", end_to_end(), inputs=(value,)), "ultralytics")


def test_other_number_of_inputs(tmp_path: Path) -> None:
    path = save(tmp_path / "r.onnx", end_to_end(), inputs=(INPUT, ("more", 1, [1])))
    with pytest.raises(RivalError, match="has 2 inputs and 1 outputs"):
        Rival(path, "ultralytics")


@pytest.mark.parametrize(
    ("form", "shape", "names"),
    [
        ("ultralytics", (1, 7, 7), None),
        ("ultralytics", (1, 4, 84), None),
        ("ultralytics", (1, 252, 5), None),
        ("ultralytics", (84, 6), None),
        ("ultralytics", (2, 6, 84), None),
        ("ultralytics", (1, 3, 8, 8, 7), None),
        # Masks, key points and angles add to the classes.
        ("ultralytics", (1, 4 + 1 + 32, 84), "{0: 'person'}"),
        ("ultralytics", (1, 300, 7), "{0: 'person'}"),
        ("yolox", (1, 252, 85), None),
        ("yolox", (1, 85, 84), None),
        ("yolox", (1, 84, 5), None),
        ("yolox", (1, 84, 85), "{0: 'person'}"),
    ],
)
def test_outputs_of_other_shapes(
    tmp_path: Path, form: str, shape: tuple[int, ...], names: str | None
) -> None:
    metadata = {} if names is None else {"names": names}
    path = save(tmp_path / "r.onnx", np.zeros(shape, np.float32), **metadata)
    with pytest.raises(RivalError, match=rf"'{form}' expects \[1, ") as caught:
        Rival(path, form)
    assert f"gives {list(shape)} at 64x64" in str(caught.value)
    assert ("names 1 classes" in str(caught.value)) == (names is not None)


def test_integer_output(tmp_path: Path) -> None:
    with pytest.raises(RivalError, match="no table of floats"):
        Rival(save(tmp_path / "r.onnx", np.zeros((1, 300, 6), np.int64)), "ultralytics")


@pytest.mark.parametrize("score", [-3.0, 7.5, np.inf])
def test_scores_that_are_logits(tmp_path: Path, score: float) -> None:
    table = columns()
    table[0, 4, 40] = score
    with pytest.raises(RivalError, match=rf"scores from .*{score:g}.*, not 0 to 1"):
        Rival(save(tmp_path / "r.onnx", table), "ultralytics")


def test_no_person_among_the_names(tmp_path: Path) -> None:
    names = repr(dict(enumerate(["car\x1b", "dog", "cat", "bus", "cow", "van"])))
    path = save(tmp_path / "r.onnx", end_to_end(), names=names)
    with pytest.raises(RivalError) as caught:
        Rival(path, "ultralytics")
    assert "knows no person (6 others: car?, dog, cat, bus, cow)" in str(caught.value)


@pytest.mark.parametrize(
    "names",
    [
        "",
        "__import__('os').abort()",
        "{0: 'person', 2: 'car'}",
        "{0: 1}",
        "'person'",
        "[" * 100_000,
        "-" * 100_000 + "1",
        "1" + "+1j" * 80_000,
        "['person', " + "'x', " * 2**18 + "]",
        "\0",
        "{[]: 1}",
        "1if 1else 2",
    ],
)
def test_names_that_are_no_names(
    tmp_path: Path, names: str, recwarn: pytest.WarningsRecorder
) -> None:
    path = save(tmp_path / "r.onnx", end_to_end(), names=names)
    with pytest.raises(RivalError, match="has 'names' that are no list"):
        Rival(path, "ultralytics")
    assert not recwarn.list


@pytest.mark.parametrize("text", [b"images", b"output0", b"person"])
def test_texts_that_are_no_utf8(tmp_path: Path, text: bytes) -> None:
    path = save(tmp_path / "r.onnx", end_to_end(), person="x")
    path.write_bytes(path.read_bytes().replace(text, b"\xff" * len(text)))
    with pytest.raises(RivalError, match=r"r\.onnx is not an ONNX model that can be run \('utf-8'"):
        Rival(path, "ultralytics")


def test_unknown_format(tmp_path: Path) -> None:
    with pytest.raises(RivalError, match="cannot be read as 'tflite'; formats: ultralytics, yolox"):
        Rival(save(tmp_path / "r.onnx", end_to_end()), "tflite")
    assert RIVAL_FORMATS == ("ultralytics", "yolox")


def test_files_that_are_no_models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(RivalError, match=r"gone\.onnx cannot be read: No such file"):
        Rival(tmp_path / "gone.onnx", "ultralytics")
    with pytest.raises(RivalError, match=r"name an \.onnx file"):
        Rival(tmp_path, "ultralytics")
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe.onnx")
        with pytest.raises(RivalError, match=r"name an \.onnx file"):
            Rival(tmp_path / "pipe.onnx", "ultralytics")
    (tmp_path / "text.onnx").write_text("no model\n" * 100)
    with pytest.raises(RivalError, match=r"text\.onnx is no ONNX model") as caught:
        Rival(tmp_path / "text.onnx", "ultralytics")
    assert "\n" not in str(caught.value)
    monkeypatch.setattr(rivals, "MAX_RIVAL_BYTES", 2**10)
    (tmp_path / "large.onnx").write_bytes(bytes(2**10 + 1))
    with pytest.raises(RivalError, match=r"large\.onnx is not a file of up to"):
        Rival(tmp_path / "large.onnx", "ultralytics")


def test_weights_in_another_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    graph = helper.make_graph(
        [helper.make_node("Identity", ["weights"], ["output0"])],
        "rival",
        [helper.make_tensor_value_info(*INPUT)],
        [helper.make_tensor_value_info("output0", TensorProto.FLOAT, [1, 300, 6])],
        [numpy_helper.from_array(end_to_end(), "weights")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    path = tmp_path / "r.onnx"
    onnx.save(model, path, save_as_external_data=True, location="w.bin", size_threshold=0)
    assert (tmp_path / "w.bin").stat().st_size == 7200
    monkeypatch.chdir(tmp_path)
    for name in (path, Path("r.onnx")):
        with pytest.raises(RivalError, match="keeps weights in another file"):
            Rival(name, "ultralytics")


def test_model_that_fails_while_it_runs(tmp_path: Path) -> None:
    shape = numpy_helper.from_array(np.array([1, 7, -1]), "shape")
    nodes = [
        helper.make_node("Constant", [], ["shape"], value=shape),
        helper.make_node("Reshape", ["images", "shape"], ["output0"]),
    ]
    inputs = (("images", TensorProto.FLOAT, [1, 3, "height", "width"]),)
    path = save(tmp_path / "r.onnx", np.empty(0, np.float32), inputs=inputs, nodes=nodes)
    with pytest.raises(RivalError, match="fails at 64x64") as caught:
        Rival(path, "ultralytics", input_size=(64, 64))
    assert "\n" not in str(caught.value)


def test_what_is_no_frame(tmp_path: Path) -> None:
    rival = Rival(save(tmp_path / "r.onnx", end_to_end()), "ultralytics", threads=1)
    with pytest.raises(ValueError, match="H x W x 3 uint8"):
        rival.detect(np.zeros((10, 10), np.uint8), 0.5)


def test_name_that_could_move_the_cursor(tmp_path: Path) -> None:
    try:
        path = save(tmp_path / "a\x1b[2Jb.onnx", end_to_end())
    except OSError:
        pytest.skip("this file system has no such names")
    assert Rival(path, "ultralytics", threads=1).name == "a?[2Jb"
