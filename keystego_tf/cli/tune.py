"""The command tune: run many short trainings with different settings."""

from __future__ import annotations

import json
import shlex
import sys
from pathlib import Path
from typing import Any, Callable

import click

from ..config.checked import require
from ..io.extras import extra_package
from ..io.files import check_folder
from ..methods import DEFAULT, METHODS
from ..tuning.trials import ranges_of, short_run
from . import train
from .errors import Failed, usage_errors
from .options import FOLDER, only_one
from .terminal import say


class Bound(click.ParamType):
    """One of the two numbers of a range."""

    name = "float"

    def convert(self, value: Any, param: Any, ctx: Any) -> float:
        try:
            return float(value)
        except ValueError:
            rule = f"takes two numbers, LEAST MOST, such as {param.opts[0]} 1 10"
            self.fail(f"{value!r} is no number, but the option {rule}", param, ctx)


#: Methods with a Bob, whose trials are ranked by the bits that he reads.
TUNED = [each for each in METHODS.values() if not each.prices]

#: Fields that are searched, by name.
SEARCHED = {
    name: field
    for name, (_, field) in train.fields_of(TUNED).items()
    if field.metadata.get("search")
}


class _Options(train.GroupedOptions):
    """Options of the methods that can be tuned."""

    methods = TUNED


def _options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options of train, with ranges for the searched fields."""
    command = train.config_options(command, ("data", *SEARCHED), TUNED, short_run)
    for field in reversed(list(SEARCHED.values())):
        text = (
            f"Range of {field.metadata['help'].rstrip('.')}; two numbers, by default the method's "
            f"value over {field.metadata['search']:g} and times {field.metadata['search']:g}."
        )
        name = "--" + field.name.replace("_", "-")
        option = click.option(
            name, field.name, nargs=2, type=Bound(), metavar="LEAST MOST", help=text
        )
        command = option(command)
    return command


@click.command(cls=_Options)
@click.argument("data", required=False)
@click.option(
    "--method",
    "name",
    type=click.Choice([each.name for each in TUNED]),
    help=f"Method to train (by default {DEFAULT}). It also gives the values of options that you "
    "leave out, except those that shorten a trial.",
)
@click.option("--out", type=FOLDER, required=True, help="Folder of the search.")
@click.option(
    "--trials",
    type=click.IntRange(1),
    default=30,
    show_default=True,
    help="Trials that the search has when it is done, those of all processes together.",
)
@click.option(
    "--least-right",
    type=click.FloatRange(0, 100),
    default=99.8,
    show_default=True,
    help="Bits, in percent, that Bob must read right in the trial that is called best.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the results as JSON.")
@click.option("--quiet", is_flag=True, help="No progress bars.")
@_options
def tune(
    name: str | None,
    out: Path,
    trials: int,
    least_right: float,
    as_json: bool,
    quiet: bool,
    **values: Any,
) -> None:
    """Search for better settings: the weights of the losses alpha, beta, gamma and delta.

    Each trial trains nets on DATA for a short while, and measures the bits that Bob misreads
    and the PSNR. Stop the search with Ctrl-C; the same command, or tune --out alone, continues it.
    Start it several times to share the trials between processes.
    """
    extra_package(
        "optuna", "tune"
    )  # before TensorFlow, so that the error names the extra that has both
    from ..training.loop import Stopped
    from ..tuning import results, study

    plan = _plan(out, name, values)
    check_folder(out)
    study.claim(out, plan)
    share = least_right / 100
    stopped: BaseException | None = None
    try:
        study.search(out, plan, trials, quiet)
    except (Stopped, KeyboardInterrupt) as error:
        stopped = error
    command = train.command_line(sys.argv[1:])
    rows = results.write(out, plan, share, command)
    if stopped is not None:
        done = sum(row.state == "done" for row in rows)
        raise Failed(
            f"stopped after {done} of {trials} trials; go on with: "
            f"keystego-tf tune --out {shlex.quote(str(out))} --trials {trials}"
        ) from stopped
    if as_json:
        say(json.dumps(results.summary(plan, rows, share, command), indent=2))
    else:
        say(results.table(rows))
    names = f"{results.TABLE}, {results.FIGURES}, {results.FRONT} and pictures of each setting"
    say(f"{names} are in {out}", err=True)


def _plan(out: Path, name: str | None, values: dict[str, Any]) -> Any:
    """Make the plan of the given options, or load the one in ``out`` if none is given."""
    from ..tuning.study import PLAN, Plan

    ranges = {name: values.pop(name) for name in SEARCHED}
    given = train.given_fields(values)
    if not given and name is None and not any(ranges.values()) and (out / PLAN).is_file():
        return Plan.load(out / PLAN)
    only_one({"--steps": given.get("steps") or None, "--epochs": given.get("epochs") or None})
    with usage_errors():
        config = short_run(name or DEFAULT, **given)
        rule = "must be none or mirrored: each process trains trials of its own"
        require(config.training.strategy != "multiworker", "strategy", "multiworker", rule)
        return Plan(config, ranges_of(config, **ranges))
