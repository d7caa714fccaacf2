"""Time `keystego-tf --help` and its like, and check that none loads TensorFlow.

Times are medians over fresh processes, from start to end, interpreter included. One more process
asks Python itself what they import (-X importtime).

    python benchmarks/startup.py [--out benchmarks/results/startup.json] [--repeat 10]
"""

from __future__ import annotations

import argparse
import json
import re
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from _machine import describe

#: Command lines that only print something; None is the bare interpreter, for comparison.
COMMANDS: tuple[tuple[str, ...] | None, ...] = (
    None,
    ("--help",),
    ("--version",),
    ("hide", "--help"),
    ("train", "--help"),
    ("models",),
    ("reveal", "--help"),
    ("keygen", "--help"),
)

#: The documentation's promise for `keystego-tf --help`, in seconds.
LIMIT = 0.3

#: A line of -X importtime: own and cumulative microseconds, and the module.
IMPORT = re.compile(r"import time:\s+(\d+) \|\s+(\d+) \| ( *)(\S+)")


def command_line(words: tuple[str, ...] | None, *python: str) -> list[str]:
    if words is None:
        return [sys.executable, *python, "-c", ""]
    return [sys.executable, *python, "-m", "keystego_tf", *words]


def imports(words: tuple[str, ...] | None) -> tuple[bool, list[dict[str, Any]]]:
    """Tell whether TensorFlow is loaded; return the five modules that themselves take longest."""
    done = subprocess.run(
        command_line(words, "-X", "importtime"), check=True, capture_output=True, text=True
    )
    found = [
        {"module": match[4], "milliseconds": int(match[1]) / 1000}
        for match in IMPORT.finditer(done.stderr)
    ]
    tensorflow = any(each["module"].split(".")[0] == "tensorflow" for each in found)
    return tensorflow, sorted(found, key=lambda each: -each["milliseconds"])[:5]


def row(words: tuple[str, ...] | None, repeat: int) -> dict[str, Any]:
    seconds = []
    for _ in range(repeat):
        start = time.perf_counter()
        subprocess.run(command_line(words), check=True, capture_output=True)
        seconds.append(time.perf_counter() - start)
    tensorflow, slowest = imports(words)
    name = "python" if words is None else " ".join(("keystego-tf", *words))
    return {
        "command": name,
        "seconds": statistics.median(seconds),
        "fastest": min(seconds),
        "slowest": max(seconds),
        "processes": repeat,
        "loads_tensorflow": tensorflow,
        "slowest_imports": slowest,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, help="JSON file for the results")
    parser.add_argument("--repeat", type=int, default=10, help="processes a command line")
    options = parser.parse_args()
    rows = []
    for words in COMMANDS:
        rows.append(row(words, options.repeat))
        print(json.dumps(rows[-1]), flush=True)
    of_help = rows[1]
    results = {
        "rows": rows,
        "limit_seconds": LIMIT,
        "kept": of_help["seconds"] < LIMIT and not any(each["loads_tensorflow"] for each in rows),
    }
    if options.out:
        options.out.parent.mkdir(parents=True, exist_ok=True)
        options.out.write_text(json.dumps({**describe(), **results}, indent=2) + "\n")
    if not results["kept"]:
        seconds = of_help["seconds"]
        print(f"--help took {seconds:.2f} s, or TensorFlow was loaded", file=sys.stderr)


if __name__ == "__main__":
    main()
