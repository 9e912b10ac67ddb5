"""Finding a camera on the local network, and choosing one of its streams."""

from __future__ import annotations

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from pedcam.ui.base import text, theme
from pedcam.ui.base.status_label import StatusLabel
from pedcam.ui.start.addresses import has_sign_in, with_sign_in
from pedcam.ui.start.network_cameras import NetworkCameras
from pedcam.video.sources.onvif import CameraStream, FoundCamera
from pedcam.video.sources.spec import public_address

NONE_FOUND = (
    "No camera answered. Is it switched on and in the same network as this computer, and is ONVIF "
    "enabled in its settings? A firewall may be in the way too. A camera that is not found can "
    "still be opened by its address."
)


class NetworkDialog(QDialog):
    """Lists the cameras that answer; with its user name and password one names its streams."""

    chosen = pyqtSignal(str)
    """The address to open, with user name and password."""

    def __init__(self, cameras: NetworkCameras, parent: QWidget | None = None) -> None:
        """Begin to search, which whoever opens this asked for."""
        super().__init__(parent)
        self.setWindowTitle("Find network cameras")
        self.setMinimumSize(520, 460)
        self.resize(600, 520)
        self._cameras = cameras
        cameras.setParent(self)
        self._listed: tuple[FoundCamera, ...] = ()
        self._streams: tuple[CameraStream, ...] = ()
        self._signed_in = ("", "")  # as the streams were asked for
        self.status = StatusLabel()
        self.list = QListWidget()
        self.list.setAccessibleName("Cameras on this network")
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.progress = QProgressBar()
        self.progress.setRange(0, 0)
        self.progress.setTextVisible(False)
        self.progress.setAccessibleName("Waiting for answers")
        self.again = QPushButton()
        self.again.setAutoDefault(False)
        self.user = QLineEdit()
        self.user.setPlaceholderText("As set up in the camera")
        self.password = QLineEdit()
        self.password.setEchoMode(QLineEdit.EchoMode.Password)
        self.ask = QPushButton("&Show streams")
        self.ask.setToolTip("Ask the selected camera for its streams")
        self.streams = QComboBox()
        self.streams.setToolTip("Smaller pictures take less time, larger ones show people far away")
        self.streams.setPlaceholderText("Shown after signing in")
        self.contact = StatusLabel()
        self.contact.setMinimumHeight(2 * self.fontMetrics().lineSpacing())
        # What is below the list stays where it is.
        for part in (self.progress, self.contact):
            policy = part.sizePolicy()
            policy.setRetainSizeWhenHidden(True)
            part.setSizePolicy(policy)
        self.buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Open | QDialogButtonBox.StandardButton.Cancel
        )
        self._open = self.buttons.button(QDialogButtonBox.StandardButton.Open)
        self._lay_out()
        self.list.itemSelectionChanged.connect(self._select)
        self.list.itemActivated.connect(lambda _: self.user.setFocus())
        self.again.clicked.connect(self._look_or_stop)
        self.ask.clicked.connect(self._ask)
        self.streams.currentIndexChanged.connect(self._show_contact)
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        cameras.changed.connect(self._follow)
        cameras.look()

    def accept(self) -> None:
        stream = self._stream
        if stream is None:
            return
        address, (user, password) = stream.address, self._signed_in
        # Another computer is not to learn the password of this camera.
        if user and not stream.elsewhere and not has_sign_in(address):
            address = with_sign_in(address, user, password)
        super().accept()
        self.chosen.emit(address)

    def done(self, result: int) -> None:
        self._cameras.stop()
        super().done(result)

    @property
    def _stream(self) -> CameraStream | None:
        at = self.streams.currentIndex()
        return self._streams[at] if 0 <= at < len(self._streams) else None

    @property
    def _selected(self) -> FoundCamera | None:
        rows = self.list.selectedIndexes()
        return self._listed[rows[0].row()] if rows else None

    def _lay_out(self) -> None:
        unit = theme.UNIT
        search = QHBoxLayout()
        search.setSpacing(2 * unit)
        search.addWidget(self.progress, 1)
        search.addWidget(self.again)
        form = QFormLayout()
        form.setSpacing(unit)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.addRow("&User name", self.user)
        password = QHBoxLayout()
        password.setSpacing(unit)
        password.addWidget(self.password, 1)
        password.addWidget(self.ask)
        label = QLabel("&Password")
        label.setBuddy(self.password)
        form.addRow(label, password)
        form.addRow("S&tream", self.streams)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(2 * unit, 2 * unit, 2 * unit, 2 * unit)
        layout.setSpacing(unit)
        layout.addWidget(self.status)
        layout.addWidget(self.list, 1)
        layout.addLayout(search)
        layout.addLayout(form)
        layout.addWidget(self.contact)
        layout.addWidget(self.buttons)

    def _look_or_stop(self) -> None:
        if self._cameras.searching or self._cameras.asking:
            self._cameras.stop()
        else:
            self._cameras.look()

    def _ask(self) -> None:
        if (camera := self._selected) is not None:
            user, password = self.user.text().strip(), self.password.text()
            self._signed_in = user, password
            self._cameras.ask(camera, user, password)

    def _select(self) -> None:
        if self._selected != self._cameras.asked:
            self._cameras.forget_answer()
        self._refresh()

    def _follow(self) -> None:
        self._refresh()
        if self._cameras.sign_in_wanted:
            (self.password if self.user.text() else self.user).setFocus()

    def _refresh(self) -> None:
        cameras = self._cameras
        if cameras.cameras != self._listed:
            self._fill(cameras.cameras)
        streams = cameras.answer.streams if cameras.answer is not None else ()
        if streams != self._streams:
            self._streams = streams
            self.streams.clear()
            self.streams.addItems([_title(at, one) for at, one in enumerate(streams, start=1)])
            self.streams.setCurrentIndex(0 if streams else -1)
        busy = cameras.searching or cameras.asking
        self.progress.setVisible(busy)
        self.again.setText("St&op" if busy else "&Look again")
        self.ask.setEnabled(self._selected is not None and not cameras.asking)
        self.streams.setEnabled(bool(streams))
        assert self._open is not None
        self._open.setEnabled(bool(streams))
        self._open.setDefault(bool(streams))
        self.ask.setDefault(not streams)
        self._show_status()
        self._show_contact()

    def _show_status(self) -> None:
        cameras = self._cameras
        if cameras.problem:
            self.status.set_status(cameras.problem, error=True)
        elif cameras.searching:
            self.status.set_status("Looking for cameras on this network…")
        elif cameras.asking and cameras.asked is not None:
            self.status.set_status(f"Asking {cameras.asked.host}…")
        elif cameras.answer is not None:
            model = cameras.answer.model
            self.status.set_status(f"Choose a stream{f' of {model}' if model else ''}.")
        elif self._listed:
            self.status.set_status("Choose a camera, and enter its user name and password.")
        else:
            self.status.set_status(NONE_FOUND)

    def _show_contact(self) -> None:
        stream, asked = self._stream, self._cameras.asked
        if stream is None or asked is None:
            self.contact.set_status("")
            return
        words = f"Opens {public_address(stream.address)}"
        if stream.elsewhere:
            words += (
                f"\nThat is not the camera at {asked.host}, so its user name and password are not "
                "sent there."
            )
        self.contact.set_status(words, error=stream.elsewhere)

    def _fill(self, cameras: tuple[FoundCamera, ...]) -> None:
        # Kept where there are only more: somebody may have chosen one already.
        known = len(self._listed)
        before, self._listed = self._listed, cameras
        if cameras[:known] != before:
            self.list.clear()
            known = 0
        for camera in cameras[known:]:
            name = f"{camera.name}   ({camera.host})" if camera.name else camera.host
            item = QListWidgetItem(name)
            item.setToolTip(camera.service)
            self.list.addItem(item)
        if not self.list.selectedIndexes() and cameras:
            self.list.setCurrentRow(0)


def _title(number: int, stream: CameraStream) -> str:
    facts = []
    if stream.size is not None:
        facts.append(text.pixels(*stream.size))
    if stream.encoding:
        facts.append(stream.encoding)
    name = stream.name or f"Stream {number}"
    return f"{name}: {', '.join(facts)}" if facts else name
