import pytest

from pedcam.ui.settings.window_memory import WindowMemory


@pytest.mark.parametrize(
    ("kept", "default", "recalled"),
    [
        (3, 1, 3),
        (2.5, 1, 1),
        (True, 1, 1),
        (1, False, False),
        ("x", [], []),
        (None, 0.5, 0.5),
        ([1], [], [1]),
        ({"boxes": True}, {}, {"boxes": True}),
    ],
)
def test_what_comes_back_is_of_the_type_asked_for(
    kept: object, default: object, recalled: object
) -> None:
    memory = WindowMemory({"key": kept})
    value = memory.recall("key", default)
    assert value == recalled
    assert type(value) is type(recalled)
    assert memory.recall("nothing", default) == default


def test_watchers_hear_of_changes_only() -> None:
    memory = WindowMemory()
    heard: list[int] = []
    memory.subscribe(lambda: heard.append(memory.recall("key", 0)))
    for value in (1, 1, 2):
        memory.remember("key", value)
    assert heard == [1, 2]
    assert memory.to_dict() == {"key": 2}
