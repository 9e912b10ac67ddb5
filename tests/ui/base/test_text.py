from collections.abc import Sequence

import pytest

from pedcam.detect.presets import Preset
from pedcam.ui.base import text


@pytest.mark.parametrize(
    ("size", "shown"),
    [(999, "999 bytes"), (1000, "1 KB"), (638_400, "638 KB"), (18_940_000, "18.9 MB")],
)
def test_file_size(size: int, shown: str) -> None:
    assert text.file_size(size) == shown


@pytest.mark.parametrize(
    ("seconds", "shown"), [(0.0, "0:00"), (59.99, "0:59"), (61.0, "1:01"), (3661.0, "1:01:01")]
)
def test_clock(seconds: float, shown: str) -> None:
    assert text.clock(seconds) == shown


@pytest.mark.parametrize(
    ("value", "digits", "shown"), [(None, 1, text.UNKNOWN), (3.14159, 1, "3.1"), (7, 0, "7")]
)
def test_number(value: float | None, digits: int, shown: str) -> None:
    assert text.number(value, digits) == shown


def test_depth(presets: Sequence[Preset]) -> None:
    assert text.depth(presets[1]) == "14 of 28 layers binary"


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("Half & half\n5 > 4", "Half & half\n5 > 4"),
        (
            "<b>Best</b> & first\nof all",
            "<span>&lt;b&gt;Best&lt;/b&gt; &amp; first<br>of all</span>",
        ),
    ],
)
def test_nothing_is_markup(given: str, shown: str) -> None:
    assert text.plain(given) == shown
