from pathlib import Path

import pytest
from PyQt6.QtCore import QMimeData, QUrl

from pedcam.ui.start.drop_target import dropped_source


def drag(*urls: str, text: str = "") -> QMimeData:
    data = QMimeData()
    if urls:
        data.setUrls([QUrl(url) for url in urls])
    if text:
        data.setText(text)
    return data


@pytest.mark.parametrize(
    ("data", "source"),
    [
        (drag("file:///videos/a%20b.mp4"), "/videos/a b.mp4"),
        (drag("mailto:someone", "file:///b.mp4", "file:///c.mp4"), "/b.mp4"),
        (drag("rtsp://10.0.0.1/live"), "rtsp://10.0.0.1/live"),
        (drag("rtsp://me:a%2Fb@10.0.0.1/a%20b"), "rtsp://me:a%2Fb@10.0.0.1/a%20b"),
        (drag(text="http://example.org/a%2Fb%20c?d=%23"), "http://example.org/a%2Fb%20c?d=%23"),
        (drag(text=" https://example.org/a.m3u8 "), "https://example.org/a.m3u8"),
        (drag(text="just words"), None),
        (drag("mailto:someone"), None),
        (drag("http:///no-host"), None),
        (QMimeData(), None),
        (None, None),
    ],
)
def test_what_can_be_dropped(data: QMimeData | None, source: str | None) -> None:
    found = dropped_source(data)
    assert (found and Path(found)) == (source and Path(source))
