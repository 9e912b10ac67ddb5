from pedcam.ui.player.seeking import Seeking


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
