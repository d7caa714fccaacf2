"""The command evaluate: measure how well a scheme hides, and write a report."""

from __future__ import annotations

import platform
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..evaluation.sizes import NAMES, SAYS_NOTHING
from ..io.files import check_folder
from .errors import usage_errors
from .listing import aligned
from .options import FOLDER
from .terminal import say

if TYPE_CHECKING:
    from ..evaluation.context import Context
    from ..evaluation.covers import Integers
    from ..evaluation.results import Section

#: Subfolder of --out that keeps the measurements.
CACHE = "cache"


@click.command()
@click.argument("bundles", nargs=-1, metavar="[BUNDLE]...")
@click.option(
    "--covers",
    multiple=True,
    required=True,
    metavar="FOLDER",
    help='Photos to measure on, or "synthetic". Can be given several times.',
)
@click.option("--out", type=FOLDER, required=True, help="Folder of the report.")
@click.option(
    "--attacker-covers",
    multiple=True,
    metavar="FOLDER",
    help="Photos for attackers to learn from; by default they get half of the photos in --covers.",
)
@click.option(
    "--sections",
    metavar="NAME,NAME",
    help="Measure these only: invisibility, detection, ats, jpeg, simple, stegexpose, "
    "unrecoverability, integrity, recompression, training, controls.",
)
@click.option(
    "--size",
    metavar="|".join(NAMES),
    default="reduced",
    show_default=True,
    help="Sample sizes: quick takes minutes and proves nothing.",
)
@click.option(
    "--set",
    "knobs",
    multiple=True,
    metavar="NAME=VALUE",
    help="Set one size, such as spam_images=300. Can be given several times.",
)
@click.option(
    "--methods",
    metavar="NAME,NAME",
    help="Compare with these classical methods only: syndrome, lsb-replacement, lsb-matching, qim, "
    "s-uniward, wow, hugo, hill. Default: all, but wow and hugo for grayscale models only.",
)
@click.option(
    "--other-weights",
    multiple=True,
    metavar="BUNDLE",
    help="A training of the same scheme with another seed, which the paper's attacker uses.",
)
@click.option("--seed", type=int, default=0, show_default=True, help="Seed of all random choices.")
@click.option(
    "--jobs",
    type=click.IntRange(1),
    metavar="N",
    help="Train so many attackers side by side; by default one a processor. Each takes about 2 GB.",
)
@click.option("--quiet", is_flag=True, help="Show no progress bars.")
def evaluate(out: Path, quiet: bool, **options: Any) -> None:
    """Measure how well BUNDLE hides, and write a report.

    Can a change be seen? Can it be detected? Can someone read it without the key? Does the message
    arrive? BUNDLE is a bundled model's name or a bundle's folder; by default all bundled models
    with a Bob are measured. The report in --out has a page for each question and the figures as
    JSON and CSV. An interrupted evaluation continues from the measurements in --out.
    """
    from .. import report
    from ..evaluation import runner

    names = _list(options["sections"]) or list(runner.QUESTIONS)
    with usage_errors():
        runner.check_names(names)
    _check_out(out)
    context = _context(out, quiet, options, names)
    sections = runner.run(context, names)
    report.write(sections, out, _meta(context, options))
    if options["size"] == "quick":
        say(SAYS_NOTHING)
    say(_claims(sections))
    say(f"report is in {out / 'index.html'}", err=True)


def _check_out(out: Path) -> None:
    """Raise ValueError if a folder cannot be written, or has files but no report or cache."""
    from ..report.files import REPORT

    check_folder(out)
    found = {path.name for path in out.iterdir()} if out.is_dir() else set()
    if found and not found & {REPORT, CACHE}:
        raise ValueError(
            f"{out} has other files in it: --out must be a new folder or one with an earlier report"
        )


def _context(out: Path, quiet: bool, options: dict[str, Any], names: list[str]) -> Context:
    from ..baselines.table import CLASSICAL
    from ..bundles.catalogue import bundled, find_model
    from ..evaluation.ats import same_scheme
    from ..evaluation.cache import Cache
    from ..evaluation.context import Context
    from ..evaluation.covers import open_covers
    from ..evaluation.runner import least_photos
    from ..evaluation.sizes import sizes

    seed = options["seed"]
    with usage_errors():
        chosen = sizes(options["size"], **_knobs(options["knobs"]))
        methods = None if options["methods"] is None else tuple(_list(options["methods"]))
        for name in methods or ():
            if name not in CLASSICAL:
                raise ValueError(f"method is {name!r}, but must be one of {', '.join(CLASSICAL)}")
        if seed < 0:
            raise ValueError(f"seed is {seed}, but must be 0 or more")
    models = [find_model(name) for name in options["bundles"]] or bundled()
    for model in models:
        if model.prices:
            raise ValueError(
                f"{model.name} only prices changes for syndrome coding, so there is no Bob to "
                "measure; benchmarks/costs_detection.py measures how well its changes hide"
            )
    others = [find_model(name) for name in options["other_weights"]]
    for other in others:
        if not any(same_scheme(other, model) and other != model for model in models):
            raise ValueError(
                f"{other.name} is no other training of a scheme under test: it must have the "
                "scheme, payload and architecture of one, and other weights"
            )
    return Context(
        models=models,
        # in colour: gray models get the same tiles, whichever models are beside them
        covers=open_covers(
            options["covers"],
            options["attacker_covers"],
            chosen.tiles,
            seed,
            least=least_photos(chosen, names),
        ),
        sizes=chosen,
        seed=seed,
        cache=Cache(out / CACHE),
        quiet=quiet,
        others=others,
        methods=methods,
        jobs=options["jobs"] or -1,
        command=_command(out, options),
    )


def _list(text: str | None) -> list[str]:
    return [word.strip() for word in (text or "").split(",") if word.strip()]


def _knobs(words: tuple[str, ...]) -> dict[str, int]:
    knobs = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals or not value.strip().isdigit():
            raise ValueError(f"--set {word} must be NAME=VALUE, the value a whole number")
        knobs[name.strip()] = int(value)
    return knobs


def _command(out: Path, options: dict[str, Any]) -> str:
    """Format the command for the report, without --sections; absolute paths lose their folders."""
    words = [*options["bundles"]]
    for name in ("covers", "attacker_covers", "other_weights", "knobs"):
        option = "--set" if name == "knobs" else "--" + name.replace("_", "-")
        for value in options[name]:
            words += [option, value]
    for name in ("size", "methods", "seed"):
        value = options[name]
        if value not in (None, {"size": "reduced", "seed": 0}.get(name)):
            words += [f"--{name}", str(value)]
    words += ["--out", str(out)]
    shown = [Path(word).name if Path(word).is_absolute() else word for word in words]
    return shlex.join(["keystego-tf", "evaluate", *shown])


def _meta(context: Context, options: dict[str, Any]) -> dict[str, Any]:
    from .. import __version__

    sections = options["sections"]
    covers, names = context.covers, [model.name for model in context.models]
    return {
        "title": f"Evaluation of {', '.join(names) if len(names) < 4 else f'{len(names)} models'}",
        "command": context.command + (f" --sections {sections}" if sections else ""),
        "models": names,
        "size": context.sizes.name,
        "test covers": _counted(covers.test_sources),
        "attackers' covers": f"{_counted(covers.train_sources)}, none of them a test photo",
        "seed": context.seed,
        "version": __version__,
        "python": platform.python_version(),
    }


def _counted(sources: Integers) -> str:
    tiles, photos = len(sources), len(set(sources))
    return f"{tiles} tile{'s' * (tiles != 1)} of {photos} photo{'s' * (photos != 1)}"


def _claims(sections: list[Section]) -> str:
    """Format the paper's claims and known answers beside ours, one per line."""
    from ..report import values

    claims = [*values.claims_of(sections), *values.claims_of(sections, known=True)]
    lines = [["what", "paper", "ours", "to hold, ours must be", "verdict"]]
    for claim in claims:
        what = f"{claim.subject}: {claim.what}"
        shown = [values.ours(claim), values.goal(claim), values.verdict(claim)]
        lines.append([what, claim.paper, *shown])
    return aligned(lines, left=2) if claims else "no claim of the paper is measured here"
