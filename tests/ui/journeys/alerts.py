"""What the person of user.py does to be alerted, and finds again the next time."""

from collections.abc import Callable, Sequence

from PyQt6.QtCore import QPointF, Qt
from PyQt6.QtWidgets import QTabBar

from pedcam.history.values import PastEvent
from pedcam.ui.rules.row import RuleRow
from pedcam.ui.zones.state import Mode
from pedcam.video.people.counters import Point
from pedcam.video.people.counts import EventKind
from pedcam.video.people.rules import Action
from tests.ui.journeys.journeys import DEMO
from tests.ui.journeys.user import CTRL, Steps, User

ZONE = (0.1, 0.3), (0.9, 0.3), (0.9, 0.97), (0.1, 0.97)
"""Nearly all of the pavement: several people walk on it for longer than :data:`DWELL`."""

DWELL = 3  # seconds
NAME = "Loitering"
ACTIONS = (Action.SNAPSHOT, Action.CLIP)  # besides the notification, which new rules begin with

Key = Qt.Key


def sets_alert(user: User) -> Steps:
    """Draw a zone on the demo, set a rule of who stays in it, and see the alert."""
    yield from user.begin(ready=True)
    user.press(Key.Key_D, CTRL)
    yield "results", user.shows(DEMO)
    yield from draws_zone(user, ZONE)
    yield from adds_rule(user, "Long stay", NAME)
    row = user.window.zones_panel.rules.rows[0]
    yield from sets_dwell(user, row, DWELL)
    for action in ACTIONS:
        yield from switches_on(user, row, action)
    user.told["rule"] = tell(row)
    yield from sees_alert(user, row)
    user.quit()


def finds_alert(user: User) -> Steps:
    """Play the demo another day: zone and rule are there, and the alert comes again."""
    window, zones = user.window, user.window.services.zones
    yield from user.begin(ready=True)
    user.press(Key.Key_D, CTRL)
    yield "results", user.shows(DEMO)
    yield "the zone", lambda: len(zones.zones) == 1
    yield from turns_to(user, "zones")
    user.click(window.zones_panel.rows[0])
    yield "its rule", lambda: len(window.zones_panel.rules.rows) == 1
    row = window.zones_panel.rules.rows[0]
    yield user.scroll_to(row)
    user.told["rule"] = tell(row)
    yield from sees_alert(user, row)
    user.quit()


def draws_zone(user: User, corners: Sequence[Point]) -> Steps:
    """Draw a zone by a click at each corner and a last one on the first."""
    view, zones = user.window.view, user.window.services.zones
    user.press(Key.Key_N, Qt.KeyboardModifier.ShiftModifier)
    yield "drawing", lambda: zones.mode is Mode.DRAW_ZONE
    for corner in (*corners, corners[0]):
        place = QPointF(*view.viewport.to_widget(*corner))
        user.click(view, lambda place=place: place)
    yield "the zone is there", lambda: len(zones.zones) == 1


def adds_rule(user: User, kind: str, name: str) -> Steps:
    """Add a rule to what is selected, and name it."""
    rules = user.window.zones_panel.rules
    yield "its rules", rules.isVisible
    yield user.scroll_to(rules.add)
    before = len(rules.rows)
    user.click(rules.add)
    yield "what can be watched for", lambda: rules.menu.isVisible()
    place = rules.menu.actionGeometry(rules.choices[kind]).center()
    user.click(rules.menu, lambda: QPointF(place))
    yield "the rule", lambda: len(rules.rows) == before + 1
    row = rules.rows[-1]
    yield "its name can be typed", row.name.hasFocus
    user.type(name)
    yield "the name is typed", lambda: row.name.text() == name
    user.press(Key.Key_Return)
    yield "it is named", lambda: row.rule.name == name


def sets_dwell(user: User, row: RuleRow, seconds: int) -> Steps:
    """Say after how many seconds somebody has stayed for long."""
    box = row.condition.seconds
    yield user.scroll_to(box)
    user.click(box)
    yield "it is selected", lambda: box.lineEdit().selectedText() == box.text()
    user.type(str(seconds))
    yield "the seconds are typed", lambda: box.text() == str(seconds)
    user.press(Key.Key_Return)
    yield "they are set", lambda: box.text() == f"{seconds} s"


def switches_on(user: User, row: RuleRow, action: Action) -> Steps:
    """Let something be done when the rule fires."""
    yield user.scroll_to(row.actions_.chips[action])
    user.click(row.actions_.chips[action])
    yield f"{action.value} is on", lambda: action in row.rule.then


def sees_alert(user: User, row: RuleRow) -> Steps:
    """Wait until the rule fires, and look it up in the list of events."""
    yield "the rule has fired", lambda: row.fired.text()
    user.told["fired"] = row.fired.text()
    yield from turns_to(user, "events")
    yield "the alert is listed", lambda: alerts(user)
    user.told["alert"] = {
        "rule": alerts(user)[0].event.rule,
        "detail": alerts(user)[0].event.detail,
        "zone": alerts(user)[0].event.zone,
    }


def turns_to(user: User, page: str) -> Steps:
    """Click the tab of a page of the side panel."""
    panel = user.window.panel
    tabs: QTabBar = panel.tabs
    names = [panel.widget(number).objectName() for number in range(panel.count())]
    user.click(tabs, lambda: QPointF(tabs.tabRect(names.index(page)).center()))
    yield f"the page of {page}", lambda: panel.current == page


def alerts(user: User) -> list[PastEvent]:
    """Return the alerts in the list of events."""
    listed = user.window.services.history.events.events
    return [past for past in listed if past.event.kind is EventKind.ALERT]


def tell(row: RuleRow) -> dict[str, object]:
    """Return what can be read in a rule."""
    chips = row.actions_.chips.items()
    return {
        "name": row.name.text(),
        "seconds": row.condition.seconds.text(),
        "actions": sorted(action.value for action, chip in chips if chip.isChecked()),
        "on": row.switch.isChecked(),
    }


ALERTS: dict[str, Callable[[User], Steps]] = {
    "alert": sets_alert,
    "alert-again": finds_alert,
}
