"""Which device really computes, and why it is not the GPU."""

from __future__ import annotations

from collections.abc import Callable

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtWidgets import QLabel, QVBoxLayout, QWidget

from pedcam.ui.base import theme
from pedcam.ui.base.background import Worker
from pedcam.ui.base.watching import watch
from pedcam.ui.cuda_probe import CudaReport, CudaState, probe_cuda
from pedcam.ui.presets.choice import PresetChoice
from pedcam.ui.settings.settings_state import SettingsState


class DeviceNote(QWidget):
    """Says what the presets compute on; finds out in the background whether CUDA works."""

    probed = pyqtSignal(bool)
    """Whether CUDA can be used."""

    def __init__(
        self,
        presets: PresetChoice,
        settings: SettingsState,
        probe: Callable[[], CudaReport] = probe_cuda,
        parent: QWidget | None = None,
    ) -> None:
        """Start to look.

        Args:
            presets: What runs.
            settings: What is wanted.
            probe: Finds out whether CUDA can be used, on another thread.
            parent: Owner.
        """
        super().__init__(parent)
        self._presets, self._settings = presets, settings
        self.report: CudaReport | None = None
        self.in_use = QLabel()
        self.reason = QLabel()
        for label in (self.in_use, self.reason):
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.reason.setProperty("muted", True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.UNIT // 2)
        column.addWidget(self.in_use)
        column.addWidget(self.reason)
        worker = Worker("pedcam-probe", self)
        worker.submit(probe, self._found)
        worker.stop()
        watch(presets, self._refresh)
        watch(settings, self._refresh)
        self._refresh()

    def _found(self, report: CudaReport) -> None:
        self.report = report
        self._refresh()
        self.probed.emit(report.state is CudaState.USABLE)

    def _refresh(self) -> None:
        presets = self._presets
        used = presets.provider(presets.running) or presets.provider(presets.chosen)
        wanted = self._settings.values.provider
        if not used:
            text = "Presets are being loaded; then it shows here what they compute on."
        elif used == "cuda":
            text = "In use now: the NVIDIA GPU."
        elif wanted == "cuda":
            text = "In use now: the processor, although the GPU is asked for."
        else:
            text = "In use now: the processor."
        self.in_use.setText(text)
        self.reason.setText(self._explain())

    def _explain(self) -> str:
        if self.report is None:
            return "Looking for an NVIDIA GPU…"
        detail = self.report.detail
        return {
            CudaState.USABLE: f"CUDA can be used: {detail}.",
            CudaState.NOT_BUILT: (
                "CUDA cannot be used: the ONNX Runtime that is installed was built without it. On "
                "Linux and Windows, install onnxruntime-gpu in its place."
            ),
            CudaState.NO_DRIVER: "CUDA cannot be used: there is no NVIDIA driver on this computer.",
            CudaState.NO_DEVICE: "CUDA cannot be used: the NVIDIA driver finds no GPU.",
            CudaState.NO_LIBRARY: (
                f"CUDA cannot be used: {detail} is missing. Run "
                "“pip install onnxruntime-gpu[cuda,cudnn]”, or install CUDA and cuDNN."
            ),
            CudaState.BROKEN: "CUDA cannot be used: {detail}".format(
                detail=detail or "it failed without a reason."
            ),
            CudaState.NO_ANSWER: (
                "CUDA cannot be used: the NVIDIA driver does not answer. Restarting the computer "
                "may help."
            ),
        }[self.report.state]
