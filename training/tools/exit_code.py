"""How the commands of the training package end."""

from __future__ import annotations

import sys
from collections.abc import Callable

from pedcam.errors import UserError


def exit_code(name: str, work: Callable[[], object], stopped: str = "stopped") -> int:
    """Do a command's work; say on standard error why it failed, and return its exit code."""
    try:
        work()
    except UserError as error:
        sys.stderr.write(f"{name}: error: {error}\n")
        return 1
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        sys.stderr.write(f"{name}: error: {where}{error.strerror or error}\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write(f"\n{name}: {stopped}\n")
        return 130
    return 0
