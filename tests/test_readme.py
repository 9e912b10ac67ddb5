import re
from pathlib import Path

README = Path(__file__).parent.parent / "README.md"
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
    assert commands["test"].endswith("&& .venv/bin/python -m pytest")


def test_every_link_leads_somewhere_and_nothing_is_left_open() -> None:
    for page in (README, README.parent / "training" / "README.md"):
        text = page.read_text(encoding="utf-8")
        links = re.findall(r"\]\((?!https?://)([^)#]+)\)", text)
        assert links
        for link in links:
            assert (page.parent / link).exists(), f"{page}: {link}"
        assert not re.search(r"\b[A-Z]+_[A-Z]+\b", re.sub(r"`[^`]*`", "", text))
