import pytest
from pytestqt.qtbot import QtBot

from pedcam.ui import theme
from pedcam.ui.panels.live_badge import LiveBadge
from pedcam.video.stream.stream import StreamState


@pytest.mark.parametrize(
    ("state", "color"),
    [
        (StreamState.PLAYING, "good"),
        (StreamState.PAUSED, "muted"),
        (StreamState.STALLED, "warning_line"),
        (StreamState.RECONNECTING, "bad"),
        (StreamState.FAILED, "bad"),
    ],
)
def test_the_dot_says_whether_pictures_come(qtbot: QtBot, state: StreamState, color: str) -> None:
    badge = LiveBadge()
    qtbot.addWidget(badge)
    badge.show_state(state)
    assert badge.dot == getattr(theme.colors(), color)


def test_it_is_read_out(qtbot: QtBot) -> None:
    badge = LiveBadge()
    qtbot.addWidget(badge)
    badge.show_state(StreamState.PLAYING)
    assert badge.accessibleName() == "Live: Playing"
