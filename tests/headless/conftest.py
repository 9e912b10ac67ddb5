from collections.abc import Iterator

import pytest

from tests.video.standins import Bench


@pytest.fixture
def bench() -> Iterator[Bench]:
    """Two presets, ``a`` and ``b``, both warm."""
    bench = Bench("ab").warm()
    yield bench
    bench.pool.close()
