import pytest

from pedcam.ui.player.playback import Playback
from pedcam.video.sources.frame import SourceInfo
from pedcam.video.stream.stream import StreamState, StreamStatus


def file_playing(*, live: bool = False, duration: float | None = 12.0) -> Playback:
    playback = Playback()
    playback.open("street.mp4")
    source = SourceInfo("street.mp4", live, (4, 3), 25.0, duration)
    playback.set_status(StreamStatus(StreamState.PLAYING), source)
    return playback


@pytest.mark.parametrize(
    ("live", "duration", "state", "seek", "speed"),
    [
        (False, 12.0, StreamState.PLAYING, True, True),
        (False, 12.0, StreamState.ENDED, True, True),
        (False, None, StreamState.PLAYING, False, True),
        (True, None, StreamState.PLAYING, False, False),
        (False, 12.0, StreamState.CONNECTING, False, False),
        (False, 12.0, StreamState.FAILED, False, False),
    ],
)
def test_what_can_be_done(live, duration, state, seek, speed) -> None:
    playback = file_playing(live=live, duration=duration)
    playback.set_status(StreamStatus(state))
    assert (playback.can_seek, playback.can_set_speed) == (seek, speed)


@pytest.mark.parametrize(
    ("speed", "slower", "faster"),
    [(0.25, 0.25, 0.5), (1.0, 0.5, 1.5), (1.2, 1.0, 1.5), (4.0, 2.0, 4.0)],
)
def test_speeds_come_in_steps(speed: float, slower: float, faster: float) -> None:
    playback = file_playing()
    playback.set_speed(speed)
    assert (playback.slower, playback.faster) == (slower, faster)


def test_another_source_begins_at_its_own_pace() -> None:
    playback = file_playing()
    playback.set_speed(2.0)
    playback.set_loop(True)
    playback.position = 3.0
    playback.open("other.mp4")
    assert (playback.speed, playback.loop, playback.position) == (1.0, False, None)


def test_the_same_source_opened_again_goes_on_as_before() -> None:
    playback = file_playing()
    playback.set_speed(2.0)
    playback.set_loop(True)
    playback.reopen()
    assert (playback.speed, playback.loop, playback.state) == (2.0, True, StreamState.CONNECTING)
    assert playback.source == SourceInfo("street.mp4")


def test_watchers_hear_of_speed_and_loop_but_not_of_every_picture() -> None:
    playback = file_playing()
    heard: list[tuple[float, bool]] = []
    playback.subscribe(lambda: heard.append((playback.speed, playback.loop)))
    playback.set_speed(2.0)
    playback.set_speed(2.0)
    playback.set_loop(True)
    playback.position = 1.0
    assert heard == [(2.0, False), (2.0, True)]


def test_playback_forgets_the_source_before() -> None:
    playback = Playback()
    assert not playback.has_source
    playback.open("one")
    assert playback.has_source
    assert not playback.can_pause
    source = SourceInfo("One", True, (4, 3), 30.0, 9.0)
    playback.set_status(StreamStatus(StreamState.PLAYING), source)
    assert playback.can_pause
    playback.open("two")
    assert playback.source == SourceInfo("two")
    assert playback.state is StreamState.CONNECTING
    playback.close()
    assert not playback.has_source
