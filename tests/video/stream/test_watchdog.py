import pytest

from pedcam.video.stream.watchdog import Verdict, Watchdog


@pytest.mark.parametrize(
    ("silent", "usual", "verdict", "look_again"),
    [
        (0.0, 0.04, Verdict.FINE, 2.0),
        (1.5, 0.04, Verdict.FINE, 0.5),
        (2.0, 0.04, Verdict.STALLED, 8.16),  # given up after 10 s and four usual waits
        (10.15, 0.04, Verdict.STALLED, 0.01),
        (10.16, 0.04, Verdict.GONE, 2.0),
        (3.9, 1.0, Verdict.FINE, 0.1),  # a camera with a frame per second
        (4.0, 1.0, Verdict.STALLED, 10.0),
        (14.0, 1.0, Verdict.GONE, 2.0),
    ],
)
def test_silence(silent, usual, verdict, look_again):
    watchdog = Watchdog(stall_after=2.0, abandon_after=10.0)
    assert watchdog.judge(silent, usual) is verdict
    assert watchdog.look_again(silent, usual) == pytest.approx(look_again)
