from collections.abc import Callable, Iterator
from typing import Any

import pytest

from pedcam.video.sources.spec import SourceSpec
from pedcam.video.stream.stream import Stream
from tests.video.standins import Audience, Bench

SPEC = SourceSpec("file", "Fake", "")


@pytest.fixture
def audience() -> Audience:
    return Audience()


@pytest.fixture
def bench() -> Iterator[Bench]:
    """Two presets, ``a`` and ``b``, both warm."""
    bench = Bench("ab").warm()
    yield bench
    bench.pool.close()


@pytest.fixture
def play(audience: Audience, bench: Bench) -> Iterator[Callable[..., Stream]]:
    streams: list[Stream] = []

    def start(source: Any, preset: str = "a", **keywords: Any) -> Stream:
        """Start a stream on an open source, on a list of what opening gives, or on a text."""
        spec = source
        if not isinstance(source, str):
            openings = iter(source if isinstance(source, list) else [source])
            spec = SPEC

            def opener(_: SourceSpec) -> Any:
                opened = next(openings)
                if isinstance(opened, Exception):
                    raise opened
                return opened

            keywords["opener"] = opener
        pool = keywords.pop("pool", bench.pool)
        stream = Stream(
            spec,
            pool,
            preset,
            on_result=keywords.pop("on_result", audience.on_result),
            on_status=keywords.pop("on_status", audience.on_status),
            **keywords,
        )
        streams.append(stream)
        stream.start()
        return stream

    yield start
    for stream in streams:
        stream.close()
