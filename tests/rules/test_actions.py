import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
import supervision as sv
from numpy.typing import NDArray

from pedcam.errors import UserError
from pedcam.rules.actions import ActionOptions, Actions
from pedcam.rules.alert import Alert
from pedcam.rules.sending.message import Message
from pedcam.video.people.counters import IgnoredZone
from pedcam.video.people.rules import Action
from pedcam.video.stream.results import Result
from tests.disk import full_disk
from tests.factories import HEIGHT, WIDTH
from tests.rules.clips import Told, pictures_in, result

AT = 1_772_355_900.0  # seconds since 1970


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def options(tmp_path: Path) -> ActionOptions:
    return ActionOptions(
        tmp_path / "pictures",
        tmp_path / "clips",
        snapshots_marked=False,
        clips_marked=False,
    )


@pytest.fixture
def actions(told: Told, options: ActionOptions) -> Actions:
    return Actions("Camera 0", options, told.handlers())


def take(actions: Actions, taken: Result, *then: Action) -> None:
    """Have it take in a result, of which every rule does the same."""
    assert taken.counts is not None
    alerts = [Alert(event, "Camera 0", AT, taken.counts) for event in taken.counts.events]
    each = frozenset(then)
    actions.take(taken, [(alert, each) for alert in alerts], clips_wanted=True)


def write_all(actions: Actions) -> None:
    while any(clip.waits for clip in actions.clips):
        actions.write()


class TestPrivacy:
    NOISE = np.random.default_rng(0).integers(0, 256, (HEIGHT, WIDTH, 3), np.uint8)
    ALL = (Action.CLIP, Action.SNAPSHOT, Action.SEND)

    def play(self, actions: Actions) -> None:
        """Somebody stands there, and is missed in the last frame, at which the rule fires."""
        for index in range(10):
            take(actions, result(index, image=self.NOISE))
        nobody = sv.Detections.empty()
        take(actions, result(10, "a", image=self.NOISE, people=nobody), *self.ALL)
        actions.end_clips()

    def roughness(self, image: NDArray[np.uint8]) -> float:
        """How much neighbours differ where the person is; 85 in noise."""
        return float(np.abs(np.diff(image[8:56, 40:72].astype(int), axis=1)).mean())

    def sent(self, told: Told) -> NDArray[np.uint8]:
        (message,) = told.messages
        assert message.picture is not None
        image = cv2.imdecode(np.frombuffer(message.picture, np.uint8), cv2.IMREAD_COLOR)
        return np.asarray(image, np.uint8)

    def snapshot(self, options: ActionOptions) -> NDArray[np.uint8]:
        (path,) = options.snapshots.iterdir()
        return np.asarray(cv2.imread(str(path)), np.uint8)

    @pytest.mark.parametrize("clips", [True, False])
    @pytest.mark.parametrize("snapshots", [True, False])
    def test_people_are_blurred_where_that_is_set(
        self, told: Told, options: ActionOptions, clips: bool, snapshots: bool
    ) -> None:
        options = replace(options, clips_blurred=clips, snapshots_blurred=snapshots)
        self.play(Actions("Camera 0", options, told.handlers()))
        recorded = [image for _, image in pictures_in(told.clips[0][1])]
        assert len(recorded) == 11
        assert all((self.roughness(image) < 15) is clips for image in recorded)
        assert (self.roughness(self.snapshot(options)) < 15) is snapshots
        # What is sent leaves this computer.
        assert (self.roughness(self.sent(told)) < 15) is (clips or snapshots)

    def test_nothing_from_before_is_kept_once_it_is_to_be_blurred(
        self, actions: Actions, told: Told, options: ActionOptions
    ) -> None:
        take(actions, result(0))
        actions.set_options(replace(options, clips_blurred=True))
        take(actions, result(2, "a"), Action.CLIP)
        actions.end_clips()
        assert len(pictures_in(told.clips[0][1])) == 1

    def test_zones_are_black_everywhere(
        self, actions: Actions, told: Told, options: ActionOptions
    ) -> None:
        left = ((0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0))
        zone = IgnoredZone("Poster", left, blacked_out=True)
        taken = replace(result(0, "a", image=self.NOISE), ignored=(zone,))
        take(actions, taken, *self.ALL)
        actions.end_clips()
        ((_, recorded),) = pictures_in(told.clips[0][1])
        for image in (recorded, self.snapshot(options), self.sent(told)):
            assert image[:, :56].max() < 20
            assert image[:, 72:].max() > 200

    def test_people_are_marked_where_that_is_set(self, told: Told, options: ActionOptions) -> None:
        options = replace(options, clips_marked=True, snapshots_marked=True)
        actions = Actions("Camera 0", options, told.handlers())
        take(actions, result(0, "a"), *self.ALL)
        actions.end_clips()
        ((_, recorded),) = pictures_in(told.clips[0][1])
        for image in (recorded, self.snapshot(options), self.sent(told)):
            # The middle of the left edge of the box, which is green.
            blue, green, red = image[40, 40].astype(int)
            assert green - max(blue, red) > 50


class TestProblems:
    def test_a_file_that_is_removed_meanwhile(
        self, actions: Actions, told: Told, options: ActionOptions
    ) -> None:
        for index in range(5):
            take(actions, result(index, *["a"] * (index == 4)), Action.CLIP)
        write_all(actions)
        (path,) = options.clips.iterdir()
        path.unlink()
        actions.end_clips()
        assert told.clips == []
        assert told.problems == [
            f"Rule “a”: {path} is gone: it was moved or deleted while it was written."
        ]

    def test_a_folder_that_is_removed_is_made_again(
        self, actions: Actions, told: Told, options: ActionOptions
    ) -> None:
        for index in (0, 500):
            take(actions, result(index, "a", segment=index), Action.SNAPSHOT)
            (path,) = options.snapshots.iterdir()
            path.unlink()
            options.snapshots.rmdir()
        assert told.problems == []

    @pytest.mark.skipif(sys.platform == "win32", reason="Windows has no file size limits")
    def test_a_full_disk_is_said_once_and_the_rest_goes_on(
        self, actions: Actions, told: Told
    ) -> None:
        random = np.random.default_rng(1)
        with full_disk(60_000):
            for index in range(60):
                noise = random.integers(0, 256, (HEIGHT, WIDTH, 3), np.uint8)
                segment, fires = divmod(index, 20)
                taken = result(index, *["a"] * (fires == 10), image=noise, segment=segment)
                take(actions, taken, Action.CLIP, Action.NOTIFY)
                write_all(actions)
        assert len(told.notices) == 3
        (problem,) = told.problems
        assert problem.startswith("Rule “a”: ")
        assert "cannot be written: File too large. What was recorded until then is in" in problem
        # The beginning can be played.
        assert [event.frame for event, _ in told.clips] == [10, 30, 50]
        for _, path in told.clips:
            with av.open(str(path)) as container:
                assert next(container.decode(video=0)).time == 0

    def test_a_sender_that_fails_is_said_again_only_after_it_worked(
        self, told: Told, options: ActionOptions
    ) -> None:
        def send(message: Message) -> None:
            if message.fields["frame"] != 4:
                raise UserError("The outbox is full.")

        actions = Actions("Camera 0", options, told.handlers(send))
        problems = []
        for index in (0, 2, 4, 6, 8):
            take(actions, result(index, "a"), Action.SEND, Action.SNAPSHOT, Action.CLIP)
            problems.append(len(told.problems))
        assert problems == [1, 1, 1, 2, 2]
        assert set(told.problems) == {"Rule “a”: The outbox is full."}
        assert len(list(options.snapshots.iterdir())) == 5
        actions.end_clips()
        assert len(told.clips) == 5

    def test_what_nobody_expected_is_said_without_details(
        self, told: Told, options: ActionOptions, caplog: pytest.LogCaptureFixture
    ) -> None:
        def send(message: Message) -> None:
            raise RuntimeError("secret")

        actions = Actions("Camera 0", options, told.handlers(send))
        take(actions, result(0, "a"), Action.SEND, Action.SNAPSHOT, Action.SOUND)
        assert told.problems == ["Rule “a”: The send failed, as something went wrong in pedcam."]
        assert len(list(options.snapshots.iterdir())) == len(told.sounds) == 1
        assert "secret" in caplog.text

    def test_a_folder_that_cannot_be_made_is_said(
        self, told: Told, options: ActionOptions, tmp_path: Path
    ) -> None:
        options = replace(options, snapshots=tmp_path / "no" / "disk")
        actions = Actions("Camera 0", options, told.handlers())
        take(actions, result(0, "a"), Action.SNAPSHOT, Action.CLIP)
        actions.end_clips()
        (problem,) = told.problems
        assert "Connect the disk it is on" in problem
        assert len(told.clips) == 1

    def test_without_a_picture_the_rest_is_done(
        self, actions: Actions, told: Told, options: ActionOptions
    ) -> None:
        empty: Callable[..., Result] = lambda taken: replace(  # noqa: E731
            taken, frame=replace(taken.frame, image=np.empty((0, 0, 3), np.uint8))
        )
        take(actions, empty(result(0, "a")), Action.SNAPSHOT, Action.SEND, Action.NOTIFY)
        assert told.problems == ["Rule “a”: No picture was kept: this computer cannot follow."]
        assert told.messages[0].picture is None
        assert len(told.notices) == 1
