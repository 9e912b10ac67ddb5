import pytest

from pedcam.ui.player.seeking import Jumps, Seeking


def test_one_jump_at_a_time_and_the_last_is_made() -> None:
    sent: list[float] = []
    seeking = Seeking(sent.append)
    for seconds in (1.0, 2.0, 3.0, 4.0):
        seeking.ask(seconds)
    assert (sent, seeking.target) == ([1.0], 4.0)
    seeking.arrived()
    assert (sent, seeking.target) == ([1.0, 4.0], 4.0)
    seeking.arrived()
    assert (sent, seeking.target) == ([1.0, 4.0], None)


def test_a_picture_from_before_the_jump_does_not_end_it() -> None:
    sent: list[float] = []
    seeking = Seeking(sent.append)
    seeking.arrived(0)
    seeking.ask(5.0)
    seeking.ask(6.0)
    seeking.arrived(0)
    assert (sent, seeking.target) == ([5.0], 6.0)
    seeking.arrived(1)
    seeking.arrived(1)
    assert (sent, seeking.target) == ([5.0, 6.0], 6.0)
    seeking.arrived(2)
    assert seeking.target is None


def test_a_jump_that_never_ends_gives_way() -> None:
    sent: list[float] = []
    seeking = Seeking(sent.append)
    seeking.arrived(0)
    seeking.ask(5.0)
    seeking.ask(6.0)
    seeking.give_up()
    assert (sent, seeking.target) == ([5.0, 6.0], 6.0)
    seeking.give_up()
    assert seeking.target is None


def test_nothing_is_sent_to_the_next_source() -> None:
    sent: list[float] = []
    seeking = Seeking(sent.append)
    seeking.ask(5.0)
    seeking.ask(6.0)
    seeking.forget()
    seeking.arrived(0)
    assert (sent, seeking.target) == ([5.0], None)


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
