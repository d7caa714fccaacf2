"""Somebody who does what a page says, block after block, in a folder that has what it names."""

from __future__ import annotations

import inspect
import os
import re
import runpy
import shlex
import shutil
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from documents import ROOT, Block
from PIL import Image
from shortened import row_for

from keystego_tf.cli import main
from keystego_tf.data.synthetic import dead_leaves

#: Older Clicks mix standard error into standard output unless they are asked not to.
OLD = "mix_stderr" in inspect.signature(CliRunner).parameters
OPTIONS: dict[str, Any] = {"mix_stderr": False} if OLD else {}

#: What only a shell can do.
SHELL = re.compile(r"[|<>]|&&|\$\(")


#: Commands that were run, and where what they made is kept for the same command on other pages.
KEPT: dict[str, Path] = {}


class Broken(AssertionError):
    """A documented block does not work."""


class Reader:
    """Runs blocks: commands of ours in this process, what needs a shell in bash, Python by exec.

    ran: every command, as documented and as it was run.
    """

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder, self.monkeypatch = folder, monkeypatch
        self.names: dict[str, Any] = {}
        self.ran: list[tuple[str, str]] = []
        prepare(folder)
        monkeypatch.chdir(folder)
        monkeypatch.delenv("KEYSTEGO_PASSPHRASE", raising=False)
        monkeypatch.delenv("TF_CONFIG", raising=False)
        monkeypatch.setenv("PATH", f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}")

    def follow(self, block: Block) -> None:
        """Do what a block says. Broken, with its place, if it does not work."""
        try:
            if block.language == "python":
                exec(compile(block.text, block.place, "exec"), self.names)
            else:
                for command in commands(block.text):
                    self.run(command)
        except Exception as error:
            raise Broken(f"{block.place}: {type(error).__name__}: {error}") from error

    def run(self, command: str) -> None:
        row = row_for(command)
        short = f"{command} {row.add}{' --dry-run' * row.resolves}".strip()
        if command.startswith("make "):
            target(command.split()[1])
            if not row.instead:
                return self.ran.append((command, ""))
            return self.run(recipe(command.split()[1]))
        if not row.can_run:
            return self.ran.append((command, ""))
        self.ran.append((command, short))
        if command.startswith("export "):
            return self.set(command)
        if SHELL.search(re.sub(r"'[^']*'|\"[^\"]*\"", "", command)):
            return self.shell(short)
        words = shlex.split(short)
        if row.resolves:
            with self.monkeypatch.context() as patch:
                patch.setattr("keystego_tf.training.estimate.estimate", no_estimate)
                return self.ours(words[1:])
        if words[0] == "keystego-tf":
            return self.once(short, words[1:]) if row.once else self.ours(words[1:])
        if words[0] == "python":
            return self.script(words[1:])
        return self.shell(short)

    def ours(self, words: list[str]) -> None:
        result = CliRunner(**OPTIONS).invoke(main, words, prog_name="keystego-tf")
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        if result.exit_code:
            raise Broken(f"exit code {result.exit_code} of {words}: {result.stderr}")

    def once(self, short: str, words: list[str]) -> None:
        """``ours``, or a copy of what the same command made on another page."""
        out = self.folder / words[words.index("--out") + 1]
        if short in KEPT:
            shutil.copytree(KEPT[short], out)
        else:
            self.ours(words)
            KEPT[short] = out

    def script(self, words: list[str]) -> None:
        """A script of the repository, in this process."""
        path = ROOT / words[0]
        with self.monkeypatch.context() as patch:
            patch.setattr(sys, "argv", [str(path), *words[1:]])
            if path.name == "export_all.py":
                stand_in(patch)
            try:
                runpy.run_path(str(path), run_name="__main__")
            except SystemExit as stop:
                if stop.code:
                    raise Broken(f"exit code {stop.code} of {words}") from stop

    def shell(self, command: str) -> None:
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", command], capture_output=True, text=True, timeout=60
        )
        if done.returncode:
            raise Broken(f"exit code {done.returncode} of {command}: {done.stderr}")

    def set(self, command: str) -> None:
        """``export NAME=VALUE``, for what follows."""
        name = command.split()[1].partition("=")[0]
        shown = f'{command}; printf %s "${name}"'
        done = subprocess.run(["bash", "-euc", shown], capture_output=True, text=True, check=True)
        self.monkeypatch.setenv(name, done.stdout)


def commands(text: str) -> list[str]:
    """The commands of a shell block, without comments.

    One goes on in the next line after a backslash, and while a quotation is open.
    """
    found, begun = [], ""
    for line in text.split("\n"):
        begun += re.sub(r"(^|\s)#\s.*$", "", line).rstrip()
        if begun.endswith("\\") and not is_open(begun[:-1]):
            begun = begun[:-1]
        elif is_open(begun):
            begun += "\n"
        else:
            found.append(begun.strip())
            begun = ""
    if begun:
        raise Broken(f"a command does not end: {begun}")
    return [command for command in found if command]


def is_open(text: str) -> bool:
    """Whether a quotation in a command has not ended."""
    try:
        shlex.split(text)
    except ValueError:
        return True
    return False


def target(name: str) -> list[str]:
    """The commands of a target of the Makefile, variables filled in."""
    command = ["make", "-C", str(ROOT), "--no-print-directory", "-n", "-o", "venv", name]
    environment = {key: value for key, value in os.environ.items() if key != "MAKEFLAGS"}
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    if done.returncode:
        raise Broken(f"make {name}: {done.stderr}")
    return done.stdout.splitlines()


def recipe(name: str) -> str:
    """The command of ours in a target, which has one."""
    (command,) = [line for line in target(name) if "keystego-tf" in line]
    return command.replace(".venv/bin/", "")


def stand_in(patch: pytest.MonkeyPatch) -> None:
    """export_all without its exports, each of which would take a minute."""
    manifest: dict[str, Any] = {"artefacts": []}
    patch.setattr("keystego_tf.exporting.export.export", lambda model, out, config: manifest)


def no_estimate(config: Any) -> dict[str, Any]:
    """What a dry run reports, without a step of the run."""
    return {"parameters": {}, "seconds": 0.0, "bytes": 0}


def prepare(folder: Path) -> None:
    """What the pages say that one has: a photo, two folders of them, a PNG for the device client.

    And a command keystego-tf for the shell, as `make venv` makes one.
    """
    rng = np.random.default_rng(0)
    Image.fromarray(dead_leaves(rng, 400)).save(folder / "photo.jpg", quality=92)
    # as many as the paper's batch takes, all shifts of one
    for name, count in (("photos", 80), ("other-photos", 12)):
        (folder / name).mkdir()
        wall = dead_leaves(rng, 128)
        for index in range(count):
            image = Image.fromarray(np.roll(wall, index, axis=1))
            image.save(folder / name / f"{index}.jpg", quality=95)
    Image.fromarray(dead_leaves(rng, 128)).save(folder / "cover.png")
    ours = folder / "bin" / "keystego-tf"
    ours.parent.mkdir()
    ours.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m keystego_tf "$@"\n')
    ours.chmod(ours.stat().st_mode | stat.S_IXUSR)
