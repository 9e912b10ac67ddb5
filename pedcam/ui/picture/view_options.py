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
        """Start with boxes, scores and identities."""
        super().__init__()
        self.boxes = True
        self.scores = True
        self.identities = True
        self.traces = False
        self.heat_map = False
        self.blur = False

    def set(self, name: str, on: bool) -> bool:
        """Switch an option; tell whether that is new.

        Raises:
            KeyError: There is no option of that name.
        """
        if name not in OPTIONS:
            raise KeyError(name)
        if getattr(self, name) is on:
            return False
        setattr(self, name, on)
        self._changed()
        return True

    def toggle(self, name: str) -> None:
        """Switch an option on or off, whichever it is not.

        Raises:
            KeyError: There is no option of that name.
        """
        if name not in OPTIONS:
            raise KeyError(name)
        self.set(name, not getattr(self, name))

    def to_dict(self) -> dict[str, bool]:
        """Return every option by name, to be remembered."""
        return {name: getattr(self, name) for name in OPTIONS}

    def restore(self, values: Mapping[str, object]) -> None:
        """Take up what was remembered; what is missing or no truth value stays as it is."""
        before = self.to_dict()
        for name in OPTIONS:
            value = values.get(name)
            if isinstance(value, bool):
                setattr(self, name, value)
        if self.to_dict() != before:
            self._changed()
