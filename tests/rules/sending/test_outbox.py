import os
import time
from pathlib import Path

import pytest

from pedcam.rules.sending import outbox as module
from pedcam.rules.sending.message import Message
from pedcam.rules.sending.outbox import Outbox, outbox_folder

PICTURE = b"\xff\xd8 picture \xff\xd9"


class Clock:
    """Each look is a second later."""

    def __init__(self) -> None:
        self.time = 1_000_000.0

    def __call__(self) -> float:
        self.time += 1.0
        return self.time


@pytest.fixture
def box(tmp_path: Path) -> Outbox:
    return Outbox(tmp_path / "outbox", clock=Clock())


def again(box: Outbox, **bounds: int) -> Outbox:
    return Outbox(box.folder, **bounds)


def test_messages_outlive_the_process(box: Outbox) -> None:
    first = Message("One", "Someone", {"rule": "door", "people": 2, "far": None}, PICTURE)
    second = Message("Two", "Nobody \udce4")
    box.add(first, ["Phone", "Hook"])
    box.add(second, None)

    one, two = again(box).entries()

    assert (one.message.id, one.message.title, one.message.fields) == (
        first.id,
        "One",
        first.fields,
    )
    assert one.picture is not None
    assert one.picture.read_bytes() == PICTURE
    assert (one.created, one.waiting, one.failed) == (1_000_001.0, ("Phone", "Hook"), False)
    assert (two.message.text, two.picture, two.waiting) == ("Nobody \udce4", None, None)


def test_the_oldest_make_room(box: Outbox) -> None:
    small = again(box, max_messages=2)
    small._clock = Clock()
    assert [small.add(Message(str(i), ""), []) for i in range(2)] == [0, 0]
    first = small.entries()[0]
    assert [small.add(Message(str(i), ""), []) for i in range(2, 4)] == [1, 1]
    # Whoever was just delivering it must not write it again.
    assert small.find(first) is None
    assert [entry.message.title for entry in small.entries()] == ["2", "3"]

    light = again(box, max_bytes=2000)
    light._clock = Clock()
    light._clock.time += 100  # type: ignore[attr-defined]
    # Of about 200 bytes of JSON each; the picture leaves room for its own message only.
    assert light.add(Message("big", "", picture=bytes(1900)), []) == 2
    # Never the new one, even if it is too large on its own.
    assert light.add(Message("huge", "", picture=bytes(3000)), []) == 1
    assert sorted(path.suffix for path in box.folder.iterdir()) == [".jpg", ".json"]


@pytest.mark.skipif(os.name != "posix", reason="permissions of POSIX")
def test_nobody_else_can_look_inside(box: Outbox) -> None:
    box.add(Message("One", "", picture=PICTURE), [])
    assert box.folder.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in box.folder.iterdir()} == {0o600}


@pytest.mark.parametrize("damage", ["cut", "empty", "list", "no text", "no picture", "half", "big"])
def test_damaged_entries_are_set_aside(box: Outbox, damage: str) -> None:
    box.add(Message("One", "", picture=PICTURE), ["Phone"])
    box.add(Message("Two", ""), ["Phone"])
    entry = again(box).entries()[0]
    assert entry.picture is not None
    text = entry.path.read_text()
    match damage:
        case "cut":
            entry.path.write_text(text[:-20])
        case "empty":
            entry.path.write_text("")
        case "list":
            entry.path.write_text("[[" * 5000)
        case "no text":
            entry.path.write_text(text.replace('"text"', '"txt"'))
        case "no picture":
            entry.picture.unlink()
        case "half":
            entry.picture.write_bytes(PICTURE[:4])
        case "big":
            entry.path.write_text(text + " " * 2**16)
    fresh = again(box)
    assert [each.message.title for each in fresh.entries()] == ["Two"]
    assert fresh.damaged == 1
    assert (box.folder / "damaged.json").exists()
    assert [each.message.title for each in again(box).entries()] == ["Two"]


def test_one_process_sends(box: Outbox) -> None:
    assert not box.acquire()  # there is nothing to send, and no folder
    box.add(Message("One", ""), ["Phone", "Hook"])
    assert box.acquire()
    other = again(box)
    assert not other.acquire()
    stale = other.entries()[0]
    assert stale.waiting == ("Phone", "Hook")

    entry = box.entries()[0]
    box.update(module.replace(entry, waiting=("Hook",)))
    box.release()

    assert other.acquire()
    assert other.entries()[0].waiting == ("Hook",)
    assert not box.acquire()


def test_what_a_killed_process_left_is_removed(box: Outbox) -> None:
    box.add(Message("One", "", picture=PICTURE), [])
    orphan = box.folder / "000001000000000-x.jpg"
    unfinished = box.folder / ".name.json.4711.tmp"
    recent = box.folder / "000001000000001-x.jpg"
    for path in (orphan, unfinished, recent):
        path.write_bytes(PICTURE)
    old = time.time() - 120
    for path in (orphan, unfinished, *box.folder.glob("*.json")):
        os.utime(path, (old, old))
    assert box.acquire()
    assert not orphan.exists()
    assert not unfinished.exists()
    assert recent.exists()  # its message may be about to come
    assert box.entries()[0].picture is not None


def test_each_file_of_addresses_has_an_outbox(tmp_path: Path) -> None:
    folders = {outbox_folder(), outbox_folder(tmp_path / "a"), outbox_folder(tmp_path / "b")}
    assert len(folders) == 3
    assert outbox_folder(tmp_path / "a") in folders
