from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from pedcam.history.session import Session
from pedcam.history.store import History
from pedcam.history.values import HistoryQuery, HistorySource
from pedcam.history.writer import HistoryWriter
from pedcam.rules.actions import ActionOptions
from pedcam.rules.sending.message import Message
from pedcam.ui.alerts.control import AlertControl, action_options
from pedcam.ui.base.messages import Messages
from pedcam.ui.settings.settings import Settings
from pedcam.ui.zones.state import Zones
from pedcam.video.people.rules import Action, Enters, Rule
from tests.rules.clips import alert, result
from tests.video.standins import PATIENCE


@pytest.fixture
def zones() -> Zones:
    made = Zones()
    made.begin()
    return made


@pytest.fixture
def messages() -> Messages:
    return Messages()


@pytest.fixture
def sent() -> list[Message]:
    return []


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[HistoryWriter]:
    made = HistoryWriter(tmp_path / "history.sqlite3")
    made.start()
    yield made
    assert made.close(PATIENCE)


@pytest.fixture
def control(
    qtbot: QtBot,
    zones: Zones,
    messages: Messages,
    writer: HistoryWriter,
    sent: list[Message],
    tmp_path: Path,
) -> Iterator[AlertControl]:
    options = action_options(Settings(snapshots=tmp_path / "pictures"), writer.path, blur=False)
    made = AlertControl(zones, messages, writer, options, sent.append)
    made.sounds = []
    made.notices = []
    made.sound.play = lambda: made.sounds.append("chime")
    made.notifier.show = lambda *texts: made.notices.append(texts)
    yield made
    assert made.shutdown(PATIENCE)


def session() -> Session:
    return Session(HistorySource("Camera 0", "camera", "0", True), lambda: True)


def rule(*then: Action) -> Rule:
    return Rule("Night", Enters(), then=frozenset(then))


def test_what_is_heard_or_seen_is_also_said_in_the_window(
    qtbot: QtBot, zones: Zones, messages: Messages, control: AlertControl, sent: list[Message]
) -> None:
    zones.add_rule(rule(Action.SOUND, Action.NOTIFY, Action.SEND))
    acting = control.begin("Camera 0", session())
    acting.put(result(0, "Night"))
    assert acting.close(PATIENCE)
    qtbot.waitUntil(lambda: bool(control.notices))
    assert control.sounds == ["chime"]
    ((title, text),) = control.notices
    assert title == "Night"
    assert text.startswith("Someone enters: Door, Camera 0, ")
    assert messages.current is not None
    assert messages.current.text == f"Night – {text}"  # noqa: RUF001
    assert messages.count == 1
    assert [message.title for message in sent] == ["Night"]


def test_what_is_only_kept_is_not_said(
    qtbot: QtBot, zones: Zones, messages: Messages, control: AlertControl, tmp_path: Path
) -> None:
    zones.add_rule(rule(Action.SNAPSHOT))
    acting = control.begin("Camera 0", session())
    acting.put(result(0, "Night"))
    assert acting.close(PATIENCE)
    assert len(list((tmp_path / "pictures").iterdir())) == 1
    assert messages.current is None


def test_rules_that_are_edited_meanwhile_count(
    qtbot: QtBot, zones: Zones, control: AlertControl
) -> None:
    acting = control.begin("Camera 0", session())
    acting.put(result(0, "Night"))
    zones.add_rule(rule(Action.SOUND))
    acting.put(result(1, "Night"))
    zones.change_rule("Night", rule(Action.NOTIFY))
    acting.put(result(2, "Night"))
    zones.remove_rule("Night")
    acting.put(result(3, "Night"))
    assert acting.close(PATIENCE)
    qtbot.waitUntil(lambda: bool(control.notices))
    assert (len(control.sounds), len(control.notices)) == (1, 1)


def test_the_history_gets_the_clip_also_when_the_source_is_closed_before_its_end(
    zones: Zones, control: AlertControl, writer: HistoryWriter
) -> None:
    zones.add_rule(rule(Action.CLIP))
    mine = session()
    acting = control.begin("Camera 0", mine)
    for index in range(10):
        taken = result(index, *["Night"] * (index == 8))
        writer.put(mine, taken)
        acting.put(taken)
    acting.close(0.0)
    assert control.shutdown(PATIENCE)
    writer.end(mine)
    assert writer.flush(PATIENCE)
    history = History(writer.path)
    (found,) = history.find(HistoryQuery())
    history.close()
    assert found.event == alert("Night", 8)
    assert found.clip is not None
    assert found.clip.stat().st_size > 1000


def test_a_problem_is_said(
    qtbot: QtBot, zones: Zones, messages: Messages, control: AlertControl, tmp_path: Path
) -> None:
    (tmp_path / "pictures").write_text("in the way")
    zones.add_rule(rule(Action.SNAPSHOT))
    control.begin("Camera 0", session()).put(result(0, "Night"))
    qtbot.waitUntil(lambda: messages.current is not None)
    assert messages.current is not None
    assert messages.current.text.startswith("Rule “Night”: ")
    assert "is a file. Choose a folder" in messages.current.text


def test_options_follow_the_settings(tmp_path: Path) -> None:
    history = tmp_path / "history.sqlite3"
    values = Settings(
        recordings=tmp_path / "videos",
        snapshots=tmp_path / "pictures",
        clip_before=3,
        clip_after=7,
        recording_marked=False,
        snapshot_blurred=True,
    )
    assert action_options(values, history, blur=False) == ActionOptions(
        tmp_path / "pictures",
        tmp_path / "history-clips",
        before=3.0,
        after=7.0,
        snapshots_blurred=True,
        clips_marked=False,
    )
    assert action_options(values, history, blur=True).clips_blurred
    # Where nothing is kept of events, clips are recordings.
    without = Settings(recordings=tmp_path / "videos", history_days=0)
    assert action_options(without, history, blur=False).clips == tmp_path / "videos"


def test_another_folder_counts_at_once(zones: Zones, control: AlertControl, tmp_path: Path) -> None:
    zones.add_rule(rule(Action.SNAPSHOT))
    acting = control.begin("Camera 0", session())
    control.set_options(ActionOptions(tmp_path / "elsewhere", tmp_path))
    acting.put(result(0, "Night"))
    assert acting.close(PATIENCE)
    (path,) = (tmp_path / "elsewhere").iterdir()
    assert path.name.startswith(f"Camera-0_Night_{datetime.now():%Y}-")
