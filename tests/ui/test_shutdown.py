import os
import signal
import sys
import threading
import time

import pytest
from PyQt6.QtCore import QEventLoop, QTimer
from PyQt6.QtWidgets import QApplication

from pedcam.endings import ending_signals
from pedcam.ui.shutdown import InterruptWatch


@pytest.mark.skipif(sys.platform == "win32", reason="os.kill ends the process on Windows")
def test_a_signal_before_qt_waits_is_kept_until_it_does(qapp: QApplication) -> None:
    loop = QEventLoop()
    calls: list[bool] = []
    running = False

    def interrupt() -> None:
        calls.append(running)
        loop.quit()

    with InterruptWatch(interrupt):
        os.kill(os.getpid(), signal.SIGINT)
        assert calls == []
        running = True
        QTimer.singleShot(5000, loop.quit)
        loop.exec()
    assert calls == [True]


@pytest.mark.skipif(sys.platform == "win32", reason="os.kill ends the process on Windows")
@pytest.mark.parametrize("number", ending_signals())
def test_a_signal_calls_back_while_qt_waits(qapp: QApplication, number: signal.Signals) -> None:
    before = signal.getsignal(number)
    loop = QEventLoop()
    # The timer does not run any Python, which would let the signal through by itself.
    deadline = QTimer()
    deadline.timeout.connect(loop.quit)
    deadline.start(10_000)
    kill = threading.Timer(0.05, os.kill, (os.getpid(), number))
    with InterruptWatch(loop.quit):
        kill.start()
        start = time.monotonic()
        loop.exec()
    assert time.monotonic() - start < 5
    assert signal.getsignal(number) is before
    assert signal.set_wakeup_fd(-1) == -1
