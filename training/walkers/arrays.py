"""Names for the arrays in this package; their shapes stand in the docstrings."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
"""Floating point numbers, float32 where there are many."""
Image = NDArray[np.uint8]
"""Bytes: a picture (H, W, 3) in BGR order or a mask (H, W)."""
