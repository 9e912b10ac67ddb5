from pathlib import Path

import pytest

from tests.benchmarks import data_loading as loading
from tests.benchmarks.data_loading import Rates, main, table
from training.config import TrainConfig


def test_the_table() -> None:
    config = TrainConfig(batch=8)
    lines = table(config, Rates(0.125, 0.1, 0.004, 0.0008, 0.2)).splitlines()
    assert [line.split()[-2:] for line in lines[1:4]] == [
        ["125.0", "64.0"], ["100.0", "80.0"], ["4.0", "2000.0"]
    ]  # fmt: skip
    assert lines[4] == "one view takes 0.80 ms of a processor; 2 workers, batches of 8"
    assert lines[5] == (
        "loading costs 20.0 % of a step, more than the 10 % that it may: try other data.workers, "
        "0 included"
    )


@pytest.mark.parametrize("share", [-0.01, 0.05, 0.1])
def test_the_bar_is_kept(share: float) -> None:
    last = table(TrainConfig(), Rates(0.1, 0.1, 0.004, 0.0008, share)).splitlines()[-1]
    assert last == f"loading costs {100 * share:.1f} % of a step, within the 10 % that it may"


def test_a_tiny_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loading, "BLOCK", 1)
    settings = ("data.walkers=2", "data.validation_walkers=2", f"data.cache={tmp_path}",
                "data.workers=0", "batch=2", "view=[64, 32]", "network.widths=[8, 8, 8, 8]",
                "precision=float32")  # fmt: skip
    arguments = [text for setting in settings for text in ("--set", setting)]
    assert main([*arguments, "--steps", "2"]) == 0
    out = capsys.readouterr().out
    assert "training, real loader" in out
    assert "0 workers, batches of 2" in out


def test_settings_that_make_no_sense(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--set", "btach=3"]) == 1
    assert capsys.readouterr().err.startswith("loading: error: Unknown key 'btach'")
