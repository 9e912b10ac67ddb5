"""From one source to the next with real streams: nothing of the one before comes along."""

from collections.abc import Callable, Iterator

import pytest
from pytestqt.qtbot import QtBot

from pedcam.ui.player.player import Player
from pedcam.video.people.people_counter import PeopleCounter
from pedcam.video.sources.frame import Source
from pedcam.video.sources.spec import SourceSpec
from pedcam.video.stream.results import Result, StreamState
from pedcam.video.stream.stream import Stream
from tests.factories import number_in
from tests.video.standins import PATIENCE, Bench, FakeSource, HungSource

S = StreamState


def spec(name: str) -> SourceSpec:
    return SourceSpec("file", name, name)


@pytest.fixture
def bench() -> Iterator[Bench]:
    """Two presets, ``a`` and ``b``, both warm."""
    made = Bench("ab").warm()
    yield made
    made.pool.close()


@pytest.fixture
def sources() -> dict[str, FakeSource]:
    return {
        "one": FakeSource([1], live=True),
        "two": FakeSource([2, 3, None], live=False),
        "hung": HungSource(),
    }


@pytest.fixture
def real(qtbot: QtBot, bench: Bench, sources: dict[str, FakeSource]) -> Iterator[Player]:
    """A player whose streams read the stand-ins in ``sources``."""

    def make(*arguments: object, **keywords: object) -> Stream:
        def opener(wanted: SourceSpec) -> Source:
            return sources[wanted.value]

        return Stream(*arguments, opener=opener, **keywords)  # type: ignore[arg-type]

    player = Player(bench.pool, "a", make_stream=make)
    yield player
    assert player.shutdown()


@pytest.fixture
def shown(real: Player) -> list[Result]:
    """Every result that the window was given."""
    results: list[Result] = []
    real.result_arrived.connect(lambda result: result and results.append(result))
    return results


@pytest.fixture
def watch(qtbot: QtBot, real: Player, shown: list[Result]) -> Callable[[str, StreamState], None]:
    """Opens a source, and waits for a state and a picture of it."""

    def open_and_wait(name: str, state: StreamState) -> None:
        before = len(shown)
        real.open(spec(name))
        qtbot.waitUntil(lambda: real.playback.state is state and len(shown) > before)

    return open_and_wait


def test_the_next_one_begins_anew(real, watch, shown, sources) -> None:
    watch("one", S.PLAYING)
    watch("two", S.ENDED)
    assert (real.playback.source.title, real.playback.source.duration) == ("Fake", None)
    assert number_in(shown[0].frame.image) == 1
    assert number_in(shown[-1].frame.image) == 3
    assert [shown[0].frame.index, shown[-1].frame.index] == [0, 1]
    assert sources["one"].closed.wait(PATIENCE)


def test_it_does_not_wait_for_a_hanging_read(watch, shown, sources) -> None:
    watch("hung", S.PLAYING)
    assert sources["hung"].hangs.wait(PATIENCE)
    watch("two", S.ENDED)
    heard = len(shown)
    assert number_in(shown[-1].frame.image) == 3
    # What the old thread says when it wakes up concerns nobody.
    sources["hung"].released.set()
    assert sources["hung"].closed.wait(PATIENCE)
    assert len(shown) == heard


def test_a_result_under_way_is_not_taken_for_one_of_the_next(
    qtbot, real, shown, bench, sources
) -> None:
    detector = bench.detectors["a"]
    detector.hold()
    real.open(spec("one"))
    assert detector.started.get(timeout=PATIENCE) == 1
    real.open(spec("two"))
    for _ in range(3):
        detector.let_go.release()
    qtbot.waitUntil(lambda: real.playback.state is S.ENDED)
    assert {number_in(result.frame.image) for result in shown} <= {2, 3}


def test_a_failure_under_way_is_not_taken_for_one_of_the_next(
    qtbot, real, shown, bench, sources
) -> None:
    detector = bench.detectors["a"]
    detector.hold()
    detector.failure = RuntimeError("broken")
    real.open(spec("one"))
    assert detector.started.get(timeout=PATIENCE) == 1
    states: list[StreamState] = []
    real.playback.subscribe(lambda: states.append(real.playback.state))
    real.open(spec("two"))
    detector.let_go.release()
    # The next detection begins only when that one is over.
    assert detector.started.get(timeout=PATIENCE) == 2
    detector.failure = None
    for _ in range(2):
        detector.let_go.release()
    qtbot.waitUntil(lambda: real.playback.state is S.ENDED)
    assert number_in(shown[-1].frame.image) == 3
    assert S.FAILED not in states


def test_after_the_end_and_after_a_failure(qtbot, real, watch, shown, bench, sources) -> None:
    watch("two", S.ENDED)
    bench.detectors["a"].failure = RuntimeError("broken")
    real.open(spec("one"))
    qtbot.waitUntil(lambda: not real.playback.has_source)
    bench.detectors["a"].failure = None
    sources["two"] = FakeSource([4, None], live=False)
    watch("two", S.ENDED)
    assert number_in(shown[-1].frame.image) == 4


def test_a_pause_does_not_outlast_it(qtbot, real, watch) -> None:
    watch("one", S.PLAYING)
    real.toggle_pause()
    qtbot.waitUntil(lambda: real.playback.state is S.PAUSED)
    watch("two", S.ENDED)


def test_everybody_is_counted_anew(real, watch) -> None:
    crowds: list[PeopleCounter] = []
    real.source_changed.connect(lambda counter: counter and crowds.append(counter))
    watch("one", S.PLAYING)
    watch("two", S.ENDED)
    assert len(crowds) == 2
    assert crowds[0] is not crowds[1]


def test_the_newest_one_wins_however_many_are_asked_for(qtbot, real, shown, sources) -> None:
    for name in ("one", "two") * 10:
        real.open(spec(name))
        real.seek(0.0)
        real.step()
    sources["last"] = FakeSource([77, None], live=False)
    real.open(spec("last"))
    qtbot.waitUntil(lambda: real.playback.state is S.ENDED)
    assert number_in(shown[-1].frame.image) == 77
