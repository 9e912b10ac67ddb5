"""The layers of a preset as a bar: the first on the left, each as wide as it has weights."""

from __future__ import annotations

from PyQt6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PyQt6.QtGui import QColor, QHelpEvent, QPainter, QPaintEvent
from PyQt6.QtWidgets import QSizePolicy, QToolTip, QWidget

from pedcam.detect.presets import LayerInfo
from pedcam.ui import text, theme

_HEIGHT = 28
_LEAST = 3.0  # widget coordinates of the smallest layer


class LayerChart(QWidget):
    """Shows bits per layer: filled where a weight is 1 bit, hatched at 8, empty at 32."""

    def __init__(self, parent: QWidget | None = None) -> None:
        """Start without layers."""
        super().__init__(parent)
        self._layers: tuple[LayerInfo, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(self.tr("Bits per layer"))

    def set_layers(self, layers: tuple[LayerInfo, ...]) -> None:
        """Show the layers of a network, in forward order."""
        self._layers = layers
        binary = sum(layer.bits == 1 for layer in layers)
        self.setAccessibleDescription(
            self.tr("{binary} of {count} layers have 1 bit per weight").format(
                binary=binary, count=len(layers)
            )
        )
        self.update()

    def spans(self) -> list[QRectF]:
        """Return where each layer lies in the widget."""
        if not self._layers:
            return []
        # Roots, as the largest layer has a thousand times the weights of the smallest.
        shares = [max(layer.parameters, 1) ** 0.5 for layer in self._layers]
        least = min(_LEAST, self.width() / len(shares))
        room = self.width() - least * len(shares)
        spans, left = [], 0.0
        for share in shares:
            width = least + room * share / sum(shares)
            spans.append(QRectF(left, 0, width, _HEIGHT))
            left += width
        return spans

    def sizeHint(self) -> QSize:
        """Prefer room for some thirty layers."""
        return QSize(360, _HEIGHT)

    def event(self, event: QEvent | None) -> bool:
        """Name the layer under the pointer."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            for layer, span in zip(self._layers, self.spans(), strict=True):
                if span.contains(QPointF(event.pos())):
                    words = self.tr("{name}: {bits} bits per weight, {count} weights").format(
                        name=layer.name, bits=layer.bits, count=f"{layer.parameters:,}"
                    )
                    QToolTip.showText(event.globalPos(), text.plain(words), self)
                    return True
        return super().event(event)

    def paintEvent(self, event: QPaintEvent | None) -> None:
        """Draw every layer."""
        colors = theme.colors()
        painter = QPainter(self)
        for layer, span in zip(self._layers, self.spans(), strict=True):
            inner = span.adjusted(0, 0, -1, 0)
            painter.fillRect(inner, QColor(colors.line))
            if layer.bits == 1:
                painter.fillRect(inner, QColor(colors.accent))
            elif layer.bits <= 8:
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(Qt.BrushStyle.BDiagPattern)
                painter.fillRect(inner, QColor(colors.raised))
                brush = painter.brush()
                brush.setColor(QColor(colors.accent))
                painter.fillRect(inner, brush)
