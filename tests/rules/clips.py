"""Rules, alerts and results that have them, what is told of them, and reading clips back."""

import threading
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import supervision as sv
from numpy.typing import NDArray

from pedcam.rules.actions import ActionHandlers
from pedcam.rules.alert import Alert
from pedcam.rules.sending.message import Message
from pedcam.video.people.counts import Counts, Event, EventKind
from pedcam.video.people.rules import Action, Enters, Rule
from pedcam.video.stream.results import Result
from tests.factories import RATE, make_detections, make_result, number_in, numbered_image


def alert(rule: str, index: int, time: float | None = None) -> Event:
    time = index / RATE if time is None else time
    return Event(EventKind.ALERT, 1, index, time, "Door", rule=rule, detail="someone enters")


def result(
    index: int,
    *rules: str,
    image: NDArray[np.uint8] | None = None,
    people: sv.Detections | None = None,
    time: float | None = None,
    segment: int = 0,
) -> Result:
    """A numbered frame of 25 per second, at which these rules fire."""
    events = tuple(alert(rule, index, time) for rule in rules)
    return make_result(
        index,
        make_detections((40, 8, 72, 56), identities=[1]) if people is None else people,
        image=numbered_image(index) if image is None else image,
        time=time,
        segment=segment,
        counts=Counts(1, 3, 6.0, events=events),
    )


def pictures_in(path: Path) -> list[tuple[float, NDArray[np.uint8]]]:
    with av.open(str(path)) as container:
        return [
            (frame.time, frame.to_ndarray(format="bgr24")) for frame in container.decode(video=0)
        ]


def numbers_in(path: Path) -> list[tuple[float, int]]:
    """The times and numbers of the pictures of a clip."""
    return [(round(time, 3), number_in(image)) for time, image in pictures_in(path)]


def rule(name: str, *then: Action) -> Rule:
    return Rule(name, Enters(), then=frozenset(then))


class Told:
    """Remembers what was called."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.sounds: list[Alert] = []
        self.notices: list[Alert] = []
        self.clips: list[tuple[Event, Path]] = []
        self.problems: list[str] = []
        self.clip_came = threading.Event()

    def take_clip(self, event: Event, path: Path) -> None:
        self.clips.append((event, path))
        self.clip_came.set()

    def handlers(self, send: Callable[[Message], object] | None = None) -> ActionHandlers:
        return ActionHandlers(
            send=send or self.messages.append,
            on_sound=self.sounds.append,
            on_notify=self.notices.append,
            on_clip=self.take_clip,
            on_problem=self.problems.append,
        )
