from pedcam.ui.compare.state import ComparisonState, Layout


def test_nothing_is_compared_at_first() -> None:
    state = ComparisonState()
    assert not state.active
    assert state.layout is Layout.SIDE_BY_SIDE


def test_watchers_hear_of_changes_only() -> None:
    state = ComparisonState()
    heard: list[tuple[str | None, Layout]] = []
    state.subscribe(lambda: heard.append((state.other, state.layout)))
    for _ in range(2):
        state.set_other("full")
    for _ in range(2):
        state.set_layout(Layout.DIVIDER)
    state.set_other(None)
    assert heard == [
        ("full", Layout.SIDE_BY_SIDE),
        ("full", Layout.DIVIDER),
        (None, Layout.DIVIDER),
    ]
    assert not state.active
