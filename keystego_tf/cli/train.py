"""The command train, with an option for every field of a run's configuration."""

from __future__ import annotations

import dataclasses
import json
import shlex
import sys
from collections.abc import Collection
from pathlib import Path
from typing import Any, Callable

import click

from ..channel.settings import ChannelConfig
from ..config import (
    AgentsConfig,
    DataConfig,
    LossConfig,
    RunConfig,
    TrainingConfig,
    crops_text,
)
from ..io.files import check_folder
from ..methods import DEFAULT, METHODS, Method, load_run, run_config
from .errors import Failed, usage_errors
from .options import only_one
from .terminal import say

#: Sections of a run's configuration, with the title that --help gives their options.
SECTIONS: list[tuple[str, Any]] = [
    ("Scheme", AgentsConfig),
    ("Losses", LossConfig),
    ("Channel", ChannelConfig),
    ("Training", TrainingConfig),
    ("Data", DataConfig),
]


def fields_of(
    methods: Collection[Method] = tuple(METHODS.values()),
) -> dict[str, tuple[str, dataclasses.Field[Any]]]:
    """Return every field of the methods' runs, by name, with the title of its section.

    The title of a method's own setting names the methods that have it.
    """
    owners: dict[str, list[str]] = {}
    own: dict[str, dataclasses.Field[Any]] = {}
    for method in methods:
        settings: Any = method.settings
        for field in dataclasses.fields(settings):
            owners.setdefault(field.name, []).append(method.name)
            own[field.name] = field
    shared = {
        field.name: (title, field)
        for title, section in SECTIONS
        for field in dataclasses.fields(section)
    }
    titled = {name: (f"Method {', '.join(owners[name])}", each) for name, each in own.items()}
    return {**shared, **titled}


#: Options whose names are shorter than their fields.
SHORT = {"bits_per_pixel": "bpp"}


class Crops(click.ParamType):
    """A curriculum such as 0.95:32:8,0.05:128:2."""

    name = "share:side:batch,..."

    def convert(self, value: Any, param: Any, ctx: Any) -> Any:
        try:
            stages = [stage.split(":") for stage in value.split(",")]
            return tuple((float(share), int(side), int(batch)) for share, side, batch in stages)
        except ValueError:
            rule = "must be SHARE:SIDE:BATCH, or several with commas, such as 0.9:32:8,0.1:64:4"
            self.fail(f"{value!r} {rule}", param, ctx)


def _type_of(field: dataclasses.Field[Any]) -> Any:
    choices = field.metadata["choices"]
    if choices:
        return click.Choice([str(choice) for choice in choices])
    return Crops() if isinstance(field.default, tuple) else type(field.default)


class GroupedOptions(click.Command):
    """A command whose --help lists configuration options under the titles of their sections."""

    methods: Collection[Method] = tuple(METHODS.values())

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        titles = {name: title for name, (title, _) in fields_of(self.methods).items()}
        groups: dict[str, list[tuple[str, str]]] = {"Options": []}
        for param in self.get_params(ctx):
            record = param.get_help_record(ctx)
            if record:
                groups.setdefault(titles.get(param.name or "", "Options"), []).append(record)
        for title, records in groups.items():
            with formatter.section(title):
                formatter.write_dl(records)


def config_options(
    command: Callable[..., Any],
    without: Collection[str] = ("data",),
    methods: Collection[Method] = tuple(METHODS.values()),
    make_run: Callable[[str], RunConfig] = run_config,
) -> Callable[..., Any]:
    """Add an option for every field of a run's configuration; the method's value is the default.

    Args:
        command: the function to decorate.
        without: fields that get no option, such as the command's argument.
        methods: whose own settings get options, too.
        make_run: makes the default method's run, whose values --help shows.
    """
    shown = make_run(DEFAULT).flat()
    for _, field in reversed(fields_of(methods).values()):
        if field.name in without:
            continue
        name = "--" + SHORT.get(field.name, field.name).replace("_", "-")
        names = f"{name}/--no-{name[2:]}" if isinstance(field.default, bool) else name
        rates = _rates(methods) if field.name == "bits_per_pixel" else ""
        text = field.metadata["help"] + rates + _default(shown.get(field.name, field.default))
        command = click.option(names, field.name, type=_type_of(field), default=None, help=text)(
            command
        )
    return command


def _rates(methods: Collection[Method]) -> str:
    """Say which payloads each method takes, methods with the same ones together."""
    names: dict[tuple[float, ...], list[str]] = {}
    for method in methods:
        names.setdefault(method.rates, []).append(method.name)
    taken = (
        f"{', '.join(own)}: {' or '.join(f'{rate:g}' for rate in rates)}"
        for rates, own in names.items()
    )
    return f" {'; '.join(taken)}."


def _default(value: Any) -> str:
    """Format a default for --help; a switch and an empty text have none to show."""
    if isinstance(value, tuple):
        value = crops_text(value)
    if isinstance(value, float):
        value = f"{value:g}"
    return "" if isinstance(value, bool) or value in ("", None) else f"  [{value}]"


def given_fields(values: dict[str, Any]) -> dict[str, Any]:
    """Return the fields that were set by option, with choices converted from text to their type."""
    given: dict[str, Any] = {}
    for name, (_, field) in fields_of().items():
        value = values.get(name)
        if value is not None:
            choices = {str(choice): choice for choice in field.metadata["choices"]}
            given[name] = choices.get(value, value) if choices else value
    return given


def _resolve(name: str, values: dict[str, Any]) -> RunConfig:
    """Make the method's run with the given options."""
    given = given_fields(values)
    only_one({"--steps": given.get("steps") or None, "--epochs": given.get("epochs") or None})
    if "epochs" in given and "steps" not in given:
        given["steps"] = 0
    with usage_errors():
        return run_config(name, **given)


@click.command(cls=GroupedOptions)
@click.argument("data", required=False)
@click.option(
    "--method",
    "name",
    type=click.Choice(list(METHODS)),
    help=f"What is trained (by default {DEFAULT}). It sets the options that are not given; values "
    f"in brackets are {DEFAULT}'s, and --dry-run prints the others'. "
    + "; ".join(f"{each.name}: {each.summary}" for each in METHODS.values())
    + ".",
)
@click.option("--out", type=click.Path(path_type=Path), help="Folder of the run.")
@click.option("--resume", is_flag=True, help="Go on with the run in --out, as it was configured.")
@click.option("--overwrite", is_flag=True, help="Lose the run in --out and begin anew.")
@click.option(
    "--dry-run",
    is_flag=True,
    help="Print the resolved configuration, parameter counts "
    "and an estimate of time and memory; train nothing.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the figures as JSON.")
@click.option("--quiet", is_flag=True, help="No progress bars.")
@config_options
def train(
    name: str | None,
    out: Path | None,
    resume: bool,
    overwrite: bool,
    dry_run: bool,
    as_json: bool,
    quiet: bool,
    **values: Any,
) -> None:
    """Train a method's nets on DATA and measure them on unseen photos.

    DATA is a folder of images (searched recursively), tfds:NAME for a TensorFlow data set, or
    "synthetic" for photo-like covers made on the fly, the default.

    --dry-run prints every setting and trains nothing.
    """
    only_one({"--resume": resume or None, "--overwrite": overwrite or None})
    only_one({"--dry-run": dry_run or None, "--json": as_json or None})
    if out is None and (resume or not dry_run):
        raise click.UsageError("--out is needed: the folder of the run")
    if out is not None and out.exists() and not out.is_dir():
        raise click.UsageError(f"--out is {out}, a file, but must be the folder of the run")
    if out is not None and not dry_run:
        check_folder(out)
    config = _stored(out, name, values) if resume and out else _resolve(name or DEFAULT, values)
    if dry_run:
        say(_dry_run(config))
        return
    from ..metrics import figures as measured
    from ..training import progress
    from ..training.distribution import WorkerLost
    from ..training.loop import Stopped, TrainingFailed
    from ..training.run import train as run

    assert out is not None
    command = command_line(sys.argv[1:])
    try:
        trained = run(config, out, resume, overwrite, quiet, command)
    except Stopped as stopped:
        raise Failed(
            f"{stopped}; go on with: keystego-tf train --out {shlex.quote(str(out))} --resume"
        ) from stopped
    except (TrainingFailed, WorkerLost) as error:
        raise Failed(str(error)) from error
    if trained is None:
        return
    if as_json:
        rows = {str(step): row for step, row in trained.progress.items()}
        figures = {**measured.to_dict(trained.figures), "progress": rows}
        say(json.dumps(figures, indent=2))
    else:
        say(f"{progress.table(trained.progress)}\n\n{measured.table(trained.figures)}")
    say(f"run, bundle and picture are in {out}", err=True)


def command_line(words: list[str]) -> str:
    """Format the command line for a card; absolute paths lose their folders, which are private."""
    parts = [word.partition("=") if word.startswith("--") else ("", "", word) for word in words]
    return "keystego-tf " + shlex.join(
        option + equals + (Path(value).name if Path(value).is_absolute() else value)
        for option, equals, value in parts
    )


def _stored(out: Path, name: str | None, values: dict[str, Any]) -> RunConfig:
    """Load the configuration of the run in ``out``; an option that contradicts it is an error.

    ``name`` is the method, if it was given.
    """
    from ..training.run import CONFIG

    if not (out / CONFIG).is_file():
        raise Failed(f"{out} has no run to resume: it has no {CONFIG}")
    config = load_run(out / CONFIG)
    stored = {"method": config.method, **config.flat()}
    given = {**given_fields(values), **({"method": name} if name else {})}
    for field, new in given.items():
        old = stored.get(field, "(no such setting)")
        if old != new:
            if field == "crops" and not isinstance(old, str):
                old, new = crops_text(old), crops_text(new)
            raise click.UsageError(f"--resume goes on with {field} {old!r}, but {new!r} is given")
    return config


def _minutes(seconds: float) -> str:
    minutes = round(seconds / 60)
    if seconds < 60:
        return "under a minute"
    return f"about {minutes} minute{'s' if minutes > 1 else ''}"


def _dry_run(config: RunConfig) -> str:
    from ..training.estimate import estimate
    from ..training.run import open_data

    covers, test = open_data(config)
    training = config.training.resolve_steps(len(covers))
    config = dataclasses.replace(config, training=training)
    cost = estimate(config)
    lines = [config.to_json().rstrip(), "", "parameters:"]
    lines += [f"  {name:13}{count:>9,}" for name, count in cost["parameters"].items()]
    lines += [
        f"covers: {len(covers)} for training, {len(test)} for the final evaluation",
        f"time: {_minutes(cost['seconds'])} for {training.steps} steps, all in all",
        f"memory: about {cost['bytes'] / 2**30 + 0.5:.1f} GiB",
    ]
    return "\n".join(lines)
