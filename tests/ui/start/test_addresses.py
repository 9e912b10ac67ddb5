import pytest

from pedcam.ui.start.addresses import has_sign_in, problem, with_sign_in


@pytest.mark.parametrize(
    "address",
    [
        "rtsp://user:password@192.168.1.20:554/stream1",
        " RTSP://10.0.0.1/live#transport=udp ",
        "udp://@:5000",
        "udp://239.0.0.1:1234",
        "http://[::1]:8080/v",
        "http://example.org/@somebody/live",
    ],
)
def test_addresses(address: str) -> None:
    assert problem(address) == ""


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("", "begins with"),
        ("192.168.1.20", "begins with"),
        ("/dev/null", "begins with"),
        ("gopher://example.org/a", "begins with"),
        ("file:///etc/passwd", "begins with"),
        ("rtsp://", "host is missing"),
        ("http:///video", "host is missing"),
        ("udp://", "port is missing"),
        ("udp://host", "port is missing"),
        ("tcp://192.168.1.20", "port is missing"),
        ("http://exa mple.org", "no spaces"),
        ("rtsp://me:p#ss@10.0.0.1/live", "in a password"),
        ("rtsp://me:p/ss@10.0.0.1/live", "in a password"),
        ("rtsp://10.0.0.1:99999/", "Check host and port"),
        ("rtsp://10.0.0.1/#transport=pigeon", "tcp or udp"),
        ("http://a/" + "x" * 5000, "too long"),
    ],
)
def test_what_is_no_address(address: str, says: str) -> None:
    assert says in problem(address)


def test_nothing_said_of_an_address_holds_its_password() -> None:
    assert "secret" not in problem("rtsp://me:secret@10.0.0.1:x/")


def test_a_sign_in_is_written_as_it_must_be() -> None:
    address = with_sign_in("rtsp://10.0.0.1:554/live", "me@home", "a/b:c?#")
    assert address == "rtsp://me%40home:a%2Fb%3Ac%3F%23@10.0.0.1:554/live"
    assert problem(address) == ""
    assert has_sign_in(address)
    assert not has_sign_in("rtsp://10.0.0.1/live")
    assert with_sign_in("http://h/", "me", "") == "http://me@h/"
