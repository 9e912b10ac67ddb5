from pathlib import Path

import pytest

from pedcam.ui.translation import Messages, read_messages
from pedcam.ui.translations.extract import Found, collect, find_texts, main, to_ts

CODE = """
class Bar(QWidget):
    def __init__(self):
        self.a = self.tr("One & {two}").format(two=2)
        self.b = text.tr("Two " "parts")
        self.c = self.tr(self.a)
        self.d = self.tr(f"no {text}")

    class Inner:
        x = translatable("Three")

def size():
    return tr("Four")
"""


def test_marked_texts_are_found_wherever_they_stand() -> None:
    assert find_texts(CODE, "module") == [
        Found("Bar", "One & {two}", 4),
        Found("Bar", "Two parts", 5),
        Found("Inner", "Three", 10),
        Found("module", "Four", 13),
    ]


def test_what_was_translated_stays_and_the_rest_is_unfinished(tmp_path: Path) -> None:
    texts = [("a.py", found) for found in find_texts(CODE, "module")]
    known = Messages({("Bar", "One & {two}"): "Eins & {two}"}, {"Four": "Vier", "Old": "Alt"})
    path = tmp_path / "pedcam_de.ts"
    path.write_bytes(to_ts("de", texts + texts, known))
    assert read_messages(path).by_context == {
        ("Bar", "One & {two}"): "Eins & {two}",
        ("module", "Four"): "Vier",
    }
    content = path.read_text(encoding="utf-8")
    assert content.count("<message>") == 4
    assert content.count("unfinished") == 2


def test_the_command_covers_the_window(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["de", "--folder", str(tmp_path)]) == 0
    first = (tmp_path / "pedcam_de.ts").read_bytes()
    count = len({found.text for _, found in collect()})
    assert f": {count} texts are not translated yet" in capsys.readouterr().out
    assert main(["de", "--folder", str(tmp_path)]) == 0
    assert (tmp_path / "pedcam_de.ts").read_bytes() == first


def test_a_damaged_file_is_not_written_over(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "pedcam_de.ts"
    path.write_text("<TS>")
    assert main(["de", "--folder", str(tmp_path)]) == 1
    assert "damaged" in capsys.readouterr().err
    assert path.read_text() == "<TS>"
