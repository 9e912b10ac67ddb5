"""Street scenes with walking figures, rendered with numpy and OpenCV.

from training.walkers import render_still
scene = render_still(seed=3)
scene.image, scene.boxes, scene.visibility
"""

from training.walkers.clip import WalkerClip
from training.walkers.dataset import write_dataset
from training.walkers.scene import WalkerImage
from training.walkers.still import render_still

__all__ = ["WalkerClip", "WalkerImage", "render_still", "write_dataset"]
