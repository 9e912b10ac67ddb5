import threading
from collections.abc import Iterator

import pytest
from PyQt6 import sip
from PyQt6.QtCore import QObject
from pytestqt.qtbot import QtBot

from pedcam.ui.base.background import (
    NewestOnly,
    Worker,
    call_on_window_thread,
    prepare_delivery,
)


@pytest.fixture
def owner(qtbot: QtBot) -> QObject:
    return QObject()


@pytest.fixture
def worker(owner: QObject) -> Iterator[Worker]:
    made = Worker("test", owner)
    yield made
    assert made.finish(5)


def test_jobs_run_elsewhere_and_answers_here(qtbot: QtBot, worker: Worker) -> None:
    here = threading.current_thread()
    answers: list[tuple[threading.Thread, threading.Thread]] = []
    worker.submit(
        threading.current_thread, lambda there: answers.append((there, threading.current_thread()))
    )
    qtbot.waitUntil(lambda: len(answers) == 1)
    there, answered = answers[0]
    assert there is not here
    assert answered is here


def test_jobs_run_in_order(qtbot: QtBot, worker: Worker) -> None:
    answers: list[int] = []
    for number in range(20):
        worker.submit(lambda number=number: number, answers.append)
    qtbot.waitUntil(lambda: answers == list(range(20)))


def test_an_exception_is_handed_over(qtbot: QtBot, worker: Worker) -> None:
    errors: list[Exception] = []
    worker.submit(lambda: 1 // 0, lambda _: None, errors.append)
    qtbot.waitUntil(lambda: len(errors) == 1)
    assert isinstance(errors[0], ZeroDivisionError)


def test_an_unexpected_exception_reaches_the_hook(qtbot: QtBot, worker: Worker) -> None:
    done: list[bool] = []
    with qtbot.captureExceptions() as caught:
        worker.submit(lambda: 1 // 0, lambda _: None)
        worker.submit(lambda: True, done.append)
        qtbot.waitUntil(lambda: done == [True])
    assert [kind for kind, _, _ in caught] == [ZeroDivisionError]


def test_no_answer_for_a_deleted_owner(qtbot: QtBot, owner: QObject, worker: Worker) -> None:
    go_on = threading.Event()
    answers: list[object] = []
    other = QObject()
    other_worker = Worker("other", other)
    other_worker.submit(go_on.wait, answers.append)
    sip.delete(other)
    go_on.set()
    assert other_worker.finish(5)
    delivered: list[bool] = []
    call_on_window_thread(lambda: delivered.append(True))
    qtbot.waitUntil(lambda: delivered == [True])
    assert answers == []


def test_a_hanging_job_is_left_behind(qtbot: QtBot, owner: QObject) -> None:
    go_on = threading.Event()
    worker = Worker("hanging", owner)
    worker.submit(go_on.wait, lambda _: None)
    assert not worker.finish(0.05)
    go_on.set()
    assert worker.finish(5)


def test_only_one_delivery_waits_and_it_takes_the_newest(qtbot: QtBot) -> None:
    prepare_delivery()
    seen: list[int] = []
    newest = NewestOnly(seen.append)
    thread = threading.Thread(target=lambda: [newest.put(value) for value in range(100)])
    thread.start()
    thread.join()
    delivered: list[bool] = []
    call_on_window_thread(lambda: delivered.append(True))
    qtbot.waitUntil(lambda: delivered == [True])
    assert seen == [99]
    newest.put(100)
    qtbot.waitUntil(lambda: seen == [99, 100])
