from collections.abc import Callable

from pedcam.ui.presets.selection import Threshold


def test_watching_ends_when_it_is_ended() -> None:
    threshold, heard = Threshold(), list[str]()
    end = threshold.subscribe(lambda: heard.append("first"))
    threshold.subscribe(lambda: heard.append("second"))
    threshold.set(0.1)
    assert heard == ["first", "second"]
    for _ in range(2):
        end()
        threshold.set(None)
        threshold.set(0.1)
    assert heard[2:] == ["second"] * 4


def test_ending_twice_ends_nothing_else() -> None:
    threshold, heard = Threshold(), list[float | None]()

    def watcher() -> None:
        heard.append(threshold.override)

    end = threshold.subscribe(watcher)
    other = threshold.subscribe(watcher)
    end()
    threshold.set(0.1)
    assert heard == [0.1]
    end()
    threshold.set(0.2)
    assert heard == [0.1, 0.2]
    other()
    threshold.set(0.3)
    assert heard == [0.1, 0.2]


def test_watching_can_end_while_a_change_is_told() -> None:
    threshold, heard = Threshold(), list[str]()
    ends: dict[str, Callable[[], None]] = {}

    def first() -> None:
        heard.append("first")
        ends["first"]()
        ends["third"]()

    ends["first"] = threshold.subscribe(first)
    threshold.subscribe(lambda: heard.append("second"))
    ends["third"] = threshold.subscribe(lambda: heard.append("third"))
    threshold.subscribe(lambda: heard.append("fourth"))
    # Nobody is left out, and who is not to hear any more does not hear of this either.
    threshold.set(0.1)
    assert heard == ["first", "second", "fourth"]
    threshold.set(0.2)
    assert heard[3:] == ["second", "fourth"]


def test_whoever_begins_to_watch_while_a_change_is_told_hears_of_the_next() -> None:
    threshold, heard = Threshold(), list[float | None]()
    threshold.subscribe(lambda: threshold.subscribe(lambda: heard.append(threshold.override)))
    threshold.set(0.1)
    assert heard == []
    threshold.set(0.2)
    assert heard == [0.2]
