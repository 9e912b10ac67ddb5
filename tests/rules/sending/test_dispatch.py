from dataclasses import replace
from pathlib import Path

import pytest

from pedcam.rules.sending.addresses import Address
from pedcam.rules.sending.delivery import Problem
from pedcam.rules.sending.dispatch import Dispatch, Job, SendCounts
from pedcam.rules.sending.message import Message
from pedcam.rules.sending.outbox import Outbox

PHONE, HOOK = Address("Phone", "ntfy://secret"), Address("Hook", "json://secret")
AWAY = Problem("The server refused the connection.")
WRONG = Problem("The server has nothing at this address. (HTTP 404)", permanent=True)


class World:
    """A dispatch with a clock that stands still."""

    def __init__(self, folder: Path, *addresses: Address, **bounds: int) -> None:
        self.clock = 1000.0
        self.said: list[str] = []
        self.dispatch = Dispatch(
            Outbox(folder, clock=lambda: 1e9 + self.clock, **bounds),
            self.said.append,
            clock=lambda: self.clock,
            now=lambda: 1e9 + self.clock,
            jitter=lambda: 0.5,
        )
        self.dispatch.set_limit(30)
        self.dispatch.set_addresses(addresses)

    def send(self, *titles: str) -> None:
        for title in titles:
            self.dispatch.take(Message(title, ""))
            self.clock += 0.01  # files are in the order of their milliseconds

    def jobs(self) -> list[Job]:
        return self.dispatch.jobs()

    def round(self, problem: Problem | None = None) -> list[tuple[str, str]]:
        """Do what is due, all with the same end; return address and title of each."""
        done = []
        for job in self.jobs():
            done.append((job.address.name, job.entry.message.title))
            self.dispatch.finish(job, problem)
        return done


def test_a_message_goes_to_each_address_once(tmp_path: Path) -> None:
    world = World(tmp_path, PHONE, HOOK)
    world.send("One")
    assert world.round() == [("Phone", "One"), ("Hook", "One")]
    assert world.round() == []
    assert world.dispatch.counts == SendCounts(sent=1)
    assert not list(tmp_path.glob("*.j*"))
    assert world.said == []


def test_an_address_that_is_down_does_not_make_others_get_it_twice(tmp_path: Path) -> None:
    world = World(tmp_path, PHONE, HOOK)
    world.send("One")
    phone, hook = world.jobs()
    world.dispatch.finish(phone, AWAY)
    world.dispatch.finish(hook, None)
    world.dispatch.close()

    later = World(tmp_path, PHONE, HOOK)
    assert later.round() == [("Phone", "One")]
    assert later.round() == []
    assert later.dispatch.counts == SendCounts(sent=1)


def test_pauses_grow_to_a_quarter_of_an_hour(tmp_path: Path) -> None:
    world = World(tmp_path, HOOK)
    world.send("One")
    for pause in (5, 10, 20, 40, 80, 160, 320, 640, 900, 900):
        assert world.round(AWAY) == [("Hook", "One")]
        world.clock += pause - 0.5
        assert world.round(AWAY) == []
        assert 0 < world.dispatch.pause() <= 0.5001
        world.clock += 0.5
    assert world.round() == [("Hook", "One")]
    world.send("Two")
    world.round(AWAY)
    assert world.dispatch.pause() == pytest.approx(5)
    assert (
        world.said == ["“Hook”: The server refused the connection. Alerts wait until it works."] * 2
    )


@pytest.mark.parametrize(("jitter", "pause"), [(0.0, 3.75), (1.0, 6.25)])
def test_not_everybody_tries_again_at_once(tmp_path: Path, jitter: float, pause: float) -> None:
    world = World(tmp_path, HOOK)
    world.dispatch._jitter = lambda: jitter
    world.send("One")
    world.round(AWAY)
    assert world.dispatch.pause() == pytest.approx(pause)


def test_one_delivery_at_a_time_to_each_address(tmp_path: Path) -> None:
    world = World(tmp_path, PHONE, HOOK)
    world.send("One", "Two")
    phone, hook = world.jobs()
    world.dispatch.finish(hook, None)
    assert [job.entry.message.title for job in world.jobs()] == ["Two"]
    world.clock += 61
    assert world.jobs() == []
    assert world.said == [f"“{name}”: The server does not answer." for name in ("Phone", "Hook")]
    world.dispatch.finish(phone, None)
    assert [job.address.name for job in world.jobs()] == ["Phone"]


def test_what_cannot_be_mended_is_given_up_after_five_tries(tmp_path: Path) -> None:
    world = World(tmp_path, HOOK)
    world.send("One", "Two", "Three")
    for _ in range(4):
        assert world.round(WRONG) == [("Hook", "One")]
        world.clock += 900
    assert world.dispatch.counts == SendCounts(waiting=3)
    assert world.round(WRONG) == [("Hook", "One")]
    assert world.dispatch.counts.failed == 1
    # The next one is not tried as often.
    world.clock += 900
    assert world.round(WRONG) == [("Hook", "Two")]
    world.clock += 900
    assert world.round() == [("Hook", "Three")]
    assert world.dispatch.counts.sent == 1
    assert world.dispatch.counts.failed == 2
    sentence = "“Hook”: The server has nothing at this address. (HTTP 404)"
    assert world.said == [sentence, f"{sentence} The alert is given up."]


def test_refusals_count_in_a_row_only(tmp_path: Path) -> None:
    world = World(tmp_path, HOOK)
    world.send("One")
    for problem in (WRONG, WRONG, WRONG, WRONG, AWAY, WRONG, WRONG, WRONG, WRONG):
        assert world.round(problem) == [("Hook", "One")]
        world.clock += 900
    assert world.dispatch.counts.failed == 0


def test_a_message_that_one_address_gave_up_still_goes_to_the_other(tmp_path: Path) -> None:
    world = World(tmp_path, PHONE, HOOK)
    world.send("One")
    phone, hook = world.jobs()
    world.dispatch.finish(hook, AWAY)
    for _ in range(4):
        world.dispatch.finish(phone, WRONG)
    world.dispatch.finish(phone, WRONG)
    world.clock += 900
    assert world.round() == [("Hook", "One")]
    assert world.dispatch.counts == SendCounts(sent=0, failed=1, waiting=1)
    assert world.jobs() == []
    assert world.dispatch.counts.waiting == 0


def test_so_many_an_hour(tmp_path: Path) -> None:
    world = World(tmp_path, HOOK)
    world.dispatch.set_limit(2)
    world.send("One", "Two", "Three", "Four")
    assert world.dispatch.counts.failed == 2
    assert world.said == ["The limit of 2 alerts an hour is reached. Further ones are not sent."]
    world.clock += 3599
    world.send("Five")
    world.clock += 1
    world.send("Six")
    assert world.dispatch.counts.failed == 3
    assert [world.round() for _ in range(4)] == [
        [("Hook", "One")],
        [("Hook", "Two")],
        [("Hook", "Six")],
        [],
    ]
    assert len(world.said) == 1


def test_nothing_is_kept_without_an_address(tmp_path: Path) -> None:
    world = World(tmp_path, replace(HOOK, enabled=False))
    world.send("One", "Two")
    assert world.dispatch.counts.failed == 2
    assert world.said == ["There is no address to send alerts to."]
    assert not list(tmp_path.iterdir())


def test_messages_wait_until_the_addresses_are_known(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.dispatch.set_addresses(None)
    world.send("One")
    assert world.jobs() == []
    assert world.dispatch.counts.waiting == 1
    world.dispatch.set_addresses([HOOK])
    assert world.round() == [("Hook", "One")]


def test_addresses_that_are_changed_added_and_removed(tmp_path: Path) -> None:
    world = World(tmp_path, PHONE, HOOK)
    world.send("One")
    world.round(AWAY)
    elsewhere = replace(HOOK, url="json://elsewhere")
    world.dispatch.set_addresses([elsewhere, Address("New", "json://new")])
    # The changed one is tried at once; a new one gets what is new.
    (job,) = world.jobs()
    assert (job.address, job.entry.message.title) == (elsewhere, "One")
    # What goes wrong with the old one means nothing any more.
    world.dispatch.finish(Job(HOOK, job.entry), WRONG)
    assert len(world.said) == 2
    world.dispatch.finish(job, None)
    # It never got to the phone.
    assert world.dispatch.counts == SendCounts(failed=1, waiting=1)


def test_alerts_of_yesterday_are_given_up(tmp_path: Path) -> None:
    world = World(tmp_path, HOOK)
    world.send("One")
    world.clock += 3600
    world.send("Two")
    world.round(AWAY)
    world.clock += 86400 - 3600 + 1
    assert world.round(AWAY) == [("Hook", "Two")]
    assert world.dispatch.counts == SendCounts(failed=1, waiting=1)
    assert world.said[-1] == "Alerts that could not be sent for a day are given up."


def test_a_full_outbox_drops_the_oldest(tmp_path: Path) -> None:
    world = World(tmp_path, HOOK, max_messages=2)
    world.send("One", "Two", "Three", "Four")
    assert world.round() == [("Hook", "Three")]
    assert world.dispatch.counts.failed == 2
    assert world.said == ["Too many alerts wait to be sent. The oldest are dropped."]


def test_a_disk_that_takes_nothing(tmp_path: Path) -> None:
    (tmp_path / "outbox").write_text("a file")
    world = World(tmp_path / "outbox", HOOK)
    world.send("One", "Two")
    assert world.jobs() == []
    assert world.dispatch.counts.failed == 2
    assert world.said[0] == f"Alerts cannot be kept in {tmp_path / 'outbox'}: File exists."


def test_what_was_accepted_is_not_sent_again_where_the_disk_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World(tmp_path, HOOK)
    world.send("One")

    def fail(*args: object, **kwargs: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as full:
        full.setattr("pedcam.rules.sending.outbox.write_atomically", fail)
        assert world.round() == [("Hook", "One")]
        assert world.said == [f"Alerts cannot be kept in {tmp_path}: No space left on device."]
        assert world.jobs() == []
    assert world.round() == []
    assert world.dispatch.counts == SendCounts(sent=1)


def test_damaged_ones_are_told_and_counted(tmp_path: Path) -> None:
    world = World(tmp_path, HOOK)
    world.send("One", "Two")
    next(iter(sorted(tmp_path.glob("*.json")))).write_text("{")
    later = World(tmp_path, HOOK)
    assert later.round() == [("Hook", "Two")]
    assert later.dispatch.counts.failed == 1
    assert later.said == [f"An alert that waited was damaged. It is now {tmp_path}/damaged.json."]


def test_another_process_sends(tmp_path: Path) -> None:
    one, other = World(tmp_path, HOOK), World(tmp_path, HOOK)
    one.send("One")
    one.jobs()
    other.clock += 1
    other.send("Two")
    assert other.jobs() == []
    assert other.dispatch.pause() == 30
    one.dispatch.close()
    assert [job.entry.message.title for job in other.jobs()] == ["One"]


def test_addresses_are_nowhere_in_the_outbox(tmp_path: Path) -> None:
    world = World(tmp_path, PHONE, HOOK)
    world.dispatch.take(Message("One", "", picture=b"picture"))
    world.round(AWAY)
    contents = [path.read_bytes() for path in tmp_path.iterdir()]
    assert any(b"Phone" in content for content in contents)
    assert not any(b"secret" in content for content in contents)
