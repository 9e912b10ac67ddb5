"""Tests of training use networks too small for several threads to be of any help."""

import pytest
import torch


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> None:
    # With more, threads that wait for each other cost most of the time on a busy machine.
    torch.set_num_threads(1)
