"""How a documented command is run by the tests: as it is, or shortened. Nothing else is run.

A command that no row is for fails the test: give it one, with the reason if it is shortened.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib.util import find_spec

#: A training of seconds: nets of four filters, crops of 16 pixels, four test images of 32.
TINY = (
    "--steps 4 --pretraining-steps 2 --filters 4 --key-filters 4 --crops 1:16:4 --eve-interval 2 "
    "--finishing-share 0 --precision float32 --checkpoint-interval 2 --image-interval 0 "
    "--patience 0 --evaluation-images 4 --evaluation-side 32 --quiet"
)

#: What makes a dry run quick: it times a step of each stage.
DRY = "--dry-run --filters 4 --crops 1:16:4 --finishing-share 0"

#: The bundled model that stands in for a tiny run.
MODEL = "keyed-symmetric-0.0625"


@dataclass(frozen=True)
class Row:
    """How a command that ``pattern`` matches is run.

    ``add`` goes to its end; ``instead`` takes its place; ``once`` keeps its folder --out for the
    very same command on other pages; ``resolves`` makes it a dry run without its estimate,
    whose steps take seconds; ``needs`` names packages without which it is left out.
    """

    pattern: str
    add: str = ""
    instead: str = ""
    why: str = ""
    once: bool = False
    resolves: bool = False
    needs: tuple[str, ...] = ()

    @property
    def can_run(self) -> bool:
        return all(find_spec(package) for package in self.needs)


TABLE = (
    # as they are
    Row(r"keystego-tf (reveal|capacity|inspect|models|keygen|fingerprint)\b(?!.* runs/)"),
    Row(r"keystego-tf channel measure "),
    Row(r"keystego-tf hide\b(?!.* runs/)"),
    Row(r"(cmp|echo) "),
    Row(r"export [A-Z_]+="),
    # trainings
    Row(r"keystego-tf train .*--dry-run", add=DRY, why="stages and steps of full size take long"),
    Row(
        r"keystego-tf train .*--method paper",
        resolves=True,
        why="a hundred passes over the photos; that it resolves is what is tested",
    ),
    Row(
        r"keystego-tf train .*--strategy multiworker",
        resolves=True,
        why="it would wait for the other machines; tests/training has several workers",
    ),
    Row(
        r"keystego-tf train .*--out demo/run",
        resolves=True,
        why="make demo; a training is run on the same page",
    ),
    Row(r"keystego-tf train --out \S+ --resume$", add=TINY, why="the run was tiny"),
    Row(r"keystego-tf train ", add=TINY, why="a training takes minutes to hours", once=True),
    # what was trained for four steps hides nothing: a bundled model takes its place
    Row(
        r"keystego-tf (hide|reveal) .*--model runs/first/bundle",
        add=f"--model {MODEL}",
        why="the run was tiny: it cannot be read; of two --model the last one counts",
    ),
    Row(
        r"keystego-tf export ",
        add="--side 32",
        why="a hundred tiles of 128 x 128 take a minute",
        once=True,
    ),
    Row(
        r"keystego-tf evaluate ",
        add="--size quick --sections invisibility --methods lsb-matching --quiet",
        why="all of it takes an hour; tests/evaluation has each section",
        once=True,
        needs=("matplotlib",),
    ),
    Row(
        r"keystego-tf tune --out",
        add="--trials 1 --quiet",
        why="each trial is a training",
        needs=("optuna", "matplotlib"),
    ),
    Row(
        r"keystego-tf tune ",
        add=f"{TINY} --trials 1",
        why="each trial is a training",
        once=True,
        needs=("optuna", "matplotlib"),
    ),
    # scripts
    Row(r"python export/litert_client.py "),
    Row(r"head -c 128 ", add="-c 8", why="maps of 32 x 32 pixels; of two -c the last one counts"),
    Row(r"python export/export_all.py ", why="export itself is a stand-in: it was run just before"),
    # targets of the Makefile
    Row(r"make demo$", instead="{recipe}", why="what it runs is run, shortened as a training"),
    Row(r"make (venv|test|docs|web|bench)$", instead="", why="it must be a target of the Makefile"),
)


def row_for(command: str) -> Row:
    """The row of a command; LookupError if there is none."""
    for row in TABLE:
        if re.match(row.pattern, command):
            return row
    raise LookupError(f"tests/docs/shortened.py has no row for: {command}")
