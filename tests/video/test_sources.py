import pytest

from pedcam import bundled
from pedcam.video.sources import SourceError, SourceSpec, open_source, parse_source


@pytest.mark.parametrize(
    ("text", "kind", "title", "value"),
    [
        ("demo", "demo", "Demo", "demo"),
        ("0", "camera", "Camera 0", "0"),
        (" 12 ", "camera", "Camera 12", "12"),
        ("/dev/video2", "camera", "Camera 2", "2"),
        ("walk.mp4", "file", "walk.mp4", "walk.mp4"),
        ("./demo", "file", "demo", "demo"),
        ("./0", "file", "0", "0"),
        ("20240101123000", "file", "20240101123000", "20240101123000"),
        ("/videos/a b.mkv", "file", "a b.mkv", "/videos/a b.mkv"),
        ("file:///videos/a%20b.mkv", "file", "a b.mkv", "/videos/a b.mkv"),
        ("concat:a|b", "file", "concat:a|b", "concat:a|b"),
        ("~nobody.mp4", "file", "~nobody.mp4", "~nobody.mp4"),
        ("rtsp://cam/1", "url", "rtsp://cam/1", "rtsp://cam/1"),
        ("http://[::1]:8080/v", "url", "http://[::1]:8080/v", "http://[::1]:8080/v"),
    ],
)
def test_parse_source(text: str, kind: str, title: str, value: str) -> None:
    assert parse_source(text) == SourceSpec(kind, title, value)


@pytest.mark.parametrize(
    ("url", "title"),
    [
        ("rtsp://admin:s3cret@192.168.0.9:554/live", "rtsp://192.168.0.9:554/live"),
        ("rtsp://admin:s3c@ret@cam/live", "rtsp://cam/live"),
        ("rtsp://cam/s3c/ret@cam/live", "rtsp://..."),
        ("rtsp://admin:1234/5@10.0.0.1/s", "rtsp://..."),
        ("rtsp://admin:1234#5@10.0.0.1/s", "rtsp://..."),
        ("rtsp://admin:1234?5@10.0.0.1/s", "rtsp://..."),
        ("http://cam/video.cgi?user=admin&pwd=s3cret", "http://cam/video.cgi"),
        ("http://cam/video#s3cret", "http://cam/video"),
    ],
)
def test_titles_and_representations_hold_no_password(url: str, title: str) -> None:
    spec = parse_source(url)
    assert spec.title == title
    assert spec.value == url
    for secret in ("s3c", "ret", "admin", "1234"):
        assert secret not in repr(spec)


@pytest.mark.parametrize(
    "text", ["", "  ", "rtsp://", "http://host:notaport/s3cret", "rtsp://a:s3cret/@b"]
)
def test_texts_that_name_nothing(text: str) -> None:
    with pytest.raises(SourceError) as error:
        parse_source(text)
    assert "s3cret" not in str(error.value)


def test_the_demo_opens() -> None:
    try:
        bundled.asset("demo.mp4")
    except FileNotFoundError:
        pytest.skip("the demo clip is not there")
    source = open_source("demo")
    assert source.title == "Demo"
    assert source.read() is not None
    source.close()


def test_a_missing_demo_is_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise FileNotFoundError(f"{name} is missing")

    monkeypatch.setattr(bundled, "asset", missing)
    with pytest.raises(SourceError, match=r"demo\.mp4 is missing"):
        open_source("demo")
