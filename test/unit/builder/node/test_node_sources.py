"""What a Node project consists of, and what its build leaves."""

from pathlib import Path

import pytest

from bigflow.builder.node.compiled import compiled
from bigflow.builder.node.opening import open_node
from bigflow.builder.node.sources import node_sources
from bigflow.builder.step import Interpreter
from bigflow.project.node_package import read_node_package

PYTHON = Interpreter("/usr/bin/python3", "3.12.0", own=False)


def write(root: Path, *names: str) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("{}")


def test_what_was_installed_or_made_is_no_source(tmp_path: Path) -> None:
    ours = ("package.json", "src/a.ts", "packages/one/b.ts", "tests/build/kept.ts", "odd[1].ts")
    theirs = (
        "node_modules/x/i.js",
        "packages/one/node_modules/y/i.js",
        "dist/a.js",
        "build/manifest.json",
        ".git/HEAD",
    )
    write(tmp_path, *ours, *theirs, "a.tsbuildinfo")
    found = node_sources(open_node(str(tmp_path), PYTHON, "", 0), ("dist",))
    assert set(found) == {*ours[:-1], "odd[[]1].ts"}


@pytest.mark.parametrize(
    ("tsconfig", "made"),
    [
        ('{"compilerOptions": {"outDir": "./out/"}}', ("out",)),
        ('{\n // a comment, "outDir": "no"\n "compilerOptions": {"outDir": "lib",}, /* and\n more */\n}', ("lib",)),
        ('{"compilerOptions": {"outDir": "http://x//y"}}', ("http:/x/y",)),
        ('{"compilerOptions": {"outDir": "../away"}}', ()),
        ('{"compilerOptions": {"outDir": "."}}', ()),
        ('{"compilerOptions": {}}', ()),
        ('{"compilerOptions": ', ()),
        ("", ()),
    ],
)
def test_where_the_compiler_writes_to(tsconfig: str, made: tuple[str, ...], tmp_path: Path) -> None:
    (tmp_path / "package.json").write_text('{"scripts": {"build": "tsc"}}')
    (tmp_path / "tsconfig.json").write_text(tsconfig)
    assert compiled(str(tmp_path), read_node_package(str(tmp_path))) == made


@pytest.mark.parametrize(
    ("package", "made"),
    [
        ('{"scripts": {"build": "vite"}, "bigflow": {"outputs": ["public", "server.js"]}}', ("public", "server.js")),
        ('{"bigflow": {"outputs": ["public"]}}', ()),
    ],
)
def test_what_the_user_says_counts(package: str, made: tuple[str, ...], tmp_path: Path) -> None:
    (tmp_path / "package.json").write_text(package)
    (tmp_path / "tsconfig.json").write_text('{"compilerOptions": {"outDir": "out"}}')
    assert compiled(str(tmp_path), read_node_package(str(tmp_path))) == made


@pytest.mark.parametrize(
    ("package", "name", "version"),
    [
        ('{"name": "@team/shop", "version": "1.2.3"}', "team-shop", "1.2.3"),
        ('{"name": "shop"}', "shop", None),
        ("{}", "folder", None),
    ],
)
def test_what_it_is_called(package: str, name: str, version: str | None, tmp_path: Path) -> None:
    """As npm calls its archive. Without a version of its own, it has git's, or that of its files."""
    root = tmp_path / "folder"
    root.mkdir()
    (root / "package.json").write_text(package)
    project = open_node(str(root), PYTHON, "", 0)
    assert project.spec.name == name
    assert project.version == version if version else project.version.startswith("0+nogit.")
