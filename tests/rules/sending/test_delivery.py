import json
import logging
import re
import socket
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from pedcam.rules.sending import delivery
from pedcam.rules.sending.delivery import Problem, address_problem, deliver, try_address
from pedcam.rules.sending.message import Message
from tests.rules.sending.webhook import Webhook

pytest.importorskip("apprise")

PICTURE = b"\xff\xd8 picture \xff\xd9"
MESSAGE = Message("Alert", "Someone is there\nsince 5 s", {"rule": "door", "people": 2, "at": None})


@pytest.fixture
def hook() -> Iterator[Webhook]:
    with Webhook() as made:
        yield made


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "000-x.jpg"
    path.write_bytes(PICTURE)
    return path


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_a_webhook_gets_text_picture_and_fields(hook: Webhook, picture: Path) -> None:
    assert deliver(hook.url, MESSAGE, picture) is None
    got = hook.next()
    assert got == {
        "version": got["version"],
        "title": "Alert",
        "message": "Someone is there\nsince 5 s",
        "type": "info",
        "attachments": [
            {"filename": "picture.jpg", "base64": PICTURE, "mimetype": "image/jpeg"},
        ],
        "id": MESSAGE.id,
        "rule": "door",
        "people": 2,
        "at": None,
    }
    assert hook.received.empty()


def test_what_stands_in_the_address_goes_before(hook: Webhook) -> None:
    assert deliver(f"{hook.url}&:rule=mine&:house=3", MESSAGE) is None
    got = hook.next()
    assert (got["rule"], got["house"], got["people"], got["attachments"]) == ("mine", "3", 2, [])


def test_a_form_gets_text_picture_and_fields(hook: Webhook, picture: Path) -> None:
    assert deliver(hook.url.replace("json:", "form:"), MESSAGE, picture) is None
    body = hook.next()
    assert hook.content_types[0].startswith("multipart/form-data")
    assert PICTURE in body
    for name, value in (("message", MESSAGE.text), ("id", MESSAGE.id), ("people", "2")):
        assert f'name="{name}"\r\n\r\n{value}\r\n'.encode() in body


def test_other_services_get_text_and_picture(hook: Webhook, picture: Path) -> None:
    assert deliver(f"ntfy://127.0.0.1:{hook.port}/topic", MESSAGE, picture) is None
    assert hook.next() == PICTURE


def test_mqtt_gets_json() -> None:
    title, text = delivery._prepare(None, "mqtt", MESSAGE)
    assert title == ""
    assert json.loads(text) == {
        "id": MESSAGE.id,
        "title": "Alert",
        "message": MESSAGE.text,
        "rule": "door",
        "people": 2,
        "at": None,
    }


@pytest.mark.parametrize(
    ("status", "said", "permanent"),
    [
        (400, "no sense|not make sense", True),
        (401, "refused the user name", True),
        (403, "not allow", True),
        (404, "nothing at this address", True),
        (408, "not accept", False),
        (418, "not accept", True),
        (429, "no more messages", False),
        (500, "problem of its own", False),
        (503, "problem of its own", False),
        # Followed, it would become a GET without any content.
        (302, "has moved", True),
    ],
)
def test_what_a_server_answers(hook: Webhook, status: int, said: str, permanent: bool) -> None:
    hook.status = status
    problem = deliver(hook.url, MESSAGE)
    assert problem is not None
    assert re.search(said, problem.text)
    assert f"(HTTP {status})" in problem.text
    assert problem.permanent is permanent
    hook.next()
    assert hook.received.empty()


def test_a_server_that_is_away() -> None:
    assert deliver(f"json://hunter2@127.0.0.1:{free_port()}", MESSAGE) == Problem(
        "The server refused the connection. Is it running, and is the port right?"
    )


def test_a_name_that_no_server_has(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)

    def unknown(*args: object) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    assert deliver("json://hunter2.invalid", MESSAGE) == Problem(
        "There is no server of that name, or no network."
    )


def test_a_server_without_tls(hook: Webhook) -> None:
    assert try_address(f"jsons://hunter2@127.0.0.1:{hook.port}") == (
        "There is no secure connection: the server speaks no TLS."
    )


def test_a_server_that_never_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivery, "ANSWER_TIMEOUT", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        assert try_address(f"json://127.0.0.1:{port}") == "The server did not answer in time."


def test_a_server_that_hangs_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        thread = threading.Thread(target=lambda: server.accept()[0].close())
        thread.start()
        said = try_address(f"json://127.0.0.1:{port}")
        thread.join()
    assert said == "The server broke the connection."


def test_mail_that_is_refused() -> None:
    def serve() -> None:
        connection, _ = server.accept()
        with connection, connection.makefile("rwb", buffering=0) as file:
            file.write(b"220 here\r\n")
            for line in file:
                hello = line.upper().startswith(b"EHLO")
                file.write(b"250-here\r\n250 AUTH PLAIN\r\n" if hello else b"535 5.7.8 no\r\n")

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=serve)
        thread.start()
        url = f"mailto://user:hunter2@example.org:{server.getsockname()[1]}?smtp=127.0.0.1"
        problem = deliver(f"{url}&mode=insecure&to=a@example.org", MESSAGE)
        thread.join()
    assert problem == Problem("The server refused the user name or password.", permanent=True)


def test_a_broker_that_takes_nothing() -> None:
    heard = delivery._Heard()
    heard.logger.warning("An error (rc=4) occured when sending MQTT to broker:1883/hunter2")
    assert "broker did not take" in heard.problem().text


def test_whatever_a_service_raises_stays_inside(
    hook: Webhook, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = delivery._service(hook.url)
    monkeypatch.setattr(delivery, "_service", lambda url: service)

    def fail(**kwargs: object) -> None:
        raise RuntimeError(f"cannot send to {hook.url}")

    monkeypatch.setattr(service, "notify", fail)
    assert deliver(hook.url, MESSAGE) == Problem("The message was not accepted.")


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("hunter2", "begins with its service"),
        ("ntfy://", "begins with its service"),
        ("hunter2://x", "no service for what stands before"),
        ("https://hunter2.example.com/hook", "write jsons:// in place of https://"),
        ("http://hunter2.example.com/hook", "write json:// in place of http://"),
        ("tgram://hunter2", "missing or mistyped behind"),
        ("json://u:hunter2@[::1/x", "missing or mistyped behind"),
    ],
)
def test_mistakes_in_addresses(url: str, said: str) -> None:
    for text in (address_problem(url), try_address(url)):
        assert said in text
        assert "hunter2" not in text
    assert deliver(url, MESSAGE) == Problem(text, permanent=True)


def test_addresses_that_are_fine() -> None:
    assert address_problem(" jsons://u:p@example.org/path ") == ""
    assert address_problem("https://hooks.slack.com/services/T1JJ3T3L2/A1BRTD4JD/" + "x" * 24) == ""


def test_without_apprise(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "apprise", None)
    delivery._apprise.cache_clear()
    assert "pip install apprise" in try_address("json://hunter2")


def test_a_test_message(hook: Webhook) -> None:
    assert try_address(hook.url) == ""
    got = hook.next()
    assert (got["title"], got["test"]) == ("Test from pedcam", True)
    assert got["attachments"][0]["base64"].startswith(b"\xff\xd8\xff")


@pytest.mark.parametrize("status", [200, 404])
def test_no_log_has_any_of_an_address(
    hook: Webhook, status: int, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture
) -> None:
    hook.status = status
    with caplog.at_level(logging.DEBUG):
        logging.getLogger("pedcam").debug("heard")
        deliver(hook.url, MESSAGE)
        deliver("hunter2://x", MESSAGE)
        deliver("tgram://hunter2", MESSAGE)
    assert "heard" in caplog.text
    written = capfd.readouterr()
    assert "hunter2" not in caplog.text + written.out + written.err
