"""Who is who from frame to frame: ByteTrack, with settings for these detectors."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import supervision as sv
from trackers import ByteTrackTracker

LOST_AFTER = 1.5  # seconds unseen after which an identity is given up

# Settings found with rendered clips whose people are known, the demo clip among them, at 25, 8 and
# 5 pictures a second. The "frame rate" does not describe the source, whose own times are used: it
# sets how much the motion model believes a single box. At ByteTrack's 30 it follows every tremble,
# and makes about half as many identities again as there are people. Below 10 it suits those clips
# still better, but their people walk straight on; at 5 it loses somebody who turns round.
_MODEL_RATE = 10.0
_LEAST_OVERLAP = 0.1
_SIGHTINGS = 2  # in a row, before somebody gets an identity

_SHORTEST_STEP = 0.001  # seconds; broken files give many frames the same time
LONGEST_STEP_BACK = 1.0  # seconds; such files also have times out of order, which is no jump


class Tracker:
    """Gives everybody a number that stays the same from frame to frame: 1, 2, 3 and so on.

    A person gets one when seen in two frames in a row, and keeps it while unseen for at most
    :data:`LOST_AFTER` seconds. A number is never given twice. Not thread-safe.
    """

    def __init__(self) -> None:
        self._tracker = ByteTrackTracker(
            lost_track_buffer=round(30 * LOST_AFTER),  # always counted at 30 frames per second
            frame_rate=_MODEL_RATE,
            minimum_consecutive_frames=_SIGHTINGS,
            minimum_iou_threshold=_LEAST_OVERLAP,
        )
        self._last_time: float | None = None
        self._before = 0  # identities given out before the last cut
        self._given = 0

    @property
    def total(self) -> int:
        """Identities given out so far, which is also the highest of them."""
        return self._given

    @property
    def identities(self) -> frozenset[int]:
        """The identities not given up: of people seen just now, or not long ago."""
        ids = (track.tracker_id for track in self._tracker.tracks)
        return frozenset(int(number) + 1 + self._before for number in ids if number >= 0)

    def update(
        self, detections: sv.Detections, time: float, score_threshold: float = 0.0
    ) -> sv.Detections:
        """Follow the people into the next frame.

        Args:
            detections: The people. Scale and shape of the picture do not matter, but must not
                change from frame to frame.
            time: Seconds of the source, ValueError if not finite. May be uneven; frames may be left
                out. If it goes back by over a second, everybody is forgotten as by :meth:`cut`.
            score_threshold: Lowest score that can begin an identity; boxes with a lower one only
                continue one.

        Returns:
            The same boxes in the same order, with ``tracker_id`` set; -1 is somebody who has no
            identity (yet).
        """
        if not np.isfinite(time):
            raise ValueError(f"a frame must have a time, not {time}")
        if self._last_time is not None:
            if time < self._last_time - LONGEST_STEP_BACK:
                self.cut()
            else:
                # Without any step nobody would ever be given up.
                time = max(time, self._last_time + _SHORTEST_STEP)
        self._last_time = time
        self._tracker.track_activation_threshold = score_threshold
        self._tracker.high_conf_det_threshold = score_threshold
        # The tracker changes the order, so every box carries the number of its row.
        found = self._tracker.update(
            sv.Detections(
                detections.xyxy,
                confidence=detections.confidence,
                data={"row": np.arange(len(detections))},
            ),
            timestamp=time,
        )
        ids = np.full(len(detections), -1, np.int64)
        if len(found):
            assert found.tracker_id is not None, "the tracker sets it"
            ids[found.data["row"]] = found.tracker_id
        ids[ids >= 0] += 1 + self._before
        self._given = max(self._given, int(ids.max(initial=0)))
        return replace(detections, tracker_id=ids)

    def cut(self) -> None:
        """Forget everybody, so that nobody is taken for somebody before; numbers go on."""
        self._tracker.reset()
        self._last_time = None
        self._before = self._given
