"""Speed and remaining time by a clock that the test turns, on streams that are terminals or not."""

import io
import re
import sys

import pytest

from training.run.progress import Progress

HIDE, SHOW = "\x1b[?25l", "\x1b[?25h"


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True

    def text(self) -> str:
        """What was written, without colours and cursor movements."""
        return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", self.getvalue())


class Pipe(io.StringIO):
    flushed = ""

    def flush(self) -> None:
        self.flushed = self.getvalue()


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.delenv("NO_COLOR", raising=False)
    return Terminal()


def test_plain_lines_every_ten_seconds() -> None:
    clock, stream = Clock(), Pipe()
    with Progress(total=500, start=100, stream=stream, clock=clock) as progress:
        for step in range(101, 121):
            clock.now += 1.0
            progress.advance(step, "approach p8", 1.2344)
    # One step a second since the start, however many were taken before it.
    assert stream.flushed == (
        "step 110/500 approach p8 loss 1.234, 1.0 steps/s, 6.5 min left\n"
        "step 120/500 approach p8 loss 1.234, 1.0 steps/s, 6.3 min left\n"
    )


def test_speed_is_that_of_the_last_fifty_steps() -> None:
    clock, stream = Clock(), Pipe()
    with Progress(total=20_000, start=0, stream=stream, clock=clock) as progress:
        for step in range(1, 101):  # 100 s for 10 steps ...
            clock.now += 10.0 if step <= 10 else 0.125  # ... and then 8 steps a second ...
            progress.advance(step, "float", 2.0)
        clock.now += 50.0 - 0.125 * 49  # ... and the last 50 steps in 50 s
        progress.advance(101, "float", 2.0)
    lines = stream.getvalue().splitlines()
    # 19990 steps at a tenth of a step a second; 19899 at one.
    assert lines[9] == "step 10/20000 float loss 2.000, 0.10 steps/s, 55.5 h left"
    assert lines[-1] == "step 101/20000 float loss 2.000, 1.0 steps/s, 5.5 h left"


def test_a_standing_clock_divides_nothing_by_zero(terminal: Terminal) -> None:
    with Progress(total=1, start=0, stream=terminal, clock=Clock()) as progress:
        progress.advance(1, "float", 1.0)
    assert "? steps/s" in terminal.text()


def test_bar_on_a_terminal(terminal: Terminal) -> None:
    clock = Clock()
    with Progress(total=40, start=20, stream=terminal, clock=clock) as progress:
        for step in range(21, 31):
            clock.now += 0.5
            progress.advance(step, "approach p8", 1.2344)
    last = terminal.text().rstrip("\n").splitlines()[-1]
    assert re.search(r"approach p8 .*30/40 loss 1.234, 2.0 steps/s, 0.1 min left", last)


def test_fast_steps_are_not_all_drawn_but_the_last_is(terminal: Terminal) -> None:
    clock = Clock()
    with Progress(total=1000, start=0, stream=terminal, clock=clock) as progress:
        for step in range(1, 1001):
            clock.now += 0.001
            progress.advance(step, "float", 1.0)
    assert terminal.text().count("steps/s") < 20
    assert "1000/1000" in terminal.text()


def test_says_lines_above_the_bar_as_they_are(terminal: Terminal) -> None:
    text = "[bold]left out[/bold]: " + "long/" * 40 + "a.png"
    clock = Clock()
    with Progress(total=10, start=0, stream=terminal, clock=clock) as progress:
        clock.now += 1
        progress.advance(1, "float", 1.0)
        progress.say(text)
        clock.now += 1
        progress.advance(2, "float", 1.0)
    assert f"{text}\n" in terminal.text()
    assert terminal.text().index(text) < terminal.text().rindex("2/10")


@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError])
def test_cursor_is_back_after_an_exception(terminal: Terminal, error: type[BaseException]) -> None:
    before = sys.stdout, sys.stderr

    def fail() -> None:
        with Progress(total=10, start=0, stream=terminal, clock=Clock()) as progress:
            progress.advance(1, "float", 1.0)
            raise error

    with pytest.raises(error):
        fail()
    written = terminal.getvalue()
    assert written.count(HIDE) == written.count(SHOW) == 1
    assert written.index(HIDE) < written.index(SHOW)
    assert (sys.stdout, sys.stderr) == before
    # The next line of the shell starts at the left.
    assert terminal.text().endswith("\n")


def test_dumb_terminals_get_plain_lines(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", "dumb")
    clock = Clock()
    with Progress(total=10, start=0, stream=terminal, clock=clock) as progress:
        progress.say("hello")
        clock.now += 20
        progress.advance(1, "float", 1.0)
    assert terminal.getvalue() == (
        "hello\nstep 1/10 float loss 1.000, 0.05 steps/s, 3.0 min left\n"
    )


def test_inactive_shows_nothing(terminal: Terminal) -> None:
    clock = Clock()
    with Progress(total=10, start=0, active=False, stream=terminal, clock=clock) as progress:
        progress.say("hello")
        clock.now += 20
        progress.advance(10, "float", 1.0)
    assert terminal.getvalue() == ""


def test_writes_to_standard_output_by_default(capsys: pytest.CaptureFixture[str]) -> None:
    with Progress(total=10, start=0) as progress:
        progress.say("hello")
    assert capsys.readouterr().out == "hello\n"
