"""The house's order, read from its imports: they run downwards, in no circle.

The rooms, from the top; those of one line are on one floor and import each other in one direction
only. ``io`` is below ``backend``, which keeps TensorFlow's greeting off the screen with io.quiet.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from keystego_tf.bundles.catalogue import BUNDLED
from keystego_tf.methods import METHODS

PACKAGE = Path(__file__).parents[1] / "keystego_tf"
FLOORS = (
    ("cli",),
    ("tuning", "report"),
    ("evaluation",),
    ("codec", "exporting", "training"),
    ("embedders", "baselines", "key_attacks"),
    ("bundles",),
    ("methods",),
    ("steganalysis", "channel", "data", "metrics", "payload"),
    ("backend",),
    ("io", "config"),
)
LEVELS = {room: -number for number, rooms in enumerate(FLOORS) for room in rooms}
#: Rooms' own files of these names are the package's door, which loads what it is asked for.
DOORS = ("keystego_tf", "keystego_tf.__main__")

#: (module, what it imports or says) that is known and has still to go.
PENDING: set[tuple[str, str]] = set()
#: The article, not the method: a column of its figures.
ARTICLE = {("keystego_tf.cli.evaluate", "paper"), ("keystego_tf.evaluation.ats", "paper")}


@cache
def modules() -> dict[str, ast.Module]:
    """Every module of the package by name, parsed."""
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        found[name] = ast.parse(path.read_text(encoding="utf-8"), str(path))
    return found


def walk(tree: ast.AST) -> Iterator[ast.AST]:
    """Every node, those in functions too, but for what only type checkers see."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING"):
            continue
        yield node
        yield from walk(node)


def imports_of(name: str) -> set[str]:
    """The package's modules that a module imports; of ``__version__`` the door is not asked."""
    is_package = (PACKAGE.parent / name.replace(".", "/")).is_dir()
    home = name.split(".") if is_package else name.split(".")[:-1]
    found = set()
    for node in walk(modules()[name]):
        if isinstance(node, ast.Import):
            found |= {each.name for each in node.names}
        elif isinstance(node, ast.ImportFrom):
            start = home[: len(home) - node.level + 1] if node.level else []
            base = ".".join([*start, *([node.module] if node.module else [])])
            for each in node.names:
                within = f"{base}.{each.name}"
                target = within if within in modules() else base
                if (target, each.name) != ("keystego_tf", "__version__"):
                    found.add(target)
    return {each for each in found if each in modules()} - {name}


def room_of(module: str) -> str:
    return [*module.split("."), ""][1]


INSIDE = [name for name in modules() if name not in DOORS]


def test_every_room_has_a_floor() -> None:
    assert {room_of(name) for name in INSIDE} == set(LEVELS)


@pytest.mark.parametrize("name", INSIDE)
def test_no_arrow_points_up(name: str) -> None:
    own = LEVELS[room_of(name)]
    above = {
        each
        for each in imports_of(name)
        if LEVELS.get(room_of(each), 1) > own and (name, each) not in PENDING
    }
    assert above == set(), f"{name} imports what is above it"


def circle(graph: dict[str, set[str]]) -> list[str]:
    """Some circle in a graph, or nothing."""
    done: set[str] = set()

    def follow(node: str, path: list[str]) -> list[str]:
        if node in path:
            return [*path[path.index(node) :], node]
        if node in done:
            return []
        for each in sorted(graph[node]):
            found = follow(each, [*path, node])
            if found:
                return found
        done.add(node)
        return []

    return next(filter(None, (follow(node, []) for node in sorted(graph))), [])


def test_no_module_imports_itself_by_way_of_others() -> None:
    graph = {
        name: {each for each in imports_of(name) if (name, each) not in PENDING}
        for name in modules()
    }
    assert len(graph) > 100 and sum(map(len, graph.values())) > len(graph)
    assert circle(graph) == []


def test_no_room_imports_itself_by_way_of_others() -> None:
    rooms: dict[str, set[str]] = {room: set() for room in LEVELS}
    for name in INSIDE:
        for each in imports_of(name):
            if each not in DOORS and (name, each) not in PENDING:
                rooms[room_of(name)].add(room_of(each))
    assert circle({room: each - {room} for room, each in rooms.items()}) == []


def test_the_reader_of_circles_finds_one() -> None:
    assert circle({"a": {"b"}, "b": {"c"}, "c": {"b"}}) == ["b", "c", "b"]
    assert circle({"a": {"b", "c"}, "b": {"c"}, "c": set()}) == []


def strings_of(name: str) -> set[str]:
    """The strings in a module's code; documentation is none."""
    documentation = {
        id(node.body[0].value)
        for node in [modules()[name], *walk(modules()[name])]
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef))
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    return {
        node.value
        for node in walk(modules()[name])
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and id(node) not in documentation
    }


@pytest.mark.parametrize("name", [each for each in INSIDE if room_of(each) != "methods"])
def test_no_method_and_no_layer_is_asked_for_by_its_name(name: str) -> None:
    """What depends on a method is said by the method (``methods.method.Method``)."""
    shipped = {folder.name for folder in BUNDLED.iterdir()}
    named = {
        text
        for text in strings_of(name) - shipped
        if text in {*METHODS, "lattice"} and (name, text) not in PENDING | ARTICLE
    }
    assert named == set()
    calls = [
        node.lineno
        for node in walk(modules()[name])
        if isinstance(node, ast.Attribute) and node.attr == "get_layer"
    ]
    assert calls == [] or (name, "get_layer") in PENDING


def test_what_is_pending_is_still_there() -> None:
    """An exception that is no longer needed goes."""
    for name, what in PENDING | ARTICLE:
        assert name in modules(), name
        known = {*imports_of(name), *strings_of(name)}
        known |= {node.attr for node in walk(modules()[name]) if isinstance(node, ast.Attribute)}
        assert what in known, f"{name} no longer has {what}"
