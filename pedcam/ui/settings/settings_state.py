"""The settings as they are now."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from pedcam.ui.base.observable import Observable
from pedcam.ui.settings.settings import Settings, setting_info, setting_names


class SettingsState(Observable):
    """The settings as they are now.

    Attributes:
        values: All of them; replaced as a whole by each change.
    """

    def __init__(self, values: Settings | None = None) -> None:
        """Start with the settings given, or with the defaults."""
        super().__init__()
        self.values = values if values is not None else Settings()

    def set(self, name: str, value: object) -> bool:
        """Change a setting; tell whether the value is new.

        Raises:
            KeyError: There is none of that name.
            ValueError: It cannot have that value.
        """
        checked: Any = setting_info(name).kind.check(value)
        return self.replace(replace(self.values, **{name: checked}))

    def replace(self, values: Settings) -> bool:
        """Change all settings at once; tell whether any is new."""
        if values == self.values:
            return False
        self.values = values
        self._changed()
        return True

    def reset(self, page: str) -> bool:
        """Return the settings of a page to their defaults; tell whether any was changed."""
        defaults = Settings()
        return self.replace(
            replace(self.values, **{name: getattr(defaults, name) for name in setting_names(page)})
        )

    def at_defaults(self, page: str) -> bool:
        """Tell whether all settings of a page are at their defaults."""
        defaults = Settings()
        return all(
            getattr(self.values, name) == getattr(defaults, name) for name in setting_names(page)
        )
