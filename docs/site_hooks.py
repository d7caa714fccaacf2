"""What MkDocs does besides for the site: pages that lie outside docs/, and links to such files.

Every text has one place in the repository, with links that hold there. On the site, README.md is
the first page, other READMEs are pages too, the page of commands is made of their --help, and
a link to any other file of the repository leads to a copy of it.
"""

from __future__ import annotations

import posixpath
import re
from pathlib import Path
from typing import Any

import click
from mkdocs.structure.files import File, Files

ROOT = Path(__file__).parents[1]

#: Pages of the site that lie elsewhere in the repository.
ELSEWHERE = {
    "README.md": "index.md",
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
    "export/README.md": "export.md",
    "export/js/README.md": "javascript.md",
    "export/web/README.md": "browser.md",
}
COMMANDS = "reference/commands.md"

#: [text](target#anchor) and ![text](target)
LINK = re.compile(r"(!?)\[((?:[^\[\]]|\[[^\]]*\])*)\]\(([^()#\s]*)(#[^()\s]*)?\)")


def on_files(files: Files, config: Any) -> Files:
    """Adds the pages from elsewhere, the commands, and what any page links to."""
    for source, uri in ELSEWHERE.items():
        files.append(File.generated(config, uri, content=(ROOT / source).read_text("utf-8")))
    files.append(File.generated(config, COMMANDS, content=commands()))
    texts = {
        file.src_uri: file.content_string for file in list(files) if file.is_documentation_page()
    }
    for uri, text in texts.items():
        for target in sorted({match[3] for match in LINK.finditer(text)}):
            path = in_repository(uri, target)
            if path and is_copied(path) and files.get_file_from_path(path) is None:
                files.append(File.generated(config, path, abs_src_path=str(ROOT / path)))
    return files


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """The page with links as they have to be on the site; those to folders are text."""
    uri = page.file.src_uri

    def mend(match: re.Match[str]) -> str:
        picture, text, target, anchor = match.groups(default="")
        path = in_repository(uri, target)
        if path is None:
            return match[0]
        if path in ELSEWHERE:
            found = ELSEWHERE[path]
        elif path.startswith("docs/"):
            found = path[len("docs/") :]
        elif is_copied(path):
            found = path
        else:
            return text
        return f"{picture}[{text}]({posixpath.relpath(found, posixpath.dirname(uri))}{anchor})"

    return outside_code(markdown, lambda line: LINK.sub(mend, line))


def in_repository(uri: str, target: str) -> str | None:
    """Path in the repository of what a page's link points at; None for anchors and addresses."""
    if not target or re.match(r"[a-z]+:", target):
        return None
    homes = {page: source for source, page in ELSEWHERE.items()}
    folder = posixpath.dirname(homes.get(uri, f"docs/{uri}"))
    return posixpath.normpath(posixpath.join(folder, target))


def is_copied(path: str) -> bool:
    """Whether a file of the repository is no page: the site gets a copy, at the same path."""
    return path not in ELSEWHERE and not path.startswith("docs/") and (ROOT / path).is_file()


def outside_code(markdown: str, change: Any) -> str:
    """``change`` made to every line that is not in a fenced block."""
    lines, fence = [], ""
    for line in markdown.split("\n"):
        mark = re.match(r"\s*(```+|~~~+)", line)
        if mark and not fence:
            fence = mark[1]
        elif mark and mark[1] == fence:
            fence = ""
        lines.append(line if fence or mark else change(line))
    return "\n".join(lines)


def commands() -> str:
    """A page with every command's --help."""
    from keystego_tf.cli import COMMANDS, main

    whole = click.Context(main, info_name="keystego-tf", **main.context_settings)
    parts = ["# Commands", help_text(whole)]
    for name in COMMANDS:
        command = main.get_command(whole, name)
        parts += [f"## {name}", help_text(click.Context(command, whole, info_name=name))]
    return "\n\n".join(parts) + "\n"


def help_text(context: click.Context) -> str:
    context.terminal_width = context.max_content_width = 90
    return f"```text\n{context.get_help()}\n```"
