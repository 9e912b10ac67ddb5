import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pedcam.rules.sending import sender as module
from pedcam.rules.sending.addresses import Address
from pedcam.rules.sending.delivery import Problem
from pedcam.rules.sending.dispatch import SendCounts
from pedcam.rules.sending.message import Message
from pedcam.rules.sending.sender import Sender
from tests.rules.sending.webhook import Webhook

pytest.importorskip("apprise")

PICTURE = b"\xff\xd8 picture \xff\xd9"
Make = Callable[..., Sender]


class Clock:
    """Stands still until it is set forward."""

    def __init__(self) -> None:
        self.time = 0.0

    def __call__(self) -> float:
        return self.time


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def problems() -> queue.Queue[str]:
    return queue.Queue()


@pytest.fixture
def make(tmp_path: Path, clock: Clock, problems: queue.Queue[str]) -> Iterator[Make]:
    made: list[Sender] = []

    def make_sender(*addresses: Address) -> Sender:
        made.append(Sender(tmp_path / "outbox", addresses, on_problem=problems.put, clock=clock))
        return made[-1]

    yield make_sender
    for sender in made:
        assert sender.close(10)


def message(title: str = "Alert") -> Message:
    return Message(title, "Someone is there", {"rule": "door"}, PICTURE)


def test_a_server_gets_text_picture_and_fields_once(make: Make) -> None:
    with Webhook() as hook:
        sender = make(Address("Hook", hook.url))
        sent = message()
        sender.send(sent)
        got = hook.next()
        assert sender.close(10)
        assert (got["id"], got["title"], got["message"], got["rule"]) == (
            sent.id,
            "Alert",
            "Someone is there",
            "door",
        )
        assert got["attachments"][0]["base64"] == PICTURE
        assert hook.received.empty()
    assert sender.counts.sent == 1


def test_a_server_that_was_away_gets_everything_once(
    make: Make, clock: Clock, problems: queue.Queue[str]
) -> None:
    with Webhook() as away:
        pass
    sender = make(Address("Hook", away.url))
    sender.send(message("One"))
    said = problems.get(timeout=30)
    assert "refused the connection" in said
    assert "hunter2" not in said
    sender.send(message("Two"))
    with Webhook(away.port) as back:
        clock.time += 10
        sender.set_limit(30)  # anything that wakes it
        # Messages of one millisecond go in either order.
        assert {back.next()["title"], back.next()["title"]} == {"One", "Two"}
        assert sender.close(10)
        assert back.received.empty()
    assert sender.counts.sent == 2
    assert problems.empty()


def test_a_server_with_problems_of_its_own(
    make: Make, clock: Clock, problems: queue.Queue[str]
) -> None:
    with Webhook() as hook:
        hook.status = 500
        sender = make(Address("Hook", hook.url))
        sender.send(message())
        assert hook.next()["title"] == "Alert"
        assert "(HTTP 500)" in problems.get(timeout=30)
        hook.status = 200
        clock.time += 10
        sender.set_limit(30)
        assert hook.next()["title"] == "Alert"
        assert sender.close(10)
        assert hook.received.empty()


def test_what_is_not_sent_is_there_the_next_time(tmp_path: Path, make: Make) -> None:
    sender = Sender(tmp_path / "outbox")  # the addresses are not known yet
    sender.send(message())
    assert sender.close(10)
    with Webhook() as hook:
        make(Address("Hook", hook.url))
        assert hook.next()["attachments"][0]["base64"] == PICTURE


KILLED = """
import sys, time
from pathlib import Path
from pedcam.rules.sending.addresses import Address
from pedcam.rules.sending.message import Message
from pedcam.rules.sending.sender import Sender
sender = Sender(Path(sys.argv[1]), [Address("Hook", sys.argv[2])], on_problem=print)
for title in ("One", "Two"):
    sender.send(Message(title, "", picture=b"picture"))
while sender.counts.waiting < 2:
    time.sleep(0.01)
print("kill me", flush=True)
time.sleep(60)
"""


def test_a_killed_process_loses_nothing(tmp_path: Path, make: Make) -> None:
    with Webhook() as away:
        pass
    arguments = [sys.executable, "-c", KILLED, str(tmp_path / "outbox"), away.url]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        said = ""
        while "kill me" not in said:
            said += process.stdout.readline()
        assert "hunter2" not in said
        process.send_signal(signal.SIGKILL)
        assert process.wait(30) == -signal.SIGKILL
    left = list((tmp_path / "outbox").iterdir())
    assert sorted(path.suffix for path in left) == ["", ".jpg", ".jpg", ".json", ".json"]
    assert not any(b"hunter2" in path.read_bytes() for path in left)
    with Webhook(away.port) as back:
        sender = make(Address("Hook", back.url))
        # Messages of one millisecond go in either order.
        assert {back.next()["title"], back.next()["title"]} == {"One", "Two"}
        assert sender.close(10)
        assert back.received.empty()
    assert not [path.name for path in (tmp_path / "outbox").iterdir() if path.name != "lock"]


def test_sending_and_closing_wait_for_nobody(
    make: Make, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    begun, go_on = threading.Event(), threading.Event()
    delivered: queue.Queue[str] = queue.Queue()

    def hang(url: str, message: Message, picture: Path | None) -> Problem | None:
        if url == "json://hangs":
            begun.set()
            go_on.wait(30)
        delivered.put(f"{url} {message.title}")
        return None

    monkeypatch.setattr(module, "deliver", hang)
    sender = make(Address("Slow", "json://hangs"), Address("Quick", "json://quick"))
    sender.send(message("One"))
    assert begun.wait(30)
    # One that hangs delays nobody else, and what comes meanwhile is safe on the disk.
    sender.send(message("Two"))
    assert [delivered.get(timeout=30) for _ in range(2)] == [
        "json://quick One",
        "json://quick Two",
    ]
    assert len(list((tmp_path / "outbox").glob("*.json"))) == 2
    assert not sender.close(0.01)
    go_on.set()
    # What was delivered while it closed is not delivered again.
    assert sender.close(10)
    assert delivered.get(timeout=30) == "json://hangs One"
    again = make(Address("Slow", "json://slow"), Address("Quick", "json://quick"))
    assert delivered.get(timeout=30) == "json://slow Two"
    assert again.close(10)
    assert delivered.empty()


def test_an_unforeseen_error_ends_neither_the_thread_nor_the_address(
    tmp_path: Path,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    told: queue.Queue[str] = queue.Queue()
    delivered: queue.Queue[str] = queue.Queue()

    def fail_once(url: str, message: Message, picture: Path | None) -> None:
        if told.empty():
            raise RuntimeError(url)
        delivered.put(message.title)

    def tell(text: str) -> None:
        told.put(text)
        raise OSError("the terminal is gone")

    monkeypatch.setattr(module, "deliver", fail_once)
    addresses = [Address("Hook", "json://hunter2")]
    sender = Sender(tmp_path / "outbox", addresses, on_problem=tell, clock=clock)
    sender.send(message("One"))
    assert told.get(timeout=30).startswith("“Hook”: Something went wrong in pedcam.")
    told.put("")
    clock.time = 10.0
    sender.send(message("Two"))
    assert [delivered.get(timeout=30) for _ in range(2)] == ["One", "Two"]
    assert sender.close(10)
    assert sender.counts.sent == 2
    assert "hunter2" not in caplog.text


def test_more_than_fits_into_memory_is_counted(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_UNTAKEN", 0)
    sender = make(Address("Hook", "json://unused"))
    sender.send(message())
    assert sender.close(10)
    assert sender.counts == SendCounts(failed=1)


def test_nothing_is_written_until_there_is_something_to_send(tmp_path: Path, make: Make) -> None:
    assert make(Address("Hook", "json://unused")).close(10)
    assert not (tmp_path / "outbox").exists()
