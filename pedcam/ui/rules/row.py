"""One rule, which is edited where it is read."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from PyQt6.QtCore import QRectF, QSignalBlocker, Qt, QTimer, pyqtSignal
from PyQt6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PyQt6.QtWidgets import QCheckBox, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from pedcam.ui.base import theme
from pedcam.ui.base.icon_button import IconButton
from pedcam.ui.base.name_edit import NameEdit
from pedcam.ui.base.own_keys import OwnKeys
from pedcam.ui.base.status_label import StatusLabel
from pedcam.ui.rules.action_chips import ActionChips
from pedcam.ui.rules.condition_sentence import ConditionSentence
from pedcam.ui.rules.sentence import Sentence
from pedcam.ui.rules.timing_sentence import TimingSentence
from pedcam.ui.zones.shape import MAX_NAME
from pedcam.video.people.rules import Action, Rule

FLASH = 2500  # milliseconds for which a rule that has fired stands out


class RuleRow(QWidget):
    """Switch, name, condition, actions and times of a rule.

    Attributes:
        rule: The rule as it is.
    """

    changed = pyqtSignal(object)
    """The user wants this :class:`~pedcam.video.people.rules.Rule` in its place."""

    removed = pyqtSignal()
    """The user does not want the rule any more."""

    addresses_wanted = pyqtSignal()
    """The user wants to set where alerts are sent."""

    def __init__(self, rule: Rule) -> None:
        super().__init__()
        self.rule = rule
        self._can_send = True
        self.switch = QCheckBox()
        self.switch.setToolTip("Whether the rule is on")
        OwnKeys(self.switch, [Qt.Key.Key_Space])
        self.name = NameEdit(MAX_NAME)
        self.name.setProperty("title", True)
        self.name.setFont(theme.scaled(self.name.font(), 1.0, bold=True))
        self.condition = ConditionSentence(rule.when, whole_picture=not rule.zone)
        self.actions_ = ActionChips()
        self.timing = TimingSentence()
        self.fired = QLabel()
        self.fired.setProperty("muted", True)
        self.fired.hide()
        self.problem = StatusLabel()
        self.addresses = QPushButton("Set an address…")
        self.addresses.setToolTip("Open the settings of alerts")
        self.addresses.setProperty("blank", True)
        self.addresses.setAutoDefault(True)
        self._nowhere = Sentence(muted=True)
        self._nowhere.add_words("Nothing is sent, as no address is set yet.")
        self._nowhere.add_widget(self.addresses)
        self.remove = IconButton("trash", color="muted", size=16)
        self._flash = QTimer(self)
        self._flash.setSingleShot(True)
        self._flash.setInterval(FLASH)
        self._flash.timeout.connect(self.update)
        self._lay_out()
        self._connect()
        self.show_rule(rule)

    def show_rule(self, rule: Rule) -> None:
        """Show a rule whose condition is of the same kind."""
        self.rule = rule
        self.setAccessibleName(f"Rule {rule.name}: {rule.when}")
        with QSignalBlocker(self.switch):
            self.switch.setChecked(rule.enabled)
        self.switch.setAccessibleName(f"{rule.name} is on")
        self._show_name()
        self.remove.setAccessibleName(f"Delete rule {rule.name}")
        self.remove.setToolTip(f"Delete rule {rule.name}")
        self.condition.show_condition(rule.when)
        self.actions_.show_actions(rule.then)
        self.timing.show_timing(rule.cooldown, rule.hours)
        self._refresh_sending()

    def show_fired(self, words: str) -> None:
        """Say how often the rule fired; empty for not at all."""
        self.fired.setText(words)
        self.fired.setVisible(bool(words))

    def set_can_send(self, can_send: bool) -> None:
        """Say whether there is an address to send to."""
        self._can_send = can_send
        self._refresh_sending()

    @property
    def flashing(self) -> bool:
        """Whether the rule stands out, as it has just fired."""
        return self._flash.isActive()

    def flash(self) -> None:
        """Let the rule stand out for a moment."""
        self._flash.start()
        self.update()

    def paintEvent(self, event: QPaintEvent | None) -> None:
        colors = theme.colors()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(QColor(colors.warning if self.flashing else colors.raised))
        painter.setPen(QPen(QColor(colors.warning_line if self.flashing else colors.line), 1))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 6, 6)

    def _lay_out(self) -> None:
        unit = theme.UNIT
        head = QHBoxLayout()
        head.setSpacing(0)
        head.addWidget(self.switch)
        head.addWidget(self.name, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(unit, unit // 2, unit // 2, unit)
        layout.setSpacing(unit - 2)
        layout.addLayout(head)
        for widget in (
            self.condition,
            self.actions_,
            self._nowhere,
            self.timing,
            self.problem,
            self.fired,
        ):
            layout.addWidget(widget)
        # At the end, as that is when its turn is to get the focus.
        head.addWidget(self.remove)

    def _connect(self) -> None:
        self.switch.toggled.connect(lambda on: self._edit(enabled=on))
        self.name.entered.connect(lambda: self._edit(name=self.name.text().strip()))
        self.name.given_up.connect(self._show_name)
        self.condition.edited.connect(lambda when: self._edit(when=when))
        self.actions_.edited.connect(lambda then: self._edit(then=then))
        self.timing.cooldown_edited.connect(lambda cooldown: self._edit(cooldown=cooldown))
        self.timing.hours_edited.connect(lambda hours: self._edit(hours=hours))
        self.timing.problem_found.connect(lambda text: self.problem.set_status(text, error=True))
        self.remove.clicked.connect(self.removed)
        self.addresses.clicked.connect(self.addresses_wanted)

    def _edit(self, **values: Any) -> None:
        if not values.get("name", self.rule.name):
            text = "A rule needs a name. Enter one, or press Esc to keep the old one."
            self.problem.set_status(text, error=True)
            return
        self.problem.set_status("")
        rule = replace(self.rule, **values)
        if rule != self.rule:
            self.changed.emit(rule)

    def _show_name(self) -> None:
        self.problem.set_status("")
        self.name.setText(self.rule.name)
        self.name.setCursorPosition(0)

    def _refresh_sending(self) -> None:
        self._nowhere.setVisible(Action.SEND in self.rule.then and not self._can_send)
