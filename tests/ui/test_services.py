from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from pedcam.detect.pool import DetectorPool, lanes_for
from pedcam.detect.presets import Preset
from pedcam.history.values import Keeping
from pedcam.rules.actions import ActionOptions
from pedcam.ui.player.player import Player
from pedcam.ui.recording.recording import RecordingOptions
from pedcam.ui.services import Files, Services
from pedcam.ui.settings.settings import Settings
from pedcam.ui.settings.settings_store import Stored, load_settings
from pedcam.video.people.counts import Counts, LineCount
from pedcam.video.people.rules import Action, Enters, Rule
from pedcam.video.stream.results import Result
from pedcam.video.stream.stream import StreamState
from tests.rules.clips import result as alert_result


@pytest.fixture
def opened(qtbot: QtBot, services: Services, streams: list[Any]) -> Any:
    """The stream of a source that plays, without a window."""
    services.player.open("street.mp4")
    qtbot.waitUntil(lambda: bool(streams) and streams[0].started)
    streams[0].say(StreamState.PLAYING)
    qtbot.waitUntil(lambda: services.player.playback.can_pause)
    return streams[0]


def test_files_lie_below_one_folder(tmp_path: Path) -> None:
    files = Files.under(tmp_path)
    assert files.settings == tmp_path / "settings.json"
    every = {files.settings, files.history, files.zones, files.recents, files.measurements}
    assert len(every) == 5
    assert {path.parent for path in every} == {tmp_path}


def test_files_of_the_user_differ_from_each_other() -> None:
    files = Files.of_user()
    every = {files.settings, files.history, files.zones, files.recents, files.measurements}
    assert len(every) == 5


def test_recordings_follow_the_settings(services: Services, tmp_path: Path) -> None:
    assert services.recording_options() == RecordingOptions(tmp_path / "videos")
    for name, value in (("container", "mkv"), ("recording_marked", False), ("table", True)):
        services.settings.set(name, value)
    assert services.recording_options() == RecordingOptions(
        tmp_path / "videos", container="mkv", marked=False, table=True
    )


def test_snapshots_follow_the_settings(services: Services, tmp_path: Path) -> None:
    assert services.snapshot_options() == RecordingOptions(tmp_path / "pictures")
    services.settings.set("snapshot_marked", False)
    assert services.snapshot_options() == RecordingOptions(tmp_path / "pictures", marked=False)


def test_what_is_hidden_on_the_screen_is_hidden_on_the_disk(
    qtbot: QtBot, services: Services
) -> None:
    def hidden(on: bool) -> None:
        assert services.recording_options().blurred is on
        assert services.snapshot_options().blurred is on
        qtbot.waitUntil(lambda: services.history.writer.keeping.blurred is on)

    hidden(False)
    services.options.set("blur", True)
    hidden(True)
    services.options.set("blur", False)
    hidden(False)
    for name in ("recording_blurred", "snapshot_blurred", "event_pictures_blurred"):
        services.settings.set(name, True)
    hidden(True)


def test_the_history_follows_the_settings(qtbot: QtBot, services: Services) -> None:
    services.settings.set("history_days", 7)
    services.settings.set("history_megabytes", 60)
    services.settings.set("event_pictures", False)
    expected = Keeping(days=7, limit=60 * 2**20, snapshots=False)
    qtbot.waitUntil(lambda: services.history.writer.keeping == expected)


def test_the_history_is_told_of_a_change_and_back(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[Keeping] = []
    # It may be busy with the disk, and then goes on for a while with what it had.
    monkeypatch.setattr(services.history.writer, "set_keeping", told.append)
    services.settings.set("history_days", 1)
    services.settings.set("history_days", 30)
    services.settings.set("theme", "dark")
    assert [keeping.days for keeping in told] == [1, 30]


def test_options_of_the_picture_come_back(
    qtbot: QtBot, services: Services, pool: DetectorPool
) -> None:
    services.options.set("heat_map", True)
    services.options.set("boxes", False)
    path = services.files.settings
    qtbot.waitUntil(lambda: path.exists() and "heat_map" in path.read_text())
    again = Services(Player(pool), services.files, load_settings(path))
    assert (again.options.heat_map, again.options.boxes, again.options.scores) == (
        True,
        False,
        True,
    )
    assert again.close()


def test_problems_of_the_settings_are_told(
    qtbot: QtBot, pool: DetectorPool, tmp_path: Path
) -> None:
    player = Player(pool)
    services = Services(player, Files.under(tmp_path), Stored(problems=("“theme” is odd.",)))
    assert player.messages.current is not None
    assert player.messages.current.text == "“theme” is odd."
    assert services.close()


@pytest.mark.parametrize(("rate", "target"), [(0, None), (12, 12.0)])
def test_auto_begins_where_it_is_wanted(
    qtbot: QtBot, pool: DetectorPool, tmp_path: Path, rate: int, target: float | None
) -> None:
    player = Player(pool)
    settings = Settings(auto_at_start=True, auto_rate=rate)
    services = Services(player, Files.under(tmp_path), Stored(settings))
    assert not player.auto.enabled
    services.start()
    assert (player.auto.enabled, player.auto.target_rate) == (True, target)
    assert services.close()


def test_another_number_of_threads_loads_every_preset_anew(
    qtbot: QtBot, services: Services, pool: DetectorPool, presets: Sequence[Preset]
) -> None:
    services.player.preset_control.warm()
    names = [preset.name for preset in presets]
    qtbot.waitUntil(lambda: all(pool.ready(name) for name in names))
    before = [pool.get(name) for name in names]
    services.settings.set("theme", "dark")
    assert [pool.get(name) for name in names] == before
    services.settings.set("threads", 1)
    assert pool.threads == 1
    qtbot.waitUntil(lambda: all(pool.ready(name) for name in names))
    assert not set(map(id, before)) & {id(pool.get(name)) for name in names}


def test_a_device_named_on_the_command_line_stays_until_another_is_chosen(
    qtbot: QtBot, presets: Sequence[Preset], fake_detector: type[Any], tmp_path: Path
) -> None:
    pool = DetectorPool(presets, provider="cuda", make=fake_detector)
    player = Player(pool)
    services = Services(player, Files.under(tmp_path), Stored(Settings()))
    services.settings.set("threads", 1)
    assert (pool.provider, pool.threads) == ("cuda", 1)
    services.settings.set("provider", "cuda")
    services.settings.set("provider", "cpu")
    assert (pool.provider, pool.threads) == ("cpu", 1)
    assert services.close()


def test_a_source_is_among_the_recent_ones_once_it_plays(
    qtbot: QtBot, services: Services, streams: list[Any]
) -> None:
    services.player.open("street.mp4")
    qtbot.waitUntil(lambda: bool(streams) and streams[0].started)
    assert services.recents.items == ()
    streams[0].say(StreamState.PLAYING)
    qtbot.waitUntil(lambda: len(services.recents.items) == 1)
    assert services.recents.items[0].spec.title == streams[0].spec.title


def test_results_reach_whoever_needs_them(
    qtbot: QtBot, services: Services, opened: Any, make_result: Callable[..., Result]
) -> None:
    qtbot.waitUntil(lambda: services.zones.available)
    services.zones.add_line((0.1, 0.5), (0.9, 0.5))
    counts = Counts(2, 3, 6.0, (LineCount("Line 1", 4, 1),))
    opened.on_result(replace(make_result(count=2, detect_ms=12.0), counts=counts))
    qtbot.waitUntil(lambda: services.zones.count("Line 1") == LineCount("Line 1", 4, 1))
    ((_, seconds, people, total, _),) = services.series.to_rows()
    assert (seconds, people, total) == (0.0, 2, 3)


def test_another_source_begins_with_nothing_of_the_one_before(
    qtbot: QtBot, services: Services, opened: Any, make_result: Callable[..., Result]
) -> None:
    opened.on_result(make_result())
    qtbot.waitUntil(lambda: not services.series.empty)
    services.meter.add(make_result())
    services.player.open("other.mp4")
    assert services.series.empty
    assert services.meter.figures().people is None


def test_a_preset_that_is_removed_is_compared_no_longer(
    qtbot: QtBot, services: Services, opened: Any
) -> None:
    services.comparison_control.compare("full")
    services.player.preset_control.remove("float")
    assert services.comparison.other == "full"
    services.player.preset_control.remove("full")
    assert services.comparison.other is None


def test_a_comparison_goes_on_with_another_source(
    qtbot: QtBot,
    services: Services,
    opened: Any,
    streams: list[Any],
    make_result: Callable[..., Result],
) -> None:
    pairs: list[Any] = []
    services.comparison_control.pair_arrived.connect(pairs.append)
    services.comparison_control.compare("full")
    services.player.open("other.mp4")
    qtbot.waitUntil(lambda: len(streams) == 2)
    assert services.comparison.other == "full"
    result = make_result(index=5)
    streams[1].on_result(result)
    qtbot.waitUntil(lambda: bool(pairs) and pairs[-1] is not None)
    assert pairs[-1].left is result
    services.player.close_source()
    assert services.comparison.other is None


def test_the_threshold_holds_for_both_presets(
    qtbot: QtBot,
    services: Services,
    opened: Any,
    make_result: Callable[..., Result],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[tuple[str, float | None]] = []
    detect = services.player.pool.detect

    def noted(name: str, image: Any, threshold: float | None, rows: int) -> Any:
        asked.append((name, threshold))
        return detect(name, image, threshold)

    monkeypatch.setattr(services.player.pool, "detect", noted)
    services.comparison_control.compare("full", make_result())
    qtbot.waitUntil(lambda: asked == [("full", None)])
    services.player.set_threshold(0.7)
    qtbot.waitUntil(lambda: asked == [("full", None), ("full", 0.7)])


def test_a_failure_to_keep_something_is_told(services: Services) -> None:
    services.recents_autosave.failed.emit("The disk is full.")
    assert services.player.messages.current is not None
    assert services.player.messages.current.text == "The disk is full."


def test_an_export_uses_detectors_of_its_own(services: Services, presets: Sequence[Preset]) -> None:
    services.settings.set("threads", 1)
    made = services._make_pool()
    assert made is not services.player.pool
    assert (made.presets, made.provider, made.threads) == (tuple(presets), "cpu", 1)


def test_a_device_named_on_the_command_line_stays_until_the_settings_change(
    qtbot: QtBot,
    presets: Sequence[Preset],
    fake_detector: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pool = DetectorPool(presets, provider="cuda", threads=2, make=fake_detector)
    services = Services(Player(pool), Files.under(tmp_path), Stored(Settings()))

    def exported() -> tuple[str, int | None, int]:
        made = services._make_pool()
        return made.provider, made.threads, made.lanes

    services.start()
    detector = pool.get("half")
    services.settings.set("theme", "dark")
    assert (pool.provider, pool.threads) == ("cuda", 2)
    assert pool.get("half") is detector
    assert exported() == ("cuda", 2, 1)
    services.settings.set("provider", "cuda")
    assert (pool.provider, pool.threads) == ("cuda", None)
    assert exported() == ("cuda", None, 1)
    # And on from there.
    services.settings.set("provider", "cpu")
    assert pool.provider == "cpu"
    assert exported() == ("cpu", 1, lanes_for("cpu"))
    services.settings.set("threads", 2)
    assert exported() == ("cpu", 1, 2)
    assert services.close()


@pytest.mark.parametrize(("rate", "target"), [(0, None), (12, 12.0)])
def test_auto_knows_its_rate_before_it_is_wanted(
    qtbot: QtBot, pool: DetectorPool, tmp_path: Path, rate: int, target: float | None
) -> None:
    player = Player(pool)
    services = Services(player, Files.under(tmp_path), Stored(Settings(auto_rate=rate)))
    services.start()
    assert (player.auto.enabled, player.auto.target_rate) == (False, target)
    assert services.close()


def test_auto_follows_another_rate_of_the_settings(services: Services, opened: Any) -> None:
    auto = services.player.auto
    services.settings.set("auto_rate", 12)
    assert (auto.enabled, auto.target_rate) == (False, 12.0)
    assert (opened.auto, opened.preset) == (False, "half")
    services.player.preset_control.set_auto(True, auto.target_rate)
    services.settings.set("auto_rate", 20)
    assert (auto.enabled, auto.target_rate) == (True, 20.0)
    assert (opened.auto, opened.target_rate) == (True, 20.0)
    services.settings.set("auto_rate", 0)
    assert (auto.enabled, auto.target_rate, opened.target_rate) == (True, None, None)


def test_another_setting_leaves_auto_the_rate_that_was_asked_for(
    services: Services, opened: Any
) -> None:
    services.settings.set("auto_rate", 12)
    services.player.preset_control.set_auto(True, 7.0)
    services.settings.set("theme", "dark")
    assert services.player.auto.target_rate == 7.0
    assert opened.target_rate == 7.0


def test_a_rule_that_fires_is_acted_on(
    qtbot: QtBot, services: Services, opened: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    seen: list[str] = []
    monkeypatch.setattr(services.alerts.notifier, "show", lambda title, text: seen.append(title))
    qtbot.waitUntil(lambda: services.zones.available)
    then = frozenset({Action.NOTIFY, Action.SNAPSHOT})
    services.zones.add_rule(Rule("Night", Enters(), then=then))
    opened.on_result(alert_result(5, "Night"))
    qtbot.waitUntil(lambda: seen == ["Night"])
    message = services.player.messages.current
    assert message is not None
    assert message.text.startswith("Night – Someone enters: Door, street.mp4, ")  # noqa: RUF001
    services.player.close_source()
    assert services.close()
    (picture,) = (tmp_path / "pictures").iterdir()
    assert picture.name.startswith("street-mp4_Night_")


def test_clips_follow_settings_and_blur(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[ActionOptions] = []
    monkeypatch.setattr(services.alerts, "set_options", told.append)
    services.settings.set("clip_before", 9)
    assert (told[-1].before, told[-1].clips_blurred) == (9, False)
    services.options.set("blur", True)
    assert told[-1].clips_blurred
    assert told[-1].snapshots_blurred
