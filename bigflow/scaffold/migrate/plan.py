"""Turns the files of a project of 1.11 into the changes that it needs, and into what no change can give it."""

import difflib
import os
from collections.abc import Iterator
from dataclasses import dataclass

from bigflow._files import write_atomically
from bigflow.errors import Finding, UsageError
from bigflow.project.spec import SETUP_FILES, ProjectSpec
from bigflow.scaffold.migrate.absent import absent
from bigflow.scaffold.migrate.ignored import with_outputs_ignored
from bigflow.scaffold.migrate.requirements import Requirements, without_framework
from bigflow.scaffold.migrate.tables import Setup, with_our_tables


@dataclass(frozen=True, slots=True)
class Change:
    """One file, before and after; None before: there is none yet."""

    path: str  # relative to the project
    before: str | None
    after: str

    @property
    def diff(self) -> str:
        old, new = (self.before or "").splitlines(), self.after.splitlines()
        source = "/dev/null" if self.before is None else f"a/{self.path}"
        return "\n".join(difflib.unified_diff(old, new, source, f"b/{self.path}", lineterm=""))


@dataclass(frozen=True, slots=True)
class Plan:
    """All that a migration would do, and what is left to the user."""

    root: str
    changes: tuple[Change, ...]
    notices: tuple[Finding, ...]


def plan(spec: ProjectSpec) -> Plan:
    """What the project needs; nothing is written."""
    pyproject = _text(spec.root, "pyproject.toml")
    tables = with_our_tables(pyproject or "", _setup(spec))
    requirements = [without_framework(path, text) for path, text in _requirements(spec)]
    ignored = _text(spec.root, ".gitignore")
    changes = [
        Change("pyproject.toml", pyproject, tables.text),
        *(Change(one.path, one.before, one.after) for one in requirements),
        Change(".gitignore", ignored, with_outputs_ignored(ignored or "")),
    ]
    return Plan(
        root=spec.root,
        changes=tuple(change for change in changes if change.after != (change.before or "")),
        notices=(*tables.notices, *_extras(requirements), *absent(spec)),
    )


def make(plan: Plan) -> None:
    """Write the files. What is there after a kill is old or new, and the next plan has the rest."""
    for change in plan.changes:
        path = os.path.join(plan.root, change.path)
        write_atomically(os.path.realpath(path) if os.path.islink(path) else path, change.after)


def _setup(spec: ProjectSpec) -> Setup:
    calls = any("bigflow" in (_text(spec.root, file) or "") for file in SETUP_FILES)
    return "calls us" if calls else "plain"


def _requirements(spec: ProjectSpec) -> Iterator[tuple[str, str]]:
    """The file that people edit, and those that it includes."""
    source = os.path.splitext(spec.requirements_file)[0] + ".in"
    ahead = [source if os.path.isfile(os.path.join(spec.root, source)) else spec.requirements_file]
    seen: set[str] = set()
    while ahead:
        path = ahead.pop(0)
        text = _text(spec.root, path) if path not in seen else None
        seen.add(path)
        if text is not None:
            yield path, text
            included = Requirements.included(text)
            ahead += [os.path.normpath(os.path.join(os.path.dirname(path), name)) for name in included]


def _extras(requirements: list[Requirements]) -> Iterator[Finding]:
    for one in requirements:
        if one.extras:
            names = ", ".join(one.extras)
            yield Finding(
                f"bigflow[{names}] brought libraries that the project may import",
                one.path,
                "write those that it does import into that file by their own names",
            )


def _text(root: str, path: str) -> str | None:
    """Line ends as they are. What is no UTF-8 survives."""
    try:
        with open(os.path.join(root, path), encoding="utf-8", errors="surrogateescape", newline="") as file:
            return file.read()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}", where=os.path.join(root, path)) from None
