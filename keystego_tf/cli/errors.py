"""Show errors to users: one line on standard error and an exit code, never a traceback."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import IO, Any

import click

from .terminal import in_one_line

#: The exit code that a shell reports for a command that Ctrl-C ended.
INTERRUPTED = 130


class Failed(click.ClickException):
    """The command failed: exit code 1."""

    def show(self, file: IO[Any] | None = None) -> None:
        click.echo(f"error: {in_one_line(self.format_message())}", file, err=True)


class WrongUse(click.UsageError):
    """The command line itself is wrong: exit code 2."""

    def show(self, file: IO[Any] | None = None) -> None:
        command = self.ctx.command_path if self.ctx else "keystego-tf"
        message = in_one_line(self.format_message())
        click.echo(f"error: {message} (see {command} --help)", file, err=True)


class Commands(click.Group):
    """A group of commands, imported on demand, with errors shown in one line.

    ``modules``: by command name, the module in this folder that has the command under that name.
    """

    def __init__(self, *arguments: Any, modules: dict[str, str], **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.modules = modules

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.modules)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.modules:
            return None
        module = import_module(f".{self.modules[cmd_name]}", __package__)
        command: click.Command = getattr(module, cmd_name)
        return command

    def make_context(self, *arguments: Any, **options: Any) -> click.Context:
        with _shown():
            return super().make_context(*arguments, **options)

    def invoke(self, ctx: click.Context) -> Any:
        with _shown():
            return super().invoke(ctx)


@contextmanager
def usage_errors() -> Iterator[None]:
    """Make a context in which a ValueError means wrong use of the command."""
    try:
        yield
    except ValueError as error:
        raise click.UsageError(str(error)) from error


#: Shown unchanged. The last is --help rather than an error: no command was given (from Click 8.2).
_SHOWN: Any = (
    Failed,
    WrongUse,
    *filter(None, [getattr(click.exceptions, "NoArgsIsHelpError", None)]),
)


@contextmanager
def _shown() -> Iterator[None]:
    """Turn errors that a user can cause into Failed or WrongUse; others are bugs and stay."""
    try:
        yield
    except _SHOWN:
        raise
    except click.UsageError as error:
        raise WrongUse(error.format_message(), error.ctx) from error
    except click.ClickException as error:
        raise Failed(error.format_message()) from error
    except (KeyboardInterrupt, click.Abort) as error:
        click.echo("error: stopped", err=True)
        raise click.exceptions.Exit(INTERRUPTED) from error
    except OSError as error:
        if error.errno == errno.EPIPE:  # the reader of our output has gone: Click ends quietly
            raise
        _drop_output()
        raise Failed(_reason(error)) from error
    except MemoryError as error:
        raise Failed("there is not enough memory") from error
    except (ValueError, ImportError) as error:
        raise Failed(str(error) or type(error).__name__) from error


def _reason(error: OSError) -> str:
    """Describe an OSError without its number: what happened, and to which file."""
    if error.strerror is None:
        return str(error) or type(error).__name__
    if error.filename is None:
        return error.strerror
    return f"{os.fsdecode(error.filename)}: {error.strerror}"


def _drop_output() -> None:
    """Drop output that cannot be written; Python would try again at its end, and complain."""
    try:
        sys.stdout.flush()
    except (OSError, AttributeError):
        if sys.stdout is not None:
            sink = os.open(os.devnull, os.O_WRONLY)
            os.dup2(sink, sys.stdout.fileno())
            os.close(sink)
