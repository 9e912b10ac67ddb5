"""Whatever goes wrong while saving, the previous checkpoint is there to go on from."""

import os
import pickle
import sys
from pathlib import Path

import pytest
import torch

from tests.disk import full_disk
from training.mapping import ConfigError
from training.run import checkpoint
from training.run.checkpoint import CheckpointError, load_checkpoint, save_atomically

KEYS = frozenset(("net", "step", "config"))


def state(step: int, count: int = 1000) -> dict[str, object]:
    return {"net": {"weight": torch.arange(count) + step}, "step": step, "config": {"name": "a"}}


def test_reads_what_was_saved_last(tmp_path: Path) -> None:
    path = tmp_path / "checkpoint.pt"
    for step in (1, 2):
        save_atomically(state(step), path)
    loaded = load_checkpoint(path, "cpu", KEYS)
    assert loaded["step"] == 2
    assert torch.equal(loaded["net"]["weight"], torch.arange(1000) + 2)
    assert os.listdir(tmp_path) == ["checkpoint.pt"]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no file size limits")
@pytest.mark.parametrize("before", [True, False])
# Within the archive's first record, and within the weights.
@pytest.mark.parametrize("limit", [100, 1_000_000])
def test_full_disk_leaves_the_previous_checkpoint(tmp_path: Path, before: bool, limit: int) -> None:
    path = tmp_path / "checkpoint.pt"
    if before:
        save_atomically(state(1), path)
    large = {"net": {"weight": torch.zeros(1_000_000)}, "step": 2, "config": {}}
    with full_disk(limit), pytest.raises(CheckpointError) as caught:
        save_atomically(large, path)
    message = str(caught.value)
    assert f"Saving the checkpoint {path} failed: File too large." in message
    if before:
        assert "still there: free space and go on with --resume" in message
        assert load_checkpoint(path, "cpu", KEYS)["step"] == 1
    else:
        assert "no previous checkpoint" in message
    assert os.listdir(tmp_path) == (["checkpoint.pt"] if before else [])


def test_failing_rename_leaves_the_previous_checkpoint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "checkpoint.pt"
    save_atomically(state(1), path)

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(checkpoint.os, "replace", fail)
    with pytest.raises(CheckpointError, match=r"failed: No space left on device\. The previous"):
        save_atomically(state(2), path)
    assert load_checkpoint(path, "cpu", KEYS)["step"] == 1
    assert os.listdir(tmp_path) == ["checkpoint.pt"]


def test_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match=r"none/checkpoint.pt failed: No such file"):
        save_atomically(state(1), tmp_path / "none" / "checkpoint.pt")


@pytest.mark.parametrize("damage", ["empty", "rubbish", "cut", "flipped"])
def test_damaged_files(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "checkpoint.pt"
    save_atomically(state(1), path)
    content = bytearray(path.read_bytes())
    if damage == "empty":
        content.clear()
    elif damage == "rubbish":
        content[:] = b"rubbish" * 100
    elif damage == "cut":
        del content[len(content) // 2 :]
    else:
        # The directory at the end of the archive, without which nothing in it can be found.
        content[-200:] = bytes(byte ^ 0xFF for byte in content[-200:])
    path.write_bytes(content)
    with pytest.raises(ConfigError, match=r"checkpoint.pt is damaged"):
        load_checkpoint(path, "cpu", KEYS)


@pytest.mark.parametrize("value", [[1, 2], {"step": 1}, {"net": {}, "step": 1, "config": 3}])
def test_checkpoint_of_something_else(tmp_path: Path, value: object) -> None:
    path = tmp_path / "checkpoint.pt"
    torch.save(value, path)
    with pytest.raises(ConfigError, match="is not a checkpoint of train"):
        load_checkpoint(path, "cpu", KEYS)


class Bomb:
    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, (str(self.path),)


def test_nothing_in_a_checkpoint_is_executed(tmp_path: Path) -> None:
    path, made = tmp_path / "checkpoint.pt", tmp_path / "made"
    pickle.loads(pickle.dumps(Bomb(made)))
    made.rmdir()  # it goes off where it can
    torch.save({**state(1), "net": Bomb(made)}, path)
    with pytest.raises(ConfigError, match="is damaged"):
        load_checkpoint(path, "cpu", KEYS)
    assert not made.exists()


def test_missing_and_oversized_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "checkpoint.pt"
    with pytest.raises(ConfigError, match="cannot be read: No such file"):
        load_checkpoint(path, "cpu", KEYS)
    save_atomically(state(1), path)
    monkeypatch.setattr(checkpoint, "MAX_CHECKPOINT_BYTES", path.stat().st_size - 1)
    with pytest.raises(ConfigError, match="not a checkpoint"):
        load_checkpoint(path, "cpu", KEYS)
