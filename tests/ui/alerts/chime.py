"""Makes the sound of an alert: ``python -m tests.ui.alerts.chime``."""

import io
import wave

import numpy as np

from pedcam.ui.alerts.sound import FILE

RATE = 22050
TONES = ((880.0, 0.0), (1174.66, 0.16))  # hertz (A5 and D6), and the second at which each begins
SECONDS = 0.5
DECAY = 9.0  # per second
LOUDNESS = 0.35  # of the loudest that there is, for each tone


def chime() -> bytes:
    """Return a WAV file: 16 bits, mono."""
    times = np.arange(round(SECONDS * RATE)) / RATE
    sound = np.zeros(len(times))
    for pitch, begin in TONES:
        since = np.maximum(times - begin, 0.0)
        # It begins and ends with silence, or it would click.
        shape = np.minimum(since / 0.005, 1.0) * np.exp(-DECAY * since)
        sound += (
            LOUDNESS
            * shape
            * np.minimum((SECONDS - times) / 0.02, 1.0)
            * np.sin(2 * np.pi * pitch * since)
        )
    file = io.BytesIO()
    with wave.open(file, "wb") as output:
        output.setnchannels(1)
        output.setsampwidth(2)
        output.setframerate(RATE)
        output.writeframes(np.round(32767 * sound).astype("<i2").tobytes())
    return file.getvalue()


if __name__ == "__main__":
    FILE.write_bytes(chime())
