import sys

import pytest

from pedcam.ui.cuda_probe import CudaReport, CudaState, probe_cuda


def answer(said: str, error: str = "", timeout: float = 30) -> CudaReport:
    code = f"import sys; sys.stderr.write({error!r}); sys.stdout.write({said!r})"
    return probe_cuda(timeout, (sys.executable, "-c", code))


def test_the_answer_is_its_last_line() -> None:
    said = 'loading\n{"state": "usable", "detail": "NVIDIA H100"}\n'
    assert answer(said) == CudaReport(CudaState.USABLE, "NVIDIA H100")


def test_a_missing_library_is_named() -> None:
    error = (
        "[E:onnxruntime:Default] Failed to load library libonnxruntime_providers_cuda.so with "
        "error: libcudnn.so.9: cannot open shared object file: No such file or directory\n"
    )
    said = '{"state": "broken", "detail": ""}'
    assert answer(said, error) == CudaReport(CudaState.NO_LIBRARY, "libcudnn.so.9")


@pytest.mark.parametrize(
    ("said", "error", "detail"),
    [
        ("", "Traceback\nOSError: no\n", "OSError: no"),
        ("[]", "", ""),
        ('{"state": "splendid", "detail": ""}', "what?", "what?"),
        ('{"state": "broken", "detail": "CUDA error 999"}', "", "CUDA error 999"),
        ("nonsense", "a" * 1000, "a" * 200),
    ],
)
def test_whatever_else_it_says_is_a_failure(said: str, error: str, detail: str) -> None:
    assert answer(said, error) == CudaReport(CudaState.BROKEN, detail)


def test_a_driver_that_hangs_is_given_up() -> None:
    hang = "import threading; threading.Event().wait()"
    report = probe_cuda(0.2, (sys.executable, "-c", hang))
    assert report == CudaReport(CudaState.NO_ANSWER)


def test_a_process_that_cannot_start_is_a_failure() -> None:
    assert probe_cuda(5, ("/nowhere/python",)).state is CudaState.BROKEN


def test_the_real_one_gives_an_answer() -> None:
    report = probe_cuda()
    assert report.state is not CudaState.NO_ANSWER
    if report.state is CudaState.BROKEN:
        assert report.detail
