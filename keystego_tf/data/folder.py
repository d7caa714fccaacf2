"""Read covers from a folder of image files."""

from __future__ import annotations

import os
from pathlib import Path
from typing import IO

from PIL import Image

from .encoded import EncodedCovers, usable_images


class FolderCovers(EncodedCovers):
    """Every image file below a folder, in the order of their paths.

    Opening lists the files and decodes them up to the first usable one. So a folder of any size
    opens within a second or so per 100,000 files. Other unusable files are found when they are
    requested.
    """

    def __init__(self, folder: Path, channels: int, least_side: int) -> None:
        """Search ``folder`` recursively, leaving out hidden files and folders.

        ``channels``: 1 or 3; ``least_side``: of the shorter side, pixels. Raises ValueError if the
        folder does not exist or holds nothing usable.
        """
        if not folder.is_dir():
            reason = "it is a file" if folder.exists() else "there is no such directory"
            # in full, because a relative path depends on where the command or the notebook runs
            raise ValueError(f"{folder.absolute()} is not a folder of covers: {reason}")
        super().__init__(folder.resolve().name, channels, least_side)
        self._paths = image_paths(folder)
        if next(usable_images(self), None) is None:
            raise ValueError(
                f"{folder} holds no usable cover: {len(self)} image files seen, {self.skipped} "
                f"skipped; a cover must decode whole and be at least {least_side} pixels on its "
                "shorter side"
            )

    def __len__(self) -> int:
        return len(self._paths)

    def label(self, index: int) -> str:
        """Return the path of image ``index``."""
        return self._paths[index]

    def file_size(self, index: int) -> int:
        """Return the bytes of the file, or -1."""
        try:
            return os.path.getsize(self._paths[index])
        except OSError:
            return -1

    def _open(self, index: int) -> IO[bytes]:
        return open(self._paths[index], "rb")


def image_paths(folder: Path) -> list[str]:
    """List files below ``folder`` whose extension Pillow can read, sorted, without hidden ones."""
    extensions = {end for end, name in Image.registered_extensions().items() if name in Image.OPEN}
    paths = []
    for parent, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        paths += [
            os.path.join(parent, name)
            for name in files
            if not name.startswith(".") and os.path.splitext(name)[1].lower() in extensions
        ]
    return sorted(paths)
