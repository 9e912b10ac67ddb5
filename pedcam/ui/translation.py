"""The window in other languages, from the files in the folder ``translations``.

Those are Qt Linguist's ``.ts`` files, read as they are: ``lrelease``, which would compile them,
does not come with PyQt6. A text is looked up by its context (the class it stands in) and, where
that fails, by itself, because PyQt knows the class of the object only, which may be a subclass.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from defusedxml import DefusedXmlException  # type: ignore[import-untyped]
from defusedxml import ElementTree as SafeTree
from PyQt6.QtCore import QCoreApplication, QLibraryInfo, QLocale, QObject, QTranslator

from pedcam.errors import UserError

FOLDER = Path(__file__).parent / "translations"
PREFIX = "pedcam_"
MAX_BYTES = 2**22
SOURCE_LANGUAGE = "en"


class TranslationError(UserError):
    """A translation cannot be used; the message says which and why."""


@dataclass(frozen=True)
class Messages:
    """Texts and their translations.

    Attributes:
        by_context: By context and text.
        by_text: By text alone, the first translation of each.
    """

    by_context: dict[tuple[str, str], str]
    by_text: dict[str, str]


class FileTranslator(QTranslator):
    """Translates with the messages of a ``.ts`` file."""

    def __init__(self, messages: Messages, parent: QObject | None = None) -> None:
        """Translate with ``messages``."""
        super().__init__(parent)
        self._messages = messages

    def isEmpty(self) -> bool:
        """Tell whether there is nothing to translate with."""
        return not self._messages.by_text

    def translate(  # type: ignore[override]
        self,
        context: str | None,
        text: str | None,
        disambiguation: str | None = None,
        n: int = -1,
    ) -> str | None:
        """Return the translation of a text, ``None`` where there is none."""
        text = text or ""
        found = self._messages.by_context.get((context or "", text))
        return found or self._messages.by_text.get(text)


def read_messages(path: Path) -> Messages:
    """Return the finished messages of a ``.ts`` file.

    Raises:
        TranslationError: The file cannot be read or is damaged.
    """
    by_context: dict[tuple[str, str], str] = {}
    by_text: dict[str, str] = {}
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
        if len(content) > MAX_BYTES:
            raise ValueError("it is too large")
        for context in SafeTree.fromstring(content, forbid_dtd=False).iterfind("context"):
            name = context.findtext("name") or ""
            for message in context.iterfind("message"):
                source, translation = message.findtext("source"), message.find("translation")
                if not source or translation is None or translation.get("type"):
                    continue
                if translation.text:
                    by_context[name, source] = translation.text
                    by_text.setdefault(source, translation.text)
    except OSError as error:
        raise TranslationError(f"{path} cannot be read: {error.strerror}.") from error
    except (SafeTree.ParseError, DefusedXmlException, ValueError, RecursionError) as error:
        raise TranslationError(f"The translation {path} is damaged: {error}.") from error
    return Messages(by_context, by_text)


def available(folder: Path = FOLDER) -> tuple[str, ...]:
    """Return the languages there are, such as ``de``; English is always among them."""
    found = {path.stem.removeprefix(PREFIX) for path in folder.glob(f"{PREFIX}*.ts")}
    return tuple(sorted(found | {SOURCE_LANGUAGE}))


def language_name(language: str) -> str:
    """Return what a language is called by those who speak it."""
    name = QLocale(language).nativeLanguageName()
    return name[:1].upper() + name[1:] or language


def pick(choice: str, wishes: Iterable[str], languages: Iterable[str]) -> str:
    """Return the language to use.

    Args:
        choice: What the user set: a language, or ``system``.
        wishes: The system's languages, best first, such as ``de-AT``.
        languages: Those there are.
    """
    known = set(languages)
    for wish in wishes if choice == "system" else [choice]:
        parts = wish.replace("-", "_").split("_")
        # zh-Hant-TW: the script stands between language and country.
        for candidate in (f"{parts[0]}_{parts[-1]}", parts[0]):
            if candidate in known:
                return candidate
    return SOURCE_LANGUAGE


class Translation:
    """The language of an application; one is made before the first widget.

    Attributes:
        language: The one in use.
        problem: Why the one wanted cannot be used; empty if it can.
    """

    def __init__(self, app: QCoreApplication, choice: str, folder: Path = FOLDER) -> None:
        """Install a language.

        Args:
            app: Where to.
            choice: A language, or ``system``.
            folder: Where the ``.ts`` files are.
        """
        self.problem = ""
        self._app = app
        self._translators: list[QTranslator] = []
        self.language = pick(choice, QLocale.system().uiLanguages(), available(folder))
        if self.language == SOURCE_LANGUAGE:
            return
        try:
            messages = read_messages(folder / f"{PREFIX}{self.language}.ts")
        except TranslationError as error:
            self.language, self.problem = SOURCE_LANGUAGE, str(error)
            return
        self._install(FileTranslator(messages, app))
        # The buttons and menus that come with Qt; the last one installed is asked first.
        own = QTranslator(app)
        folder_of_qt = QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
        if own.load(QLocale(self.language), "qtbase", "_", folder_of_qt):
            self._install(own)

    def remove(self) -> None:
        """Go back to English, for widgets made from now on."""
        while self._translators:
            self._app.removeTranslator(self._translators.pop())
        self.language = SOURCE_LANGUAGE

    def _install(self, translator: QTranslator) -> None:
        self._translators.append(translator)
        self._app.installTranslator(translator)
