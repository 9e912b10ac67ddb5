"""Tests of training use networks too small for several threads to be of any help."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from tests.nets import SMALL
from tests.training.bars import draw_people
from training.config import BinarizeConfig, DataConfig, PretrainConfig, TrainConfig
from training.run import command

Trained = Callable[[TrainConfig], Path]


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> None:
    # With more, threads that wait for each other cost most of the time on a busy machine.
    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def config(tmp_path_factory: pytest.TempPathFactory) -> TrainConfig:
    folder = tmp_path_factory.mktemp("data")
    people = draw_people(folder / "people", 16, seed=0)
    return TrainConfig(
        name="bars",
        title="Bars",
        batch=4,
        view=(96, 64),
        input_size=(96, 64),
        depths=(0, 2, 3),
        checkpoint_steps=3,
        network=SMALL,
        data=DataConfig(
            train=(people,),
            validate=(people,),
            walkers=0,
            cache=str(folder / "cache"),
            workers=0,
        ),
        pretrain=PretrainConfig(steps=6, warmup=2, plain_steps=2),
        binarize=BinarizeConfig(
            descent_steps=4,
            block_steps=2,
            finetune_steps=2,
            calibration_batches=1,
            export_batches=1,
            validate_every=0,
        ),
        tensorboard=False,
    )


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    """Gives the folder of a whole run, which is taken once for all tests that want the same.

    They only read what is in it.
    """
    folders: dict[str, Path] = {}

    def run(config: TrainConfig) -> Path:
        key = repr(config)
        if key not in folders:
            folder = tmp_path_factory.mktemp("run")
            command.run(config, folder)
            folders[key] = folder
        return folders[key]

    return run
