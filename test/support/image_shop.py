"""Turns a shop, a base that looks like one, and packages that a test makes up into an image."""

import os
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from support.building import Tried, perform, project
from support.small_shop import write_shop

from bigflow.builder.step import Done, Project, Wishes
from bigflow.builder.steps import image, runtime, wheel
from bigflow.containers.image import Image
from bigflow.containers.layer import Entry
from bigflow.containers.layout import Layout
from bigflow.containers.validate import problems

PYTHON = ".".join(map(str, sys.version_info[:2]))
PYPROJECT = f"""\
[tool.bigflow]
edition = "2026"
name = "shop"
python = "{PYTHON}"
image.base = "oci-layout:../base"
"""


def write_image_shop(root: Path, files: Mapping[str, str | None] | None = None, more: str = "") -> Path:
    """The shop; `more` are lines of its settings."""
    return write_shop(root, {"pyproject.toml": PYPROJECT + more, **(files or {})})


def opened(root: Path, version: str = "1.2.0") -> Project:
    """The project, with the cache that all have who share a folder."""
    return replace(project(root, version=version), cache=str(root.parent / "cache"))


def build(of: Project, wishes: Wishes | None = None) -> Tried:
    """What comes of the image step, after those that it waits for."""
    for step in (runtime, wheel):
        tried = perform(step, of)
        assert tried.error is None, f"{tried.error}\n{tried.log}"
    return perform(image, of, wishes=wishes)


def built(of: Project, wishes: Wishes | None = None) -> Done:
    """The same, when it must succeed, and what it left is valid."""
    tried = build(of, wishes)
    assert tried.error is None, f"{tried.error}\n{tried.log}"
    assert tried.done is not None
    assert faults(of) == ()
    return tried.done


def faults(of: Project) -> tuple[str, ...]:
    """What is wrong with the layout of a project."""
    layout = Layout(os.path.join(of.root, ".image"))
    return problems(layout.root(), layout.store)


def images(of: Project) -> tuple[Image, ...]:
    return Layout(os.path.join(of.root, ".image")).images()


def digest(done: Done) -> str:
    (artifact,) = done.artifacts
    return artifact.sha256


def entries(image: Image, of: Project) -> dict[str, Entry]:
    """All that our layers have, by path."""
    from bigflow.builder.image.tars import entries_in

    store = Layout(os.path.join(of.root, ".image")).store
    found: dict[str, Entry] = {}
    for layer in image.layers[1:]:
        for entry in entries_in(layer, store):
            info = entry.info
            kind = "folder" if info.isdir() else "link" if info.issym() else "file"
            content = entry.content(info.size) if info.isreg() else None
            executable = bool(info.mode & 0o100) and kind == "file"
            found[entry.path] = Entry(entry.path, kind, content, "", info.linkname, executable, info.uid, info.gid)  # type: ignore[arg-type]
    return found
