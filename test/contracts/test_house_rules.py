"""The house rules that a machine can see: sizes, names, first sentences, and who may touch the world."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MODULES = sorted((ROOT / "bigflow").rglob("*.py"))
DRAWERS = {"utils", "util", "commons", "common", "helpers", "helper", "manager", "base", "misc", "tools"}
# Names of the world, and the only places that may speak them.
WORLD = {"environ", "getenv", "getcwd", "argv"}
ENDS = ("cli/", "_ambient.py", "__main__.py", "_process.py", "project/_recorder.py")


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def functions(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    return (node for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)))


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_a_module_is_small_and_says_what_it_does(path: Path) -> None:
    tree = tree_of(path)
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 400
    first = (ast.get_docstring(tree) or "").split("\n\n")[0]
    assert first.endswith((".", ":")), "a module opens with one sentence"
    for function in functions(tree):
        assert (function.end_lineno or 0) - function.lineno < 60, f"{function.name} is longer than 60 lines"


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_no_drawers(path: Path) -> None:
    assert not DRAWERS & set(path.relative_to(ROOT).with_suffix("").parts)


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_only_the_ends_touch_the_world(path: Path) -> None:
    if str(path.relative_to(ROOT / "bigflow")).startswith(ENDS):
        return
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Attribute) and node.attr in WORLD and isinstance(node.value, ast.Name):
            assert node.value.id not in ("os", "sys"), f"line {node.lineno}: {node.value.id}.{node.attr}"
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ("now", "utcnow"):
            assert isinstance(node.func.value, ast.Name), f"line {node.lineno}"
            assert node.func.value.id != "datetime", f"line {node.lineno}: the clock"


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_nobody_imports_from_the_front_door(path: Path) -> None:
    """`from bigflow import Job` inside the framework would make every room depend on all others."""
    rooms = {entry.stem for entry in (ROOT / "bigflow").iterdir()}
    if path == ROOT / "bigflow" / "__init__.py":
        return
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.ImportFrom) and node.module == "bigflow" and node.level == 0:
            assert {alias.name for alias in node.names} <= rooms, f"line {node.lineno}"
        assert not (isinstance(node, ast.ImportFrom) and node.level), "imports are absolute"
