import pytest

from pedcam.ui.state.jumps import Jumps


@pytest.fixture
def sent() -> list[float]:
    return []


@pytest.fixture
def jumps(sent: list[float]) -> Jumps:
    return Jumps(sent.append)


@pytest.mark.parametrize(
    ("by", "position", "duration", "place"),
    [
        (5.0, 3.0, 60.0, 8.0),
        (-5.0, 3.0, 60.0, 0.0),
        (5.0, 58.0, 60.0, 60.0),
        (5.0, 58.0, None, 63.0),
        (5.0, None, 60.0, 5.0),
    ],
)
def test_a_jump_stays_in_the_file(
    jumps: Jumps,
    sent: list[float],
    by: float,
    position: float | None,
    duration: float | None,
    place: float,
) -> None:
    jumps.step(by, position, duration)
    assert sent == [place]


def test_jumps_add_up_until_the_picture_is_there(jumps: Jumps, sent: list[float]) -> None:
    jumps.arrived(0)
    jumps.step(5.0, 10.0, 60.0)
    jumps.arrived(0)  # was on its way
    jumps.step(5.0, 10.04, 60.0)
    jumps.step(-5.0, 10.04, 60.0)
    jumps.arrived(1)
    jumps.step(5.0, 15.2, 60.0)
    assert sent == [15.0, 20.0, 15.0, 20.2]


def test_another_source_knows_nothing_of_the_jump(jumps: Jumps, sent: list[float]) -> None:
    jumps.arrived(0)
    jumps.step(5.0, 10.0, 60.0)
    jumps.forget()
    jumps.step(5.0, 1.0, 60.0)
    assert sent == [15.0, 6.0]


def test_after_the_first_picture_a_jump_starts_from_it(jumps: Jumps, sent: list[float]) -> None:
    jumps.step(5.0, 0.0, 60.0)
    jumps.arrived(7)
    jumps.step(5.0, 4.8, 60.0)
    assert sent == [5.0, 9.8]
