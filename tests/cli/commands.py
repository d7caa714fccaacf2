"""Commands in this process or in one of their own."""

from __future__ import annotations

import inspect
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from click.testing import CliRunner
from PIL import Image

from keystego_tf.cli import main

#: Older Clicks mix standard error into standard output unless they are asked not to.
OLD = "mix_stderr" in inspect.signature(CliRunner).parameters
OPTIONS: dict[str, Any] = {"mix_stderr": False} if OLD else {}


#: Children of what a shell put into the background, as CI may be, would ignore Ctrl-C.
LISTENING = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)
"""
RUN = """
from keystego_tf.cli import main
main(prog_name="keystego-tf")
"""


@dataclass(frozen=True)
class Result:
    code: int
    output: bytes
    errors: str

    @property
    def text(self) -> str:
        return self.output.decode()

    def assert_error(self, code: int, *parts: str) -> None:
        """One line on standard error that has these parts, nothing on standard output."""
        assert (self.code, self.output) == (code, b""), self
        assert self.errors.startswith("error: ") and self.errors.count("\n") == 1, self.errors
        for part in parts:
            assert part in self.errors, self.errors


def run(*words: str | Path, stdin: bytes = b"", passphrase: str | None = None) -> Result:
    """A command in this process, without a terminal; passphrase: in the environment."""
    result = CliRunner(env={"KEYSTEGO_PASSPHRASE": passphrase}, **OPTIONS).invoke(
        main, [str(word) for word in words], input=stdin, prog_name="keystego-tf"
    )
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return Result(result.exit_code, result.stdout_bytes, result.stderr)


def environment(passphrase: str | None = None) -> dict[str, str]:
    values = {name: each for name, each in os.environ.items() if name != "KEYSTEGO_PASSPHRASE"}
    return {**values, **({"KEYSTEGO_PASSPHRASE": passphrase} if passphrase else {})}


def start(*words: str | Path, passphrase: str | None = None, **options: Any) -> Any:
    """A command in a process of its own, which has no terminal."""
    pipes = {name: subprocess.PIPE for name in ("stdin", "stdout", "stderr")}
    return subprocess.Popen(
        [sys.executable, "-c", LISTENING + RUN, *map(str, words)],
        env=environment(passphrase),
        start_new_session=True,
        **{**pipes, **options},
    )


def run_alone(*words: str | Path, stdin: bytes = b"", passphrase: str | None = None) -> Result:
    """A command in a process of its own, which has no terminal, to its end."""
    with start(*words, passphrase=passphrase) as process:
        output, errors = process.communicate(stdin, timeout=60)
    return Result(process.returncode, output, errors.decode())


def write_photo(path: Path, width: int = 256, height: int = 128, seed: int = 0) -> Path:
    """A smooth random colour image with a little noise."""
    rng = np.random.default_rng(seed)
    coarse = rng.integers(40, 216, (5, 5, 3), dtype=np.uint8)
    smooth = Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC)
    noisy = np.asarray(smooth) + rng.normal(0, 3, (height, width, 3))
    Image.fromarray(np.clip(noisy, 0, 255).astype(np.uint8)).save(path)
    return path
