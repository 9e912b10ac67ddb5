from pathlib import Path

import pytest

from pedcam import bundled
from pedcam.video.sources.spec import SourceError, SourceSpec, open_source, parse_source


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
        ("udp://@:5000", "url", "udp://:5000", "udp://@:5000"),
        ("udp://@239.0.0.1:5000", "url", "udp://239.0.0.1:5000", "udp://@239.0.0.1:5000"),
        ("tcp://:5000?listen=1", "url", "tcp://:5000", "tcp://:5000?listen=1"),
        ("rtp://:5004", "url", "rtp://:5004", "rtp://:5004"),
        ("srt://:9000?mode=listener", "url", "srt://:9000", "srt://:9000?mode=listener"),
        ("rtsp://cam/1#transport=udp", "url", "rtsp://cam/1", "rtsp://cam/1#transport=udp"),
        ("camera:2", "camera", "Camera 2", "2"),
        ("camera:002", "camera", "Camera 2", "2"),
        ("camera: Logitech C920 ", "camera", "Camera Logitech C920", "Logitech C920"),
        ("./camera:2", "file", "camera:2", "camera:2"),
    ],
)
def test_parse_source(text: str, kind: str, title: str, value: str) -> None:
    assert parse_source(text) == SourceSpec(kind, title, value)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("file:walk.mp4", "walk.mp4"),
        ("file:./walk.mp4", "walk.mp4"),
        ("file:/videos/walk.mp4", "/videos/walk.mp4"),
        ("file:///videos/my%20walk.mp4", "/videos/my walk.mp4"),
        ("FILE://localhost/videos/walk.mp4", "/videos/walk.mp4"),
        ("file:///videos/a#1?.mp4", "/videos/a#1?.mp4"),
        ("file:///C:/videos/walk.mp4", "C:/videos/walk.mp4"),
        ("file:/C:/videos/walk.mp4", "C:/videos/walk.mp4"),
        ("file:HERE/100%25.mp4", "HERE/100%25.mp4"),
        ("file:HERE/100%20.mp4", "HERE/100 .mp4"),
    ],
)
def test_addresses_of_files(tmp_path: Path, text: str, value: str) -> None:
    (tmp_path / "100%25.mp4").touch()
    found = parse_source(text.replace("HERE", str(tmp_path)))
    assert (found.kind, found.value) == ("file", value.replace("HERE", str(tmp_path)))


def test_a_file_that_is_called_like_an_address(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("file:walk.mp4").touch()
    assert parse_source("file:walk.mp4").value == "file:walk.mp4"


def test_the_standard_input() -> None:
    with pytest.raises(SourceError, match=r"does not read from its standard input\. Name a video"):
        parse_source("-")


def test_a_file_on_another_computer() -> None:
    with pytest.raises(SourceError, match=r"on another computer, nas\. Name it as this computer"):
        parse_source("file://nas/videos/walk.mp4")


@pytest.mark.parametrize("name", [" walk.mp4", "walk.mp4 ", " 0 "])
def test_names_with_outer_spaces(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.chdir(tmp_path)
    kinds = [parse_source(name).value]
    Path(name).touch()
    kinds.append(parse_source(name).value)
    assert kinds == [name.strip(), name]


@pytest.mark.parametrize(
    "password", ["pa#ss", "pa/ss", "pa?ss", "pa[ss", "pa]ss", "[pass", "1/2@3"]
)
@pytest.mark.parametrize("scheme", ["rtsp", "http"])
def test_a_password_that_ends_early_gets_advice(scheme: str, password: str) -> None:
    with pytest.raises(SourceError) as error:
        open_source(f"{scheme}://admin:{password}@127.0.0.1:1/live", timeout=5)
    assert "Write / ? # @ [ ] in a password as %2F %3F %23 %40 %5B %5D." in str(error.value)
    said = str(error.value)
    assert "admin" not in said
    assert password not in said or password == "/"


@pytest.mark.parametrize("url", ["rtsp://cam:99999/a", "rtsp://me:secret@cam:x/a", "http://[::1/a"])
def test_a_port_that_is_none_gets_other_advice(url: str) -> None:
    with pytest.raises(SourceError, match="Check host and port") as error:
        parse_source(url)
    assert "secret" not in str(error.value)


@pytest.mark.parametrize("name", ["img_%04d.jpg", "%d.png", "a/%03d.jpg"])
def test_numbered_pictures_as_other_programs_name_them(name: str) -> None:
    folder = str(Path(name).parent)
    with pytest.raises(SourceError) as error:
        open_source(name)
    assert str(error.value) == (
        f"There is no file {name}. "
        f"For numbered pictures name the folder that they are in: {folder}."
    )


@pytest.mark.parametrize(
    ("text", "size", "rate"),
    [
        ("camera:0?size=1280x720&rate=30", (1280, 720), 30.0),
        ("camera:0?rate=29.97", None, 29.97),
        ("camera:Front door?size=1x1", (1, 1), None),
        ("camera:0?", None, None),
        ("camera:0", None, None),
        ("0", None, None),
    ],
)
def test_what_a_camera_is_asked_for(
    text: str, size: tuple[int, int] | None, rate: float | None
) -> None:
    spec = parse_source(text)
    assert (spec.kind, spec.size, spec.rate) == ("camera", size, rate)


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("camera:", "No camera is named"),
        ("camera:?size=1x1", "No camera is named"),
        ("camera:0?size=0x720", "'size=0x720'"),
        ("camera:0?size=huge", "'size=huge'"),
        ("camera:0?rate=0", "'rate=0'"),
        ("camera:0?rate=1001", "'rate=1001'"),
        ("camera:0?rate=nan", "'rate=nan'"),
        ("camera:0?zoom=2", "'zoom=2'"),
        ("rtsp://cam/1#transport=pigeon", "tcp or udp"),
    ],
)
def test_what_cannot_be_asked_for(text: str, part: str) -> None:
    with pytest.raises(SourceError) as error:
        parse_source(text)
    assert part in str(error.value)


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
        ("https://cdn/live.m3u8?token=s3cret&sig=1234", "https://cdn/live.m3u8"),
        ("http://cam/live;token=s3cret/1.ts", "http://cam/.../1.ts"),
        ("rtsp://cam:554/user=admin_password=s3cret_channel=1.sdp", "rtsp://cam:554/..."),
        ("rtsps://admin:s3cret@cam/1#transport=tcp", "rtsps://cam/1"),
        ("RTSP://admin:s3cret@CAM/1", "rtsp://cam/1"),
        ("rtmp://admin:s3cret@host/app/stream", "rtmp://host/app/stream"),
        ("srt://host:9000?passphrase=s3cret1234", "srt://host:9000"),
        ("udp://admin:s3cret@:5000", "udp://:5000"),
        ("tcp://admin:s3cret@:5000?listen=1", "tcp://:5000"),
        ("ftp://admin:s3cret@host/1.mp4", "ftp://host/1.mp4"),
        ("gopher2://admin:s3cret@host/1", "gopher2://host/1"),
    ],
)
def test_titles_and_representations_hold_no_password(url: str, title: str) -> None:
    spec = parse_source(url)
    assert spec.title == title
    assert spec.value == url
    for secret in ("s3c", "ret", "admin", "1234"):
        assert secret not in repr(spec)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "  ",
        "rtsp://",
        "udp://",
        "udp://@",
        "http://:8080",
        "http://host:notaport/s3cret",
        "rtsp://a:s3cret/@b",
        "udp://:s3cret/@b",
        "my s3cret://admin",
    ],
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


@pytest.mark.parametrize(
    "text",
    [
        "rtsp:/admin:s3cret@192.168.0.5/live",
        "rtsp//admin:s3cret@192.168.0.5/live",
        "admin:s3cret@192.168.0.5:554/live",
        "http:/admin:s3cret@192.168.0.5/[1].mp4",
    ],
)
def test_a_mistyped_address_is_not_quoted(text: str) -> None:
    with pytest.raises(SourceError) as error:
        parse_source(text)
    assert str(error.value) == (
        "This looks like a mistyped address. Write it like rtsp://name:password@host/stream."
    )


@pytest.mark.parametrize("text", ["C:/videos/walk.mp4", "folder//walk.mp4", "a@b.mp4", "x: y.mp4"])
def test_names_that_look_a_little_like_addresses(text: str) -> None:
    assert parse_source(text).kind == "file"
