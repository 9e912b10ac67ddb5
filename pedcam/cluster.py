"""Connecting to many machines, by Ray (https://docs.ray.io)."""

from __future__ import annotations

from typing import Any

from pedcam.errors import UserError

RETRIES = 3  # of what fails, on other machines where there are any


class ClusterError(UserError):
    """The cluster cannot be used; the message says why and what to do."""


def connect(address: str | None) -> Any:
    """Connect to a cluster, as ``ray.init`` takes it, or start one here; return the module ``ray``.

    Raises:
        ClusterError: Ray is not installed, or nobody answers.
    """
    try:
        import ray
    except ImportError as error:
        raise ClusterError(
            "Working on many machines needs Ray. Install it with: pip install ray"
        ) from error
    here: dict[str, Any] = {} if address else {"include_dashboard": False}
    try:
        ray.init(address=address or "local", log_to_driver=False, logging_level="ERROR", **here)
    except (ConnectionError, ValueError, RuntimeError, OSError) as error:
        raise ClusterError(f"The Ray cluster {address or ''} cannot be used: {error}") from error
    return ray
