"""Finds the presets and media that come with pedcam, installed or in a checkout."""

from pathlib import Path

# A wheel carries the files inside the package; an editable install uses the checkout's own folders.
_ROOTS = (Path(__file__).parent / "_bundled", Path(__file__).parent.parent)


def models_folder() -> Path:
    """Return the folder of the presets that come with pedcam, or raise FileNotFoundError."""
    return _find("models")


def asset(name: str) -> Path:
    """Return the path of a file that comes with pedcam, or raise FileNotFoundError."""
    return _find(f"assets/{name}")


def _find(relative: str) -> Path:
    candidates = [root / relative for root in _ROOTS]
    for candidate in candidates:
        if candidate.exists():
            return candidate
    raise FileNotFoundError(
        f"{relative} is missing from this copy of pedcam (looked for "
        f"{' and '.join(map(str, candidates))}): reinstall pedcam or use a complete checkout"
    )
