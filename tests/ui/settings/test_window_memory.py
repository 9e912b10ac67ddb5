import pytest

from pedcam.ui.settings.window_memory import LONGEST_KEY, LONGEST_VALUE, MOST_KEYS, WindowMemory


@pytest.fixture
def memory() -> WindowMemory:
    return WindowMemory()


def test_what_is_remembered_is_recalled(memory: WindowMemory) -> None:
    options = {"boxes": True, "sizes": [320, 0.5, None]}
    assert memory.remember("options", options)
    assert memory.recall("options") == options
    assert memory.recall("nothing") is None
    assert memory.recall("nothing", 7) == 7
    memory.forget("options")
    assert memory.recall("options") is None


def test_a_copy_is_kept_and_given(memory: WindowMemory) -> None:
    sizes = [1, 2]
    memory.remember("sizes", sizes)
    sizes.append(3)
    memory.recall("sizes").append(4)
    assert memory.recall("sizes") == [1, 2]


@pytest.mark.parametrize(
    ("kept", "default", "recalled"),
    [
        (3, 1, 3),
        (3, 1.0, 3.0),
        (2.5, 1, 1),
        (True, 1, 1),
        (1, False, False),
        ("x", [], []),
        (None, 0.5, 0.5),
        ([1], [], [1]),
    ],
)
def test_what_comes_back_is_of_the_type_asked_for(
    memory: WindowMemory, kept: object, default: object, recalled: object
) -> None:
    memory.remember("key", kept)
    value = memory.recall("key", default)
    assert value == recalled
    assert type(value) is type(recalled)


def test_bytes_survive(memory: WindowMemory) -> None:
    assert memory.remember_bytes("geometry", b"\x01\xd9\xd0\xcb\0")
    assert memory.recall_bytes("geometry") == b"\x01\xd9\xd0\xcb\0"
    assert memory.recall_bytes("other") == b""
    memory.remember("geometry", "no base64!")
    assert memory.recall_bytes("geometry") == b""


def test_watchers_hear_of_changes_only(memory: WindowMemory) -> None:
    heard: list[object] = []
    memory.subscribe(lambda: heard.append(memory.recall("key")))
    assert memory.remember("key", 1)
    assert not memory.remember("key", 1)
    memory.forget("key")
    memory.forget("key")
    assert heard == [1, None]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("key", "a" * (LONGEST_VALUE - 1)),
        ("key", float("nan")),
        ("key", b"bytes"),
        ("", 1),
        ("a" * (LONGEST_KEY + 1), 1),
    ],
)
def test_what_is_too_large_or_no_json_is_refused(
    memory: WindowMemory, key: str, value: object
) -> None:
    with pytest.raises(ValueError, match="cannot be remembered"):
        memory.remember(key, value)
    assert memory.to_dict() == {}
    assert WindowMemory({key: value, "other": 1}).to_dict() == {"other": 1}


def test_the_largest_value_is_taken(memory: WindowMemory) -> None:
    # Its quotation marks count.
    assert memory.remember("a" * LONGEST_KEY, "a" * (LONGEST_VALUE - 2))


def test_their_number_is_bounded() -> None:
    memory = WindowMemory({f"key {number}": number for number in range(MOST_KEYS + 10)})
    assert len(memory.to_dict()) == MOST_KEYS
    with pytest.raises(ValueError, match="already"):
        memory.remember("one more", 1)
    assert memory.remember("key 0", "another value")
