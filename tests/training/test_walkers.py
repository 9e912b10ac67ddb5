"""Rendered street scenes: geometry, labels, gait, clips, data sets and the command line."""

import json
import subprocess
import sys
from dataclasses import replace

import av
import cv2
import numpy as np
import pytest

from training.walkers import WalkerClip, WalkerImage, render_still, write_dataset
from training.walkers.__main__ import main
from training.walkers.camera import Camera
from training.walkers.light import random_light
from training.walkers.person.gait import FLAT, SHANK, STANCE, THIGH, Gait
from training.walkers.person.look import random_look
from training.walkers.person.walker import Walker
from training.walkers.raster import Sprite, draw
from training.walkers.scene import compose

EMPTY_SEED = 20
SIZE = (256, 160)


@pytest.fixture(scope="module")
def scenes() -> list[WalkerImage]:
    return [render_still(seed, *SIZE) for seed in range(24)]


@pytest.fixture(scope="module")
def clip() -> WalkerClip:
    return WalkerClip(3, 480, 272, seconds=4)


def same(a: WalkerImage, b: WalkerImage) -> bool:
    return (
        np.array_equal(a.image, b.image)
        and np.array_equal(a.boxes, b.boxes)
        and np.array_equal(a.visibility, b.visibility)
    )


def overlap(a: np.ndarray, b: np.ndarray) -> float:
    """Intersection over union of two boxes."""
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    shared = max(width, 0) * max(height, 0)
    return shared / (np.prod(a[2:] - a[:2]) + np.prod(b[2:] - b[:2]) - shared)


def sprite(
    box: tuple[int, int, int, int], depth: float, *, person: bool = True, cover: float = 1.0
) -> Sprite:
    """A plain rectangle."""
    x1, y1, x2, y2 = box
    full = np.full((y2 - y1, x2 - x1), cover, np.float32)
    return Sprite(
        x1,
        y1,
        np.zeros((*full.shape, 3), np.float32),
        full,
        full * person,
        tuple(map(float, box)) if person else None,
        depth,
    )


# The camera


def test_a_point_ahead_at_lens_height_is_in_the_middle():
    camera = Camera(641, 385, focal=500, height=1.6)
    pixels, depth = camera.project(np.array([[0.0, 1.6, 10.0], [1.0, 0.6, 10.0]], np.float32))
    np.testing.assert_allclose(pixels, [[320, 192], [370, 242]], atol=1e-3)
    np.testing.assert_allclose(depth, [10, 10])


def test_turning_right_moves_the_scene_left():
    camera = Camera(641, 385, focal=500, height=1.6, yaw=0.1)
    pixels, _ = camera.project(np.array([0.0, 1.6, 10.0], np.float32))
    assert pixels[0] == pytest.approx(320 - 500 * np.tan(0.1), abs=0.01)


def test_tilting_down_moves_the_horizon_up():
    camera = Camera(641, 385, focal=500, height=1.6, pitch=0.2)
    pixels, _ = camera.project(np.array([0.0, 1.6, 1e6], np.float32))
    assert pixels[1] == pytest.approx(192 - 500 * np.tan(0.2), abs=0.05)


def test_ground_is_the_inverse_of_project():
    camera = Camera(640, 384, 450, 2.3, pitch=0.15, yaw=-0.3, roll=0.02)
    points = np.array([[1.0, 0, 6.0], [-4.0, 0, 12.0], [0.0, 0, 40.0]], np.float32)
    pixels, _ = camera.project(points)
    x, z, _ = camera.ground(pixels[:, 0], pixels[:, 1])
    np.testing.assert_allclose(np.stack([x, z], 1), points[:, [0, 2]], rtol=1e-3, atol=1e-3)


def test_panning_by_homography_agrees_with_projecting_anew():
    camera = Camera(640, 384, 450, 2.3, pitch=0.15)
    wide, panned = camera.widened(60, 10), camera.turned(yaw=0.05, pitch=0.004)
    points = np.array([[1.0, 0.3, 6.0], [-4.0, 2.0, 12.0]], np.float32)
    before, _ = wide.project(points)
    after, _ = panned.project(points)
    moved = cv2.perspectiveTransform(before[None], wide.pan_matrix(panned))[0]
    np.testing.assert_allclose(moved, after, atol=0.02)


# Walking


@pytest.mark.parametrize("speed", [0.8, 1.3, 1.7])
def test_planted_feet_do_not_slide(speed):
    walker = Walker(
        random_look(np.random.default_rng(1)), Gait(1.75, speed, start=0.1), 2.0, 9.0, 0.7
    )
    planted = {0: [], 1: []}
    for time in np.arange(0, 0.98 * walker.gait.period, 0.01):
        x, z = walker.at(time)
        c, s = np.cos(walker.heading), np.sin(walker.heading)
        phase = walker.gait.phase(time)
        for side, foot in enumerate(walker.gait.pose(time).feet):
            own = (phase + 0.5 * side) % 1
            if FLAT < own < STANCE:
                a, _, b = foot.ball * 1.75
                step = int(time / walker.gait.period + 0.1 + 0.5 * side)
                planted[side].append((step, x + a * c + b * s, z - a * s + b * c))
    for places in planted.values():
        steps = np.array(places)
        for step in np.unique(steps[:, 0]):
            spots = steps[steps[:, 0] == step, 1:]
            assert np.ptp(spots, axis=0).max() < 0.002


def test_a_foot_is_on_the_ground_all_the_time_and_both_are_some_of_the_time():
    gait = Gait(1.75, 1.3)
    feet = [gait.pose(t).feet for t in np.linspace(0, gait.period, 101)[:-1]]
    planted = np.array([[min(f.ball[1], f.heel[1]) < 1e-9 for f in pair] for pair in feet])
    assert planted.any(axis=1).all()
    assert planted.all(axis=1).mean() == pytest.approx(2 * STANCE - 1, abs=0.03)


def test_soles_never_sink_into_the_ground():
    gait = Gait(1.75, 1.3)
    low = min(
        min(foot.ball[1], foot.heel[1])
        for t in np.linspace(0, gait.period, 60)
        for foot in gait.pose(t).feet
    )
    assert low > -1e-9


def test_knees_bend_forwards_and_about_as_far_as_human_knees():
    gait = Gait(1.75, 1.3)
    angles = []
    for time in np.linspace(0, gait.period, 60):
        pose = gait.pose(time)
        for hip, knee, foot in zip(pose.hips, pose.knees, pose.feet, strict=True):
            thigh, shank = hip - knee, foot.ankle - knee
            cosine = thigh @ shank / np.linalg.norm(thigh) / np.linalg.norm(shank)
            angles.append(180 - np.degrees(np.arccos(np.clip(cosine, -1, 1))))
            # The knee lies ahead of the line from hip to ankle.
            share = THIGH / (THIGH + SHANK)
            assert knee[2] > hip[2] + (foot.ankle[2] - hip[2]) * share - 1e-6
    # Flexion in human walking: 5 to 20 degrees in stance, about 60 in the swing.
    assert min(angles) < 8
    assert 45 < max(angles) < 70


def test_step_length_is_human():
    gait = Gait(1.75, 1.35)
    assert gait.stride / 2 * 1.75 == pytest.approx(0.67, abs=0.06)
    assert 1.35 * gait.period == pytest.approx(gait.stride * 1.75)


# Boxes


@pytest.mark.parametrize("heading", [0.0, 0.8, np.pi / 2, np.pi, 4.0])
def test_a_box_is_tight_around_what_is_drawn(heading):
    rng = np.random.default_rng(5)
    look = replace(random_look(rng), bag="", umbrella=False)
    walker = Walker(look, Gait(look.stature, 1.3, 0.2), 0.3, 7.0, heading)
    camera = Camera(640, 480, 700, 1.6, pitch=0.1)
    drawn = draw(walker.solid(0.0, 16), camera, random_light(rng, "sunny"))
    rows, columns = np.nonzero(drawn.person > 0.25)
    mask = (
        drawn.x + columns.min(),
        drawn.y + rows.min(),
        drawn.x + columns.max() + 1,
        drawn.y + rows.max() + 1,
    )
    np.testing.assert_allclose(drawn.box, mask, atol=1.6)
    assert drawn.box[3] - drawn.box[1] == pytest.approx(700 * look.stature / 7.0, rel=0.08)


def test_a_bag_and_an_umbrella_are_drawn_but_not_boxed():
    rng = np.random.default_rng(5)
    bare = replace(random_look(rng), bag="", umbrella=False)
    laden = replace(bare, bag="case", umbrella=True)
    camera, light = Camera(640, 480, 500, 1.6, pitch=0.1), random_light(rng, "overcast")
    first, second = (
        draw(Walker(look, Gait(look.stature, 0), 0, 7, 1.5).solid(0, 16), camera, light)
        for look in (bare, laden)
    )
    assert second.box == pytest.approx(first.box, abs=0.01)
    assert second.cover.sum() > 1.3 * first.cover.sum()


def test_boxes_lie_inside_the_image(scenes):
    width, height = SIZE
    for scene in scenes:
        assert scene.image.shape == (height, width, 3)
        assert scene.image.dtype == np.uint8
        assert scene.boxes.dtype == scene.visibility.dtype == np.float32
        assert scene.boxes.shape == (len(scene.visibility), 4)
        assert (scene.boxes >= 0).all()
        assert (scene.boxes[:, 2] <= width).all()
        assert (scene.boxes[:, 3] <= height).all()
        assert (scene.boxes[:, 2:] > scene.boxes[:, :2]).all()
        assert ((scene.visibility >= 0) & (scene.visibility <= 1)).all()


def test_scenes_hold_varied_crowds(scenes):
    counts = [len(scene.boxes) for scene in scenes]
    heights = np.concatenate([scene.boxes[:, 3] - scene.boxes[:, 1] for scene in scenes])
    assert len(set(counts)) >= 5
    assert max(counts) <= 14
    assert heights.max() > 2.5 * np.median(heights)


def test_scenes_without_people_exist():
    scene = render_still(EMPTY_SEED, *SIZE)
    assert scene.boxes.shape == (0, 4)
    assert scene.visibility.shape == (0,)
    assert scene.image.std() > 5


# What hides what


@pytest.mark.parametrize(
    ("near", "visible"),
    [
        (sprite((50, 0, 60, 60), 4.0, person=False), 1.0),
        (sprite((10, 40, 20, 60), 4.0, person=False), 0.5),
        (sprite((10, 20, 15, 60), 4.0, person=False), 0.5),
        (sprite((0, 0, 40, 80), 4.0, person=False), 0.0),
        (sprite((0, 0, 40, 80), 4.0, person=False, cover=0.25), 0.75),
        (sprite((0, 0, 40, 80), 9.0, person=False), 1.0),
    ],
)
def test_visibility_is_the_share_left_uncovered(near, visible):
    person = sprite((10, 20, 20, 60), 6.0)
    boxes, visibility = compose(np.zeros((100, 100, 3), np.float32), [near, person])
    np.testing.assert_allclose(boxes, [[10, 20, 20, 60]])
    np.testing.assert_allclose(visibility, [visible], atol=1e-6)


def test_two_people_before_a_third_add_up():
    crowd = [sprite((0, 0, 20, 40), 9.0), sprite((0, 0, 20, 10), 5.0), sprite((0, 5, 20, 20), 3.0)]
    _, visibility = compose(np.zeros((50, 50, 3), np.float32), crowd)
    np.testing.assert_allclose(visibility, [1.0, 0.5, 0.5], atol=1e-6)


def test_a_box_is_clipped_and_its_visibility_counts_pixels_in_the_image_only():
    cut = replace(sprite((0, 10, 6, 50), 5.0), box=(-4.0, 10.0, 6.0, 50.0))
    post = sprite((3, 0, 9, 90), 2.0, person=False)
    boxes, visibility = compose(np.zeros((90, 90, 3), np.float32), [cut, post])
    np.testing.assert_allclose(boxes, [[0, 10, 6, 50]])
    np.testing.assert_allclose(visibility, [0.5])


def test_a_sliver_at_the_border_gets_no_box():
    sliver = replace(sprite((0, 10, 1, 50), 5.0), box=(-14.0, 10.0, 1.0, 50.0))
    boxes, _ = compose(np.zeros((90, 90, 3), np.float32), [sliver])
    assert len(boxes) == 0


def test_sprites_are_painted_far_to_near():
    image = np.ones((4, 4, 3), np.float32)
    red = replace(sprite((0, 0, 4, 4), 8.0), color=np.full((4, 4, 3), (0, 0, 1), np.float32))
    half = replace(
        sprite((0, 0, 4, 2), 3.0, cover=0.5), color=np.full((2, 4, 3), (0.5, 0, 0), np.float32)
    )
    compose(image, [half, red])
    np.testing.assert_allclose(image[0, 0], (0.5, 0, 0.5))
    np.testing.assert_allclose(image[3, 0], (0, 0, 1))


# The same seed


def test_a_seed_gives_the_same_scene_in_any_order(scenes):
    for seed in (7, 2, 11):
        assert same(render_still(seed, *SIZE), scenes[seed])


def test_global_random_state_neither_matters_nor_changes(scenes):
    np.random.seed(4)
    before = np.random.get_state()[1].copy()
    assert same(render_still(5, *SIZE), scenes[5])
    np.testing.assert_array_equal(np.random.get_state()[1], before)


def test_other_seeds_give_other_scenes(scenes):
    assert len({scene.image.tobytes() for scene in scenes}) == len(scenes)


# Clips


def test_a_clip_has_the_frames_it_promises(clip):
    assert len(clip) == 100
    assert len(list(WalkerClip(1, 96, 64, rate=10, seconds=0.5))) == 5


def test_frames_of_a_clip_can_be_rendered_in_any_order(clip):
    again = WalkerClip(3, 480, 272, seconds=4)
    late, early = again.frame(30), again.frame(4)
    assert same(early, clip.frame(4))
    assert same(late, clip.frame(30))


def test_boxes_move_little_from_frame_to_frame(clip):
    before, after = clip.frame(20), clip.frame(21)
    large = [box for box in before.boxes if box[3] - box[1] > 40 and box[0] > 4 and box[2] < 476]
    assert len(large) >= 3
    for box in large:
        assert max(overlap(box, other) for other in after.boxes) > 0.65


def test_a_clip_shows_the_crowd_it_promises(clip):
    counts = [len(clip.frame(index).boxes) for index in (0, 50, 99)]
    assert min(counts) >= 6
    assert max(counts) <= 13


def test_people_walk_through_the_picture():
    film = WalkerClip(3, 160, 96, seconds=12)
    walkers = [w for w in film.walkers if w.gait.speed > 0]
    assert len(walkers) > 12
    assert {np.sign(np.sin(w.heading)) for w in walkers} == {-1.0, 1.0}


@pytest.mark.parametrize("wrong", [{"rate": 0}, {"seconds": -1}, {"width": 8}])
def test_a_wrong_clip_is_refused(wrong):
    with pytest.raises(ValueError, match="positive"):
        WalkerClip(1, **{"width": 160, "height": 96, **wrong})


# Data sets


def test_a_dataset_is_a_coco_folder(tmp_path):
    write_dataset(tmp_path / "set", 8, seed=3, width=SIZE[0], height=SIZE[1], workers=1)
    table = json.loads((tmp_path / "set" / "walkers.json").read_text())
    assert [category["name"] for category in table["categories"]] == ["person"]
    assert len(table["images"]) == len({image["id"] for image in table["images"]}) == 8
    for image in table["images"]:
        picture = cv2.imread(str(tmp_path / "set" / image["file_name"]))
        assert picture.shape == (image["height"], image["width"], 3) == (SIZE[1], SIZE[0], 3)
    ids = {image["id"] for image in table["images"]}
    found = table["annotations"]
    assert len(found) > 5
    assert len({annotation["id"] for annotation in found}) == len(found)
    for annotation in found:
        x, y, w, h = annotation["bbox"]
        assert annotation["image_id"] in ids
        assert annotation["category_id"] == 1
        assert min(x, y) >= 0
        assert x + w <= SIZE[0] + 0.02
        assert y + h <= SIZE[1] + 0.02
        assert annotation["area"] == pytest.approx(w * h, abs=0.01)
        hard = annotation["visibility"] < 0.2 or h < 12
        assert annotation["ignore"] == annotation["iscrowd"] == int(hard)


def test_a_dataset_does_not_depend_on_the_number_of_workers(tmp_path):
    for name, workers in (("one", 1), ("two", 2)):
        write_dataset(tmp_path / name, 3, seed=9, width=160, height=96, workers=workers)
    for path in sorted((tmp_path / "one").rglob("*.*")):
        other = tmp_path / "two" / path.relative_to(tmp_path / "one")
        assert path.read_bytes() == other.read_bytes()


# The command line


def test_clip_writes_a_film_and_leaves_nothing_else(tmp_path):
    output = tmp_path / "demo.mp4"
    size = ["--size", "160", "96", "--seconds", "0.4"]
    assert main(["--seed", "3", "--output", str(output), *size]) == 0
    with av.open(str(output)) as film:
        stream = film.streams.video[0]
        assert stream.codec_context.name == "h264"
        assert (stream.width, stream.height, stream.average_rate) == (160, 96, 25)
        assert stream.pix_fmt == "yuv420p"
        assert sum(1 for _ in film.decode(video=0)) == 10
    # The index stands before the pictures, so that a browser can start at once.
    content = output.read_bytes()
    assert content.index(b"moov") < content.index(b"mdat")
    assert list(tmp_path.iterdir()) == [output]


@pytest.mark.parametrize("size", ["huge 480", "640", "641 480", "2 2"])
def test_a_wrong_size_is_explained(size, capsys):
    with pytest.raises(SystemExit) as stop:
        main(["--size", *size.split()])
    assert stop.value.code == 2
    assert "--size" in capsys.readouterr().err


def test_rendering_needs_neither_torch_nor_the_app():
    code = (
        "import sys, training.walkers, training.walkers.__main__;"
        "sys.exit(any(m.split('.')[0] in ('torch', 'pedcam', 'PyQt6') for m in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
