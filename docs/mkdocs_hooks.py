"""What the site takes from the rest of the repository, so that nothing is written twice.

Files that a page links become part of the site: Markdown and pictures as they are, other text as a
page that shows it. The reference of commands is what they print with ``--help``.
"""

from __future__ import annotations

import io
import os
import re
from contextlib import redirect_stdout, suppress
from pathlib import Path
from unittest.mock import patch

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

from pedcam.cli import COMMANDS, main

ROOT = Path(__file__).parent.parent
LINK = re.compile(r"\[([^\[\]]*)\]\(([^)#\s]+)(#[^)\s]*)?\)")
AS_IT_IS = {".md", ".png", ".svg"}
HELP_MARK = "<!-- what every command prints with --help -->"
HELP_WIDTH = "80"  # characters, which fit beside the table of contents


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add every file that is linked, or linked by one that is."""
    pages = Path(config.docs_dir)
    waiting = [pages / file.src_uri for file in files.documentation_pages()]
    for icon in (config.theme["logo"], config.theme["favicon"]):
        files.append(File.generated(config, icon, abs_src_path=str(ROOT / icon)))
    while waiting:
        page = waiting.pop()
        for _, link, _ in LINK.findall(page.read_text(encoding="utf-8")):
            target = (page.parent / link).resolve()
            uri = _uri(target)
            if not target.is_file() or pages in target.parents or uri in files.src_uris:
                continue
            if target.suffix in AS_IT_IS:
                files.append(File.generated(config, uri, abs_src_path=str(target)))
                waiting += [target] if target.suffix == ".md" else []
            else:
                files.append(File.generated(config, uri, content=_shown(target)))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Let links lead to where the files are on the site, and fill in the help of commands."""
    pages, uri = Path(config.docs_dir), page.file.src_uri
    own = (pages / uri).is_file()
    folder = (pages if own else ROOT) / Path(uri).parent

    def moved(link: re.Match[str]) -> str:
        text, path, anchor = link[1], link[2], link[3] or ""
        target = (folder / path).resolve()
        if target.is_dir():
            return text
        if not target.is_file() or pages in target.parents:
            return link[0]
        return f"[{text}]({os.path.relpath(_uri(target), Path(uri).parent)}{anchor})"

    if Path(uri).suffixes[-2:-1]:
        return markdown  # the text of a file, in which nothing is a link
    markdown = LINK.sub(moved, markdown)
    return markdown.replace(HELP_MARK, _every_help()) if HELP_MARK in markdown else markdown


def _uri(path: Path) -> str:
    """The name that a file of the repository has on the site."""
    uri = Path(os.path.relpath(path, ROOT)).as_posix()
    return uri if path.suffix in AS_IT_IS else f"{uri}.md"


def _shown(path: Path) -> str:
    language = {".py": "python", ".yaml": "yaml", ".service": "ini"}.get(path.suffix, "text")
    text = path.read_text(encoding="utf-8").rstrip()
    heading = (
        f"---\nhide: [toc]\nsearch: {{exclude: true}}\n---\n# {path.relative_to(ROOT).as_posix()}\n"
    )
    return f"{heading}\n````{language}\n{text}\n````\n"


def _every_help() -> str:
    titles = ("pedcam", *(f"pedcam {name}" for name in COMMANDS))
    return "\n".join(f"## {title}\n\n```text\n{_help(title)}\n```\n" for title in titles)


def _help(command: str) -> str:
    printed = io.StringIO()
    with (
        patch.dict(os.environ, COLUMNS=HELP_WIDTH),
        redirect_stdout(printed),
        suppress(SystemExit),
    ):
        main([*command.split()[1:], "--help"])
    return printed.getvalue().rstrip()
