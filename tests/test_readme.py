import re
from pathlib import Path

from tests.markdown import broken_links

README = Path(__file__).parent.parent / "README.md"
STREAM = README.parent / "pedcam" / "video" / "README.md"
MARKED = re.compile(r"^<!-- (\S+)-command -->\n+```bash\n(.+?)\n```$", re.MULTILINE | re.DOTALL)


def marked_commands() -> dict[str, str]:
    return dict(MARKED.findall(README.read_text(encoding="utf-8")))


def test_two_commands_are_marked() -> None:
    assert README.read_text(encoding="utf-8").count("-command -->") == 2
    assert set(marked_commands()) == {"app", "test"}


def test_each_is_one_line_from_nothing_with_the_tested_versions() -> None:
    for command in marked_commands().values():
        assert "\n" not in command
        assert command.startswith("python3 -m venv .venv && ")
        assert "-c constraints.txt -e" in command


def test_they_end_in_the_demo_and_in_the_tests() -> None:
    commands = marked_commands()
    assert commands["app"].endswith("&& .venv/bin/pedcam --demo")
    assert commands["test"].endswith("&& .venv/bin/python -m pytest -n logical")


def test_every_link_leads_somewhere_and_nothing_is_left_open() -> None:
    for page in (README, README.parent / "training" / "README.md", STREAM):
        text = page.read_text(encoding="utf-8")
        assert broken_links(page) == []
        assert not re.search(r"\b[A-Z]+_[A-Z]+\b", re.sub(r"`[^`]*`", "", text))


def test_every_test_that_the_fault_table_names_is_there() -> None:
    named = re.findall(
        r"`((?:\.\./)?(?:\w+/)?test_\w+\.py)(?:::(\w+))?`", STREAM.read_text(encoding="utf-8")
    )
    assert len(named) > 30
    for file, name in named:
        text = (README.parent / "tests" / "video" / file).read_text(encoding="utf-8")
        assert not name or re.search(rf"^\s*(def|class) {name}\b", text, re.MULTILINE), name
