"""What is drawn over the picture."""

from __future__ import annotations

from collections.abc import Mapping

from pedcam.ui.base.observable import Observable

OPTIONS = ("boxes", "scores", "identities", "traces", "heat_map", "blur")


class ViewOptions(Observable):
    """What is drawn over the picture; set by :meth:`set` and :meth:`toggle`.

    Attributes:
        boxes: A box around everybody; without it there are no scores and identities either.
        scores: The score at each box.
        identities: Everybody's number at the box, and a colour of their own.
        traces: Where everybody walked in the last seconds.
        heat_map: Where people stood, the longer ago the fainter.
        blur: Everybody made unrecognizable.
    """

    def __init__(self) -> None:
        super().__init__()
        self.boxes = self.scores = self.identities = True
        self.traces = self.heat_map = self.blur = False

    def set(self, name: str, on: bool) -> None:
        """Switch one of :data:`OPTIONS`."""
        self.restore({name: on})

    def toggle(self, name: str) -> None:
        """Switch one of :data:`OPTIONS` on or off, whichever it is not."""
        self.set(name, not getattr(self, name))

    def to_dict(self) -> dict[str, bool]:
        """Return every option by name, to be remembered."""
        return {name: getattr(self, name) for name in OPTIONS}

    def restore(self, values: Mapping[str, object]) -> None:
        """Take over what was remembered; other names and values are ignored."""
        new = {
            name: values[name]
            for name in OPTIONS
            if isinstance(values.get(name), bool) and values[name] is not getattr(self, name)
        }
        if new:
            vars(self).update(new)
            self._changed()
