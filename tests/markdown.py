"""What tests read out of Markdown: code blocks, and links that lead nowhere."""

import re
from pathlib import Path

BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\((?!https?://)([^)#]+)")


def code_blocks(page: Path) -> list[tuple[str, str]]:
    """The language and the text of each code block of a page."""
    return BLOCK.findall(page.read_text(encoding="utf-8"))


def broken_links(page: Path) -> list[str]:
    """Links to files that are not in the checkout."""
    links = LINK.findall(page.read_text(encoding="utf-8"))
    return [link for link in links if not (page.parent / link).exists()]
