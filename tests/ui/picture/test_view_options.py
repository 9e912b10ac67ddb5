import pytest

from pedcam.ui.picture.view_options import OPTIONS, ViewOptions

USUAL = {
    "boxes": True,
    "scores": True,
    "identities": True,
    "traces": False,
    "heat_map": False,
    "blur": False,
}


def test_what_is_drawn_usually() -> None:
    assert ViewOptions().to_dict() == USUAL
    assert tuple(USUAL) == OPTIONS


@pytest.mark.parametrize("name", OPTIONS)
def test_switching(name: str) -> None:
    options = ViewOptions()
    heard: list[bool] = []
    options.subscribe(lambda: heard.append(getattr(options, name)))
    options.set(name, USUAL[name])
    options.set(name, not USUAL[name])
    options.toggle(name)
    assert heard == [not USUAL[name], USUAL[name]]
    assert options.to_dict() == USUAL


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({}, {}),
        ({"blur": True, "boxes": False}, {"blur": True, "boxes": False}),
        # What somebody else may have written.
        (
            {"blur": 1, "boxes": None, "scores": "no", "colour": True, "traces": True},
            {"traces": True},
        ),
    ],
)
def test_what_was_remembered(values: dict[str, object], expected: dict[str, bool]) -> None:
    options = ViewOptions()
    heard: list[None] = []
    options.subscribe(lambda: heard.append(None))
    options.restore(values)
    assert options.to_dict() == {**USUAL, **expected}
    assert len(heard) == bool(expected)
    assert not hasattr(options, "colour")
