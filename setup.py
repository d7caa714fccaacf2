"""The long description and the addresses; everything else is in setup.cfg.

README.md has links that hold in the repository. Whoever publishes a release sets REPOSITORY_URL,
and they lead there. Without it they become plain text: no link of the package is broken.
"""

import os
import re
from pathlib import Path

from setuptools import setup

LINK = re.compile(r"(!?)\[((?:[^\[\]]|\[[^\]]*\])*)\]\((?![a-z]+:)([^()\s]+)\)")


def long_description(text: str, repository: str) -> str:
    """README.md with absolute links to ``repository``, or with none if that is empty."""

    def mend(match: "re.Match[str]") -> str:
        picture, words, target = match.groups()
        if not repository:
            return f"*{words}*" if picture else words
        kind = "raw" if picture else "blob"
        return f"{picture}[{words}]({repository}/{kind}/main/{target})"

    return LINK.sub(mend, text)


if __name__ == "__main__":
    repository = os.environ.get("REPOSITORY_URL", "").rstrip("/")
    readme = Path(__file__).with_name("README.md").read_text("utf-8")
    places = {
        "Source": "",
        "Documentation": "/tree/main/docs",
        "Changelog": "/blob/main/CHANGELOG.md",
    }
    setup(
        long_description=long_description(readme, repository),
        long_description_content_type="text/markdown",
        project_urls={name: repository + path for name, path in places.items() if repository},
    )
