import pytest

from pedcam.ui.compare.state import ComparisonState, Layout, RateMeter


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def state() -> ComparisonState:
    return ComparisonState()


def test_nothing_is_compared_at_first(state: ComparisonState) -> None:
    assert not state.active
    assert state.layout is Layout.SIDE_BY_SIDE
    assert (state.left_rate, state.right_rate) == (None, None)


def test_watchers_hear_of_changes_only(state: ComparisonState) -> None:
    heard: list[tuple[str | None, Layout, float | None]] = []
    state.subscribe(lambda: heard.append((state.other, state.layout, state.left_rate)))
    assert state.set_other("full")
    assert not state.set_other("full")
    for _ in range(2):
        state.set_layout(Layout.DIVIDER)
    for _ in range(2):
        state.set_rates(20.0, 5.0)
    assert heard == [
        ("full", Layout.SIDE_BY_SIDE, None),
        ("full", Layout.DIVIDER, None),
        ("full", Layout.DIVIDER, 20.0),
    ]


def test_another_preset_has_another_rate(state: ComparisonState) -> None:
    state.set_other("full")
    state.set_rates(20.0, 5.0)
    state.set_other("float")
    assert (state.left_rate, state.right_rate) == (20.0, None)
    state.set_rates(20.0, 5.0)
    state.set_other(None)
    assert not state.active
    assert (state.left_rate, state.right_rate) == (None, None)


def test_the_rate_is_that_of_the_last_seconds() -> None:
    clock = Clock()
    meter = RateMeter(span=2.0, clock=clock)
    assert meter.rate is None
    meter.tick()
    assert meter.rate is None
    for _ in range(4):
        clock.now += 0.25
        meter.tick()
    # Four steps in one second.
    assert meter.rate == pytest.approx(4.0)
    # A second without any counts.
    clock.now += 1.0
    assert meter.rate == pytest.approx(2.0)
    # At 102.5 the first two, of 100 and 100.25, are forgotten: two steps since 100.5.
    clock.now += 0.5
    assert meter.rate == pytest.approx(1.0)
    clock.now += 2.0
    assert meter.rate is None


def test_the_rate_begins_again() -> None:
    clock = Clock()
    meter = RateMeter(clock=clock)
    meter.tick()
    clock.now += 0.1
    meter.tick()
    assert meter.rate == pytest.approx(10.0)
    meter.clear()
    assert meter.rate is None
