import queue
import re
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import pedcam.headless.detect as headless
from pedcam.errors import UserError
from pedcam.headless.watch import watch_source
from pedcam.rules.alert import Alert
from pedcam.rules.rules_file import RuleSet
from pedcam.rules.sending.addresses import Address
from pedcam.video.people.counters import IgnoredZone, Line, Zone
from pedcam.video.people.rules import Action, Crosses, Enters, Rule
from pedcam.video.sources.frame import SourceError
from tests.factories import write_clip
from tests.rules.sending.webhook import Webhook
from tests.video.servers import JpegCamera
from tests.video.standins import PATIENCE, Bench, FakeSource

# The one who is found is 20 pixels high, with the feet at (number + 5, 21) of 128 x 64.
VISITOR = Rule("Visitor", Enters(), cooldown=0)


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    """50 frames at 25 per second."""
    return write_clip(tmp_path / "clip.mp4", [n / 25 for n in range(50)])


class Watch:
    """A watch in a thread of its own; what it says and sees comes in queues."""

    def __init__(self, bench: Bench, folder: Path) -> None:
        self.alerts = queue.Queue[Alert]()
        self.messages = queue.Queue[str]()
        self.errors = queue.Queue[UserError]()
        self.stop = threading.Event()
        self.address = ""
        self._bench, self._folder = bench, folder
        self._thread = threading.Thread(target=lambda: None)

    def start(self, source: str, *rules: Rule) -> None:
        def work() -> None:
            try:
                watch_source(
                    source,
                    self._bench.pool,
                    RuleSet(rules=rules),
                    "a",
                    folder=self._folder,
                    port=0,
                    on_alert=self.alerts.put,
                    on_message=self.messages.put,
                    stop=self.stop,
                )
            except UserError as error:
                self.errors.put(error)

        self._thread = threading.Thread(target=work)
        self._thread.start()
        self.address = self.message().split()[0]

    def message(self) -> str:
        return self.messages.get(timeout=PATIENCE)

    def alert(self) -> Alert:
        return self.alerts.get(timeout=PATIENCE)

    def ask(self, path: str) -> tuple[int, str]:
        try:
            with urllib.request.urlopen(self.address + path, timeout=PATIENCE) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def metric(self, name: str) -> float:
        found = re.search(rf"^pedcam_{re.escape(name)} (\S+)$", self.ask("/metrics")[1], re.M)
        assert found is not None, name
        return float(found[1])

    def close(self) -> None:
        self.stop.set()
        self._thread.join(PATIENCE)
        assert not self._thread.is_alive()


@pytest.fixture
def watch(bench: Bench, tmp_path: Path) -> Iterator[Watch]:
    watch = Watch(bench, tmp_path / "alerts")
    yield watch
    watch.close()


def test_a_recording_to_its_end(clip: Path, tmp_path: Path, bench: Bench) -> None:
    rules = RuleSet(
        [Line("Gate", (0.2, 0), (0.2, 1))],
        [Zone("Left", ((0, 0), (0.15, 0), (0.15, 1), (0, 1)))],
        [IgnoredZone("Right", ((0.25, 0), (1, 0), (1, 1), (0.25, 1)))],
        [
            Rule("In", Enters(), "Left", then=frozenset({Action.SNAPSHOT})),
            Rule("Over", Crosses(), "Gate", then=frozenset({Action.CLIP})),
            Rule("Nothing", Enters(), "Left"),
        ],
    )
    alerts: list[Alert] = []
    folder = tmp_path / "alerts"
    watch_source(str(clip), bench.pool, rules, "a", folder=folder, on_alert=alerts.append)
    # Followed from frame 1 on; clear of the line, at 25.6 pixels, by 3 of them in frame 24.
    assert [(alert.event.rule, alert.event.frame) for alert in alerts] == [
        ("In", 1),
        ("Nothing", 1),
        ("Over", 24),
    ]
    assert {alert.source for alert in alerts} == {"clip.mp4"}
    kept = sorted(re.sub(r"_\d{4}-.*\.", ".", path.name) for path in folder.iterdir())
    assert kept == ["clip-mp4_In.png", "clip-mp4_Over.mp4"]


def test_without_snapshots_and_clips_there_is_no_folder(
    clip: Path, tmp_path: Path, bench: Bench
) -> None:
    watch_source(
        str(clip), bench.pool, RuleSet(rules=(VISITOR,)), "a", folder=tmp_path / "no" / "folder"
    )
    assert not (tmp_path / "no").exists()
    kept = Rule("Kept", Enters(), then=frozenset({Action.CLIP}))
    with pytest.raises(UserError, match="There is no folder"):
        watch_source(
            str(clip), bench.pool, RuleSet(rules=(kept,)), "a", folder=tmp_path / "no" / "folder"
        )


def test_messages_are_sent_before_it_ends(clip: Path, tmp_path: Path, bench: Bench) -> None:
    rules = RuleSet(rules=(Rule("Visitor", Enters(), then=frozenset({Action.SEND})),))
    with Webhook() as hook:
        watch_source(
            str(clip),
            bench.pool,
            rules,
            "a",
            folder=tmp_path,
            addresses=[Address("Hook", hook.url)],
            outbox=tmp_path / "outbox",
        )
        got = hook.received.get_nowait()
        assert (got["title"], got["rule"], got["frame"]) == ("Visitor", "Visitor", 1)
        assert hook.received.empty()


def test_rules_that_send_need_an_address(clip: Path, tmp_path: Path, bench: Bench) -> None:
    rules = RuleSet(rules=(Rule("Visitor", Enters(), then=frozenset({Action.SEND})),))
    off = Address("Phone", "json://127.0.0.1", enabled=False)
    for addresses in ([], [off]):
        with pytest.raises(UserError, match="no address to send to"):
            watch_source(str(clip), bench.pool, rules, "a", folder=tmp_path, addresses=addresses)


def test_an_address_that_cannot_work_is_told_before_there_is_an_alert(
    clip: Path, tmp_path: Path, bench: Bench
) -> None:
    rules = RuleSet(rules=(Rule("Never", Crosses(), "Gate", then=frozenset({Action.SEND})),))
    said: list[str] = []
    watch_source(
        str(clip),
        bench.pool,
        rules,
        "a",
        folder=tmp_path,
        addresses=[Address("Phone", "jsn://hunter2")],
        outbox=tmp_path / "outbox",
        on_message=said.append,
    )
    assert said == ["“Phone”: There is no service for what stands before “://”."]


def test_a_port_that_is_taken_leaves_no_sender(clip: Path, tmp_path: Path, bench: Bench) -> None:
    before = set(threading.enumerate())
    rules = RuleSet(rules=(Rule("Visitor", Enters(), then=frozenset({Action.SEND})),))
    with Webhook() as hook, pytest.raises(UserError, match="cannot be used"):
        watch_source(
            str(clip),
            bench.pool,
            rules,
            "a",
            folder=tmp_path,
            addresses=[Address("Hook", hook.url)],
            outbox=tmp_path / "outbox",
            port=hook.port,
        )
    left = set(threading.enumerate()) - before
    assert not [thread.name for thread in left if thread.name.startswith("pedcam")]


def test_a_source_that_cannot_be_opened(watch: Watch, tmp_path: Path) -> None:
    watch.start(str(tmp_path / "no.mp4"), VISITOR)
    assert "There is no file" in str(watch.errors.get(timeout=PATIENCE))
    watch.close()
    with pytest.raises(urllib.error.URLError):
        watch.ask("/healthz")


def test_a_live_source_from_its_opening_to_its_loss_and_back(
    watch: Watch, bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = FakeSource(live=True), FakeSource(live=True)
    openings = queue.Queue[Any]()

    def open_next(spec: object) -> FakeSource:
        opening = openings.get(timeout=PATIENCE)
        if isinstance(opening, Exception):
            raise opening
        assert isinstance(opening, FakeSource)
        return opening

    monkeypatch.setattr(headless, "open_source", open_next)
    watch.start("0", VISITOR)
    assert watch.ask("/healthz") == (503, "The source is being opened.\n")
    openings.put(first)
    # Somebody is followed from the second sighting on.
    first.give(0)
    bench.detectors["a"].started.get(timeout=PATIENCE)
    first.give(1)
    assert watch.alert().source == "Camera 0"
    assert watch.ask("/healthz") == (200, "ok\n")
    assert watch.metric('alerts_total{rule="Visitor"}') == 1
    assert (watch.metric("frames_total"), watch.metric("people")) == (2, 1)
    assert (watch.metric("up"), watch.metric("reconnects_total")) == (1, 0)

    first.give(SourceError("The cable is cut."))
    lost = watch.message()
    assert lost.startswith("The cable is cut. Trying again in ")
    assert watch.ask("/healthz") == (503, f"{lost}\n")
    assert watch.metric("up") == 0
    # Only the first of many attempts is worth a line.
    openings.put(SourceError("There is no camera 0."))
    openings.put(second)
    second.give(0)
    assert watch.message().startswith("Frames come again, after ")
    assert watch.messages.empty()
    assert watch.ask("/healthz") == (200, "ok\n")
    assert (watch.metric("frames_total"), watch.metric("reconnects_total")) == (3, 1)
    watch.close()
    assert second.closed.is_set()


def test_a_camera_on_the_network_that_goes_away_for_a_while(watch: Watch) -> None:
    camera = JpegCamera()
    camera.start()
    try:
        watch.start(camera.address, VISITOR)
        watch.alert()
        assert watch.ask("/healthz") == (200, "ok\n")
        camera.kill()
        lost = watch.message()
        assert "Trying again" in lost
        code, reason = watch.ask("/healthz")
        assert (code, "Trying again" in reason) == (503, True)
        camera.start()
        assert watch.message().startswith("Frames come again, after ")
        assert watch.ask("/healthz") == (200, "ok\n")
        watch.alert()  # nobody is followed across a gap
    finally:
        watch.close()
        camera.kill()


def test_no_thread_is_left(clip: Path, tmp_path: Path, bench: Bench) -> None:
    before = set(threading.enumerate())
    rules = RuleSet(rules=(Rule("Visitor", Enters(), then=frozenset({Action.CLIP})),))
    watch_source(str(clip), bench.pool, rules, "a", folder=tmp_path / "alerts", port=0)
    left = set(threading.enumerate()) - before
    for thread in left:
        thread.join(PATIENCE)
    assert not any(thread.is_alive() for thread in left)
